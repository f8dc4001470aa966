import type { Lane, Problem, Target } from '@tillstream/contracts';
import { statusGroup } from '../selection.js';
import { identityName } from '../targets.js';
import { isFar } from './decide-result.js';
import { failureFor, failureRecorded, failureResolved, orderCancelled, problemOf, recordSynced } from './facts.js';
import { statusOf, type Observation, type RecordEvent, type Sighting } from './inputs.js';
import { GONE, isWithWriter, targetOf, type RecordState, type TargetState } from './state.js';
import { final, type Verdict } from './visit.js';

/** One observation seen from one target. `state` is rebased on the observation's identities. */
interface Case {
  readonly observation: Observation;
  readonly state: RecordState;
  readonly target: Target;
  readonly now: number;
  /** The version this observation gets. */
  readonly version: number;
}

type Order = Extract<Sighting, { kind: 'order' }>;

/** B6, D8 and contract section 5: what is to be done about a record in one target. */
export function judge(one: Case): Verdict {
  const { sighting, selection } = one.observation;
  const current = targetOf(one.state, one.target);
  if (sighting.kind === 'missing') return judgeGone(one, current, 'gone');
  const status = statusOf(sighting);
  const group = status === null ? 'selected' : statusGroup(status, selection);
  if (group === 'cancelled') return judgeGone(one, current, status);
  if (group === 'other') return judgeLeft(one, current, sighting.contentHash);
  if (sighting.kind === 'unreadable') {
    return hold(one, problemOf('source_invalid', sighting.message), sighting.contentHash);
  }
  if (isBeforeStart(sighting, one) && !current.written && !isWithWriter(current)) {
    return skip(one, current, 'before_start_date', keyOf(sighting, one.target));
  }
  return judgeSelected(one, current, sighting);
}

function isBeforeStart({ order }: Order, { observation }: Case): boolean {
  const { createdFrom } = observation.selection;
  return createdFrom !== null && order.createdDate < createdFrom;
}

const keyOf = (sighting: Order, target: Target): string => sighting.workHashes[target] ?? sighting.contentHash;

/** Cancelled, failed, in the trash or deleted: a written document needs a person (B6, this version holds it). */
function judgeGone(one: Case, current: TargetState, status: string | null): Verdict {
  if (current.written) return hold(one, orderCancelled(one.state.sourceNumber, status), GONE);
  // Not to be recalled: when its document turns out to be written, it is held then.
  if (isWithWriter(current)) return asItStands(one, current);
  if (one.observation.sighting.kind === 'missing') return skip(one, current, 'source_not_found', GONE);
  return leave(one, current, GONE);
}

/** Another status outside the list: a written document stays as it is, anything else is no record of ours. */
function judgeLeft(one: Case, current: TargetState, contentHash: string): Verdict {
  if (isWithWriter(current)) return asItStands(one, current);
  if (!current.written) return leave(one, current, contentHash);
  const keeps = current.failure !== null && current.failure.problem.code !== 'order_cancelled';
  return keeps ? asItStands(one, current) : skip(one, current, 'status_left', contentHash);
}

/** Never written and not selected (any more): what was held about it is settled by that. */
function leave(one: Case, current: TargetState, contentHash: string): Verdict {
  if (current.phase === 'none' || (current.phase === 'skipped' && current.failure === null))
    return final('not_counted');
  return final('not_counted', skip(one, current, 'status_left', contentHash).events);
}

function judgeSelected(one: Case, current: TargetState, sighting: Order): Verdict {
  const key = keyOf(sighting, one.target);
  const { lane, recreate, targetIdentities } = one.observation;
  const asked = lane === 'retry' || recreate;
  if (current.discardedHash === key && !asked) return skip(one, current, 'discarded', key);
  const identity = targetIdentities[one.target];
  if (identity === undefined) return hold(one, problemOf('connection_missing'), key);
  if (isWithWriter(current) && current.contentHash === key && !asked && !isMoreUrgent(lane, current)) {
    return asItStands(one, current);
  }
  const isThere = current.written && current.syncedHash === key && !recreate;
  if (isThere && current.failure === null && !isWithWriter(current)) {
    return final('unchanged', current.phase === 'synced' ? [] : [unchangedAgain(one, key)]);
  }
  return send(one, current, sighting, identity);
}

/** A live change overtakes a backfill that has not come to it yet (D10). */
const isMoreUrgent = (lane: Lane, current: TargetState): boolean =>
  current.phase === 'pending' && lane === 'live' && current.lane === 'backfill';

function unchangedAgain({ observation, state, target, version }: Case, contentHash: string): RecordEvent {
  const result = { outcome: 'unchanged', reason: null, sourceVersion: version, contentHash } as const;
  return recordSynced(state, target, { ...result, syncId: observation.syncId });
}

function send({ observation, state, target, version }: Case, current: TargetState, sighting: Order, identity: string) {
  const { syncId, lane, recreate } = observation;
  const contentHash = keyOf(sighting, target);
  const isSame = current.contentHash === contentHash && current.phase !== 'none';
  const reason = lane === 'retry' ? 'retry' : isSame ? 'recheck' : 'changed';
  const { entity, sourceId } = state;
  const subject = { entity, sourceId, realmId: identityName(identity), sourceVersion: version, contentHash };
  const work: RecordEvent = {
    type: 'WorkRequested',
    facts: { ...subject, lane, syncId, reason, recreate },
    payload: { order: sighting.order },
  };
  return final('waits', [work]);
}

/** What the run is told while nothing new is asked of the writer. */
export function asItStands({ now }: Pick<Case, 'now'>, current: TargetState): Verdict {
  switch (current.phase) {
    case 'none':
      return final('not_counted');
    case 'pending':
      return final('waits');
    case 'retrying':
      return final(isFar(current.nextAttemptAt, now) ? 'failed' : 'waits');
    case 'parked':
    case 'held':
      return final('held');
    case 'synced':
      return final('unchanged');
    case 'failed':
      return final('failed');
    case 'skipped':
      return final('skipped');
  }
}

function hold(one: Case, problem: Problem, contentHash: string): Verdict {
  const { observation, state, target, version } = one;
  const current = targetOf(state, target);
  const asked = observation.lane === 'retry';
  if (current.discardedHash === contentHash && !asked) return skip(one, current, 'discarded', contentHash);
  const { failure } = current;
  const { code, message } = problem;
  const isSame = failure?.problem.code === code && failure.problem.message === message;
  const isKnown = isSame && current.phase === 'held' && current.contentHash === contentHash;
  if (isKnown && !asked) return final('held');
  const { syncId } = observation;
  const opened = failureFor(state, target, problem, (failure?.attempts ?? 0) + 1);
  const events = [
    recordSynced(state, target, { outcome: 'held', reason: code, sourceVersion: version, contentHash, syncId }),
    failureRecorded(state, target, opened, { state: 'open', nextAttemptAt: null, syncId }),
  ];
  return final('held', events, opened);
}

function skip(
  { observation, state, target, version }: Case,
  current: TargetState,
  reason: 'source_not_found' | 'before_start_date' | 'status_left' | 'discarded',
  contentHash: string,
): Verdict {
  const isKnown = current.phase === 'skipped' && current.reason === reason && current.failure === null;
  if (isKnown && current.contentHash === contentHash) return final('skipped');
  const { syncId } = observation;
  const skipped = recordSynced(state, target, {
    outcome: 'skipped',
    reason,
    sourceVersion: version,
    contentHash,
    syncId,
  });
  return final('skipped', [skipped, ...failureResolved(state, target, syncId)]);
}
