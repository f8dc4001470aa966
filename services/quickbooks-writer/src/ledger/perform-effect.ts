import { sha256Hex } from '@tillstream/kernel';
import type {
  Caller,
  EntityName,
  QuickBooksRemote,
  RemoteResult,
  WireEntity,
  WriteOptions,
} from '@tillstream/quickbooks';
import {
  type EffectIdentity,
  type EffectState,
  effectId,
  initialEffect,
  isUnresolved,
  type Operation,
  type RemoteDocument,
} from './domain/index.js';
import type { Company } from '../company/company.js';
import type { CompanyPort, Trail } from '../company/company-port.js';
import { leaseLost } from '../company/lease.js';
import { rejectionCodeOf, troubleOf } from '../company/remote-answer.js';
import { deferral } from '../company/trouble.js';

/** One write to QuickBooks, as its caller wants it to end. */
export interface Effect {
  readonly identity: EffectIdentity;
  readonly entity: EntityName;
  readonly operation: Operation;
  /** Exact JSON text; `void` and `delete` name `Id` and `SyncToken` in it. */
  readonly body: string;
  readonly predictedTotalMinor: number | null;
  readonly sourceHash: string | null;
  readonly recreate?: boolean;
  readonly requestIdOf: (revision: number) => string;
  /** D13's look-up: what this effect left in QuickBooks, or null when it is not there. */
  readonly find: (state: EffectState) => Promise<WireEntity | null>;
  readonly remoteOf: (entity: WireEntity) => RemoteDocument;
}

type Failure = Exclude<RemoteResult, { kind: 'ok' }>;

export type EffectEnd =
  /** It exists. `answer` is what QuickBooks said, when it was this call that learnt it. */
  | {
      readonly kind: 'done';
      readonly state: EffectState;
      readonly remote: RemoteDocument;
      readonly answer: WireEntity | null;
    }
  /** Refused for good: no effect. */
  | { readonly kind: 'refused'; readonly failure: Failure };

/** More turns than any legal path needs (unknown, absent, resend, expired token, resend). */
const MAX_TURNS = 8;

/**
 * Drives one effect to its end (D11-D14): looks before it sends whenever an earlier send has no outcome, sends the same
 * bytes under the same request id after proven absence, and never sends while it does not know.
 * Throws a Deferral when it has to wait (settle time, 429, outage, consent).
 */
export async function performEffect(company: Company, trail: Trail, effect: Effect): Promise<EffectEnd> {
  const id = effectId(effect.identity);
  const { ledger } = company.parts;
  let answer: WireEntity | null = null;
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    const state = (await ledger.state(id)) ?? initialEffect(effect.identity);
    if (isFulfilled(state, effect)) return { kind: 'done', state, remote: state.remote, answer };
    if (isUnresolved(state)) {
      answer = await resolveUnknown(company, state, effect);
      continue;
    }
    const sent = await sendOnce(company, trail, id, state, effect);
    if (sent === null) continue;
    answer = sent.result.kind === 'ok' ? sent.result.entity : null;
    const refused = await recordOutcome(company, id, sent, effect);
    if (refused) return { kind: 'refused', failure: refused };
  }
  throw deferral('quickbooks_busy', 'This document changes hands right now; it is looked at again.');
}

type Confirmed = EffectState & { readonly remote: RemoteDocument };

export function isFulfilled(state: EffectState, effect: Effect): state is Confirmed {
  if (state.remote === null || (state.status !== 'confirmed' && state.status !== 'rejected')) return false;
  // What exists stays created, also after a refused change of it.
  if (effect.operation === 'create') return !(state.gone && effect.recreate === true);
  const same = state.operation === effect.operation && state.bodyHash === sha256Hex(effect.body);
  return same && state.status === 'confirmed';
}

/**
 * An earlier send has no outcome: look it up, adopt what is there, and conclude absence only from a look-up that began
 * after the settle time (D12, D13). Returns the document found, null when it is proven absent. Sends nothing; throws a
 * Deferral until the settle time.
 */
export async function resolveUnknown(
  { ledger, clock }: Pick<CompanyPort, 'ledger' | 'clock'>,
  state: EffectState,
  effect: Pick<Effect, 'identity' | 'find' | 'remoteOf'>,
): Promise<WireEntity | null> {
  const id = effectId(effect.identity);
  const { revision, settleAtMs } = state;
  const lookupBeganAtMs = clock.now();
  // GUARD(lookup-before-create): what is there already is adopted, not created again.
  const found = await effect.find(state);
  if (found) {
    await ledger.execute(id, { type: 'Confirm', revision, remote: effect.remoteOf(found), by: 'lookup' });
    return found;
  }
  const proven = await ledger.execute(id, { type: 'ProveAbsent', revision, lookupBeganAtMs });
  if (proven.events.length > 0) return null;
  throw deferral('outcome_unknown', 'The reply of QuickBooks was lost; the request may still be running.', settleAtMs);
}

interface Sent {
  readonly result: RemoteResult;
  readonly revision: number;
  readonly token: string;
}

