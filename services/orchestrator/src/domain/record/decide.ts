import type { Target } from '@tillstream/contracts';
import type { DecideContext } from '@tillstream/processor';
import { identityName } from '../targets.js';
import { decideObserved } from './decide-observed.js';
import { decideDeferred, decideSettled } from './decide-result.js';
import { failureDiscarded } from './facts.js';
import type { RecordEvent, RecordInput } from './inputs.js';
import { targetOf, type RecordState } from './state.js';

/** The rules of one record (D8, D9, contract section 5). */
export function decideRecord(input: RecordInput, state: RecordState, { now }: DecideContext): readonly RecordEvent[] {
  switch (input.type) {
    case 'Observed':
      return decideObserved(input, state, now);
    case 'Settled':
      return decideSettled(input.result, state);
    case 'Deferred':
      return decideDeferred(input.result, state, now);
    case 'Discard': {
      const { failure } = targetOf(state, input.target);
      if (failure?.id !== input.failureId) return [];
      return [failureDiscarded(state, input.target, failure.id, input.reason)];
    }
    case 'Recheck':
      return recheck(input, state);
  }
}

/**
 * Held and parked records are looked at again by themselves; the order is the one last sent. One that is being looked at
 * again already may have been judged by what was true before, so it is asked for once more.
 */
function recheck(
  { targetIdentities, changedAt }: Extract<RecordInput, { type: 'Recheck' }>,
  state: RecordState,
): readonly RecordEvent[] {
  const events: RecordEvent[] = [];
  let version = state.version;
  for (const [name, one] of Object.entries(state.targets)) {
    const identity = targetIdentities[name as Target];
    const isStuck = one.phase === 'held' || one.phase === 'parked';
    const isJudgedBefore = one.phase === 'pending' && (one.workVersion ?? 0) < changedAt;
    if (one.failure === null || !(isStuck || isJudgedBefore)) continue;
    if (identity === undefined || one.order === null || one.contentHash === null) continue;
    version = Math.max(version + 1, changedAt);
    const { entity, sourceId } = state;
    const { contentHash, order } = one;
    const facts = {
      entity,
      sourceId,
      realmId: identityName(identity),
      sourceVersion: version,
      contentHash,
      lane: 'retry' as const,
      syncId: one.phase === 'pending' ? one.syncId : null,
      reason: 'recheck' as const,
      recreate: false,
    };
    events.push({ type: 'WorkRequested', facts, payload: { order } });
  }
  return events;
}
