import type { Target } from '@tillstream/contracts';
import type { DecideContext } from '@tillstream/processor';
import { decideObserved } from './decide-observed.js';
import { decideDeferred, decideSettled } from './decide-result.js';
import { failureDiscarded, failureFor, failureRecorded } from './facts.js';
import type { RecordEvent, RecordInput } from './inputs.js';
import { requested } from './request.js';
import { payloadOf, targetOf, type RecordState } from './state.js';

/** The rules of one record (D8, D9, contract section 5). */
export function decideRecord(input: RecordInput, state: RecordState, { now }: DecideContext): readonly RecordEvent[] {
  switch (input.type) {
    case 'Observed':
      return decideObserved(input, state, now);
    case 'Settled':
      return decideSettled(input.result, state, input.causedBy);
    case 'Deferred':
      return decideDeferred(input.result, state, now, input.causedBy);
    case 'Blamed':
      return blamed(input, state);
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
 * Held and parked records are looked at again by themselves; the content is the one last sent. One that is being looked at
 * again already may have been judged by what was true before, so it is asked for once more.
 */
function recheck(
  { targetIdentities, changedAt, target: only }: Extract<RecordInput, { type: 'Recheck' }>,
  state: RecordState,
): readonly RecordEvent[] {
  const events: RecordEvent[] = [];
  let version = state.version;
  for (const [name, one] of Object.entries(state.targets)) {
    if (only !== undefined && only !== name) continue;
    const identity = targetIdentities[name as Target];
    const isStuck = one.phase === 'held' || one.phase === 'parked';
    const isJudgedBefore = only === undefined && one.phase === 'pending' && (one.workVersion ?? 0) < changedAt;
    if (one.failure === null || !(isStuck || isJudgedBefore)) continue;
    const payload = payloadOf(one);
    if (identity === undefined || payload === null || one.contentHash === null) continue;
    version = Math.max(version + 1, changedAt);
    events.push(
      requested(state, name as Target, {
        identity,
        sourceVersion: version,
        contentHash: one.contentHash,
        lane: 'retry',
        syncId: one.phase === 'pending' ? one.syncId : null,
        reason: 'recheck',
        recreate: false,
        payload,
      }),
    );
  }
  return events;
}

/** Another record is held because of this one: the failure is shown where it can be mended, once (contract section 5). */
function blamed(
  { target, problem }: Extract<RecordInput, { type: 'Blamed' }>,
  state: RecordState,
): readonly RecordEvent[] {
  if (targetOf(state, target).failure !== null) return [];
  const { cause: _cause, ...own } = problem;
  const opened = failureFor(state, target, own, 1);
  return [failureRecorded(state, target, opened, { state: 'open', nextAttemptAt: null, syncId: null })];
}
