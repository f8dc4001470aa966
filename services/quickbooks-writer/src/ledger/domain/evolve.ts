import type { EffectEvent } from './events.js';
import type { EffectState } from './state.js';

/** The fold of the ledger's events (I5). */
export function evolveEffect(state: EffectState, event: EffectEvent): EffectState {
  switch (event.type) {
    case 'EffectIntended': {
      const { facts, payload } = event;
      const resend = facts.revision === state.revision;
      return {
        ...state,
        status: 'intended',
        revision: facts.revision,
        requestId: facts.requestId,
        operation: facts.operation,
        ...standingOf(state, facts),
        body: payload.body,
        bodyHash: facts.bodyHash,
        predictedTotalMinor: facts.predictedTotalMinor,
        sourceHash: facts.sourceHash ?? state.sourceHash,
        sentAtMs: facts.sentAtMs,
        settleAtMs: facts.settleAtMs,
        firstSentAtMs: resend ? state.firstSentAtMs : facts.sentAtMs,
        ownerEpoch: facts.ownerEpoch,
        sends: resend ? state.sends + 1 : 1,
        doubted: resend && state.doubted,
        mixed: resend && (state.mixed || (state.doubted && facts.bodyHash !== state.bodyHash)),
        rejection: null,
      };
    }
    case 'EffectConfirmed': {
      const {
        revision,
        requestId,
        remoteId: id,
        syncToken,
        docNumber,
        totalMinor,
        taxMinor,
        currency,
        by,
      } = event.facts;
      const remote = { id, syncToken, docNumber, totalMinor, taxMinor, currency };
      const mixed = by !== 'adoption' && state.mixed;
      const gone = by !== 'adoption' && (state.operation === 'void' || state.operation === 'delete');
      const { standing: _standing, ...kept } = state;
      return { ...kept, status: 'confirmed', revision, requestId, remote, gone, by, mixed, rejection: null };
    }
    case 'EffectRejected':
      return { ...state, status: 'rejected', rejection: { code: event.facts.code, remote: event.facts.remote } };
    case 'EffectUnknown':
      return { ...state, status: 'unknown' };
    case 'EffectProvenAbsent':
      return { ...state, status: 'absent', doubted: true };
    case 'DuplicateDocumentFound':
      return { ...state, duplicates: [...new Set([...state.duplicates, ...event.facts.remoteIds])].sort() };
  }
}

/** B5: while a change of a name has no confirmed outcome, what stands is what was confirmed before. */
function standingOf(
  { identity, standing, body }: EffectState,
  { operation }: Extract<EffectEvent, { type: 'EffectIntended' }>['facts'],
): { readonly standing?: string } {
  const isNameChange = operation === 'update' && (identity.kind === 'customer' || identity.kind === 'item');
  const confirmed = standing ?? body;
  return isNameChange && confirmed !== null ? { standing: confirmed } : {};
}