/** Claim, fence, send (D14). null = the entry changed hands between the look and the claim. */
function sendOnce(
  company: Company,
  trail: Trail,
  id: string,
  before: EffectState,
  effect: Effect,
): Promise<Sent | null> {
  const { gate, lease, tokens, ledger, options, crash } = company.parts;
  const intent = intentOf(before, effect);
  return gate.run(trail.lane, async () => {
    const token = await tokens.accessToken();
    await lease.ensure();
    await lease.keep();
    const { events, state } = await ledger.execute(id, {
      type: 'Intend',
      ...intent,
      requestIdOf: effect.requestIdOf,
      ownerEpoch: lease.epoch,
      requestDeadlineMs: options.requestDeadlineMs,
      settleMarginMs: options.settleMarginMs,
      ...(effect.recreate === true && { recreate: true }),
    });
    if (events.length === 0) return null;
    crash.hit('effect.intended');
    const { revision } = state;
    const unsent = (code: string) => ledger.execute(id, { type: 'Reject', revision, code, remote: null });
    // D14: a writer that was paused between claim and send must not wake up and send behind a new owner's back.
    if (!lease.isFresh()) {
      await unsent('fenced');
      throw leaseLost();
    }
    const result = await company
      .write(trail, token, (api, caller) => {
        const onSent = () => crash.hit('effect.request.sent');
        return send(api, caller, effect.entity, state, { onSent });
      })
      .catch(async (thrown: unknown) => {
        // The breaker rejected before anything left; whatever else is thrown is a defect and stays unresolved.
        if (thrown instanceof Error && 'problem' in thrown) await unsent('not_sent');
        throw thrown;
      });
    crash.hit('effect.reply.received');
    return { result, revision, token };
  });
}

/** What is sent next: after proven absence the same bytes again, unless the source says something else by now. */
export function intentOf(
  before: EffectState,
  effect: Effect,
): Pick<Effect, 'operation' | 'body' | 'predictedTotalMinor' | 'sourceHash'> {
  const { operation, body, predictedTotalMinor, sourceHash } = before;
  if (before.status === 'absent' && body !== null && !isOutdated(before, effect)) {
    return { operation, body, predictedTotalMinor, sourceHash };
  }
  return {
    operation: effect.operation,
    body: effect.body,
    predictedTotalMinor: effect.predictedTotalMinor,
    sourceHash: effect.sourceHash,
  };
}

/**
 * The source says something else than the bytes that were lost (I3: those are not sent again). Names are shared by
 * many records: theirs always go again.
 */
function isOutdated(before: EffectState, { identity, operation, sourceHash }: Effect): boolean {
  if (identity.kind !== 'invoice' && identity.kind !== 'payment') return false;
  return before.operation === 'create' && operation === 'create' && before.sourceHash !== sourceHash;
}

function send(
  api: QuickBooksRemote,
  caller: Caller,
  entity: EntityName,
  { operation, body, requestId }: EffectState,
  options: WriteOptions,
): Promise<RemoteResult> {
  const text = body ?? '';
  // GUARD(requestid): the remote recognises a request that outlived its deadline by this id.
  const id = requestId;
  switch (operation) {
    case 'create':
      return api.create(caller, entity, text, id, options);
    case 'update':
      return api.update(caller, entity, text, id, options);
    case 'void':
      return api.void(caller, entity === 'Payment' ? 'Payment' : 'Invoice', versionIn(text), id, options);
    case 'delete':
      return api.delete(caller, entity, versionIn(text), id, options);
  }
}

function versionIn(body: string): { id: string; syncToken: string } {
  const { Id, SyncToken } = JSON.parse(body) as { Id: string; SyncToken: string };
  return { id: Id, syncToken: SyncToken };
}

/** Stores what the answer means. Returns the failure of a definite refusal, null to look again. */
async function recordOutcome(company: Company, id: string, sent: Sent, effect: Effect): Promise<Failure | null> {
  const { ledger, tokens, crash } = company.parts;
  const { result, revision, token } = sent;
  if (result.kind === 'ok') {
    await ledger.execute(id, { type: 'Confirm', revision, remote: effect.remoteOf(result.entity), by: 'reply' });
    crash.hit('effect.outcome.stored');
    return null;
  }
  if (result.kind === 'unknown_outcome' || result.kind === 'duplicate_request') {
    const reason = result.kind === 'unknown_outcome' ? result.reason : 'duplicate request id';
    await ledger.execute(id, { type: 'MarkUnknown', revision, reason });
    crash.hit('effect.outcome.stored');
    return null;
  }
  await ledger.execute(id, { type: 'Reject', revision, code: rejectionCodeOf(result), remote: result.remote });
  crash.hit('effect.outcome.stored');
  if (result.kind === 'auth_expired') {
    await tokens.accessToken(token);
    return null;
  }
  if (result.kind === 'throttled' || result.kind === 'retry_later' || result.kind === 'auth_denied') {
    throw troubleOf(result, company.pausedUntil());
  }
  return result;
}
