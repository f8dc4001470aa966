import { sha256Hex } from '@tillstream/kernel';
import type { EffectCommand, IntendCommand } from './commands.js';
import type { EffectEvent } from './events.js';
import type { EffectState, RemoteDocument } from './state.js';

/**
 * The effect ledger's rules (D11, D12). A refused command decides nothing: its sender compares `events` and re-reads,
 * because between its look and its claim another owner may have moved the entry.
 */
export function decideEffect(command: EffectCommand, state: EffectState, now: number): readonly EffectEvent[] {
  switch (command.type) {
    case 'Intend':
      return intend(command, state, now);
    case 'Confirm':
      return confirm(command.revision, command.remote, command.by, state);
    case 'Adopt':
      return adopt(command.remote, command.requestId, state);
    case 'Reject':
      if (state.status !== 'intended' || command.revision !== state.revision) return [];
      return [{ type: 'EffectRejected', facts: { ...factsOf(state), code: command.code, remote: command.remote } }];
    case 'MarkUnknown':
      if (state.status !== 'intended' || command.revision !== state.revision) return [];
      return [{ type: 'EffectUnknown', facts: { ...factsOf(state), reason: command.reason } }];
    case 'ProveAbsent':
      return proveAbsent(command.revision, command.lookupBeganAtMs, state);
    case 'ReportDuplicates':
      return reportDuplicates(command.remoteIds, state);
  }
}

/** Rejections under which the request id stays unused: the bytes never left, or a gateway sent them back unread. */
const UNREAD = new Set(['fenced', 'not_sent', 'quickbooks_unavailable', 'auth_expired', 'throttled']);

function isUnread({ rejection }: EffectState): boolean {
  return UNREAD.has(rejection?.code ?? '');
}

/** The next create keeps the request id of one that may have been written after all (ADR 0009). */
export function keepsDoubtedId(state: EffectState): boolean {
  return state.doubted && (state.status === 'absent' || (state.status === 'rejected' && isUnread(state)));
}

/**
 * Which revision a send of `body` would have, or null when nothing may be sent now (D11, changed by ADR 0009): a
 * refusal that QuickBooks itself spoke spends the request id, because it may be repeated to whoever asks again under
 * it; a send that was once in doubt keeps it for any body, because only that id recognises the first request.
 */
function nextRevision(command: IntendCommand, bodyHash: string, state: EffectState): number | null {
  const sameOperation = command.operation === state.operation;
  const same = bodyHash === state.bodyHash && sameOperation;
  // I2: what exists, or was removed by a person, is not created again; what we took back only when asked to.
  const recreates = state.gone && command.recreate === true;
  if (command.operation === 'create' && state.remote !== null && !recreates) return null;
  switch (state.status) {
    case 'planned':
      return 1;
    case 'intended':
    case 'unknown':
      return null;
    case 'absent':
      return same || (sameOperation && command.operation === 'create') ? state.revision : null;
    case 'rejected':
      return isUnread(state) && (same || (state.doubted && sameOperation)) ? state.revision : state.revision + 1;
    case 'confirmed':
      return same ? null : state.revision + 1;
  }
}

function intend(command: IntendCommand, state: EffectState, now: number): EffectEvent[] {
  // D14: an owner that was overtaken (paused, then woken up) must not claim behind the new one's back.
  if (command.ownerEpoch < state.ownerEpoch) return [];
  const bodyHash = sha256Hex(command.body);
  const revision = nextRevision(command, bodyHash, state);
  if (revision === null) return [];
  const facts = {
    ...factsOf(state),
    revision,
    requestId: command.requestIdOf(revision),
    operation: command.operation,
    bodyHash,
    ownerEpoch: command.ownerEpoch,
    sentAtMs: now,
    settleAtMs: now + command.requestDeadlineMs + command.settleMarginMs,
    predictedTotalMinor: command.predictedTotalMinor,
    sourceHash: command.sourceHash,
  };
  return [{ type: 'EffectIntended', facts, payload: { body: command.body } }];
}

/** Any look-up may adopt at any time, even before the settle time (D12): what carries our marker exists. */
function confirm(revision: number, remote: RemoteDocument, by: 'reply' | 'lookup', state: EffectState): EffectEvent[] {
  if (state.status === 'planned') return [];
  if (state.status === 'confirmed') return secondDocument(remote, state);
  if (revision !== state.revision) return [];
  return [{ type: 'EffectConfirmed', facts: { ...factsOf(state), ...confirmedFacts(remote), by } }];
}

function adopt(remote: RemoteDocument, requestId: string, state: EffectState): readonly EffectEvent[] {
  if (state.status === 'intended' || state.status === 'unknown') return [];
  const unchanged = state.status === 'confirmed' && state.remote?.id === remote.id;
  if (unchanged) return [];
  const revision = Math.max(1, state.revision);
  const facts = {
    ...factsOf(state),
    revision,
    requestId: state.revision === 0 ? requestId : state.requestId,
    ...confirmedFacts(remote),
    by: 'adoption' as const,
  };
  return [{ type: 'EffectConfirmed', facts }];
}

function proveAbsent(revision: number, lookupBeganAtMs: number, state: EffectState): EffectEvent[] {
  const unresolved = state.status === 'intended' || state.status === 'unknown';
  if (!unresolved || revision !== state.revision) return [];
  // GUARD(settle-rule): before this instant the request may still be running at the remote (D12).
  if (lookupBeganAtMs < state.settleAtMs) return [];
  return [{ type: 'EffectProvenAbsent', facts: factsOf(state) }];
}

function secondDocument(remote: RemoteDocument, state: EffectState): EffectEvent[] {
  if (state.remote === null || state.remote.id === remote.id) return [];
  return reportDuplicates([state.remote.id, remote.id], state);
}

function reportDuplicates(remoteIds: readonly string[], state: EffectState): EffectEvent[] {
  const { realmId, kind, sourceId } = state.identity;
  const ids = [...new Set(remoteIds)].sort();
  const known = ids.every((id) => state.duplicates.includes(id));
  if (ids.length < 2 || known) return [];
  return [{ type: 'DuplicateDocumentFound', facts: { realmId, kind, sourceId, remoteIds: ids } }];
}

function factsOf(state: EffectState) {
  const { realmId, kind, sourceId } = state.identity;
  return { realmId, kind, sourceId, revision: state.revision, requestId: state.requestId };
}

function confirmedFacts({ id, syncToken, docNumber, totalMinor, taxMinor, currency }: RemoteDocument) {
  return { remoteId: id, syncToken, docNumber, totalMinor, taxMinor, currency };
}
