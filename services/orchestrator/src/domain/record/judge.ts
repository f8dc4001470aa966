import type { Entity, Lane, Target } from '@tillstream/contracts';
import type { Judgement, SkipReason } from '../targets/rules.js';
import { TARGET_RULES } from '../targets/table.js';
import { isFar } from './decide-result.js';
import { failureFor, failureRecorded, failureResolved, problemOf, recordSynced } from './facts.js';
import type { Observation, RecordEvent, Sighting } from './inputs.js';
import { DAMAGED, isWithWriter, targetOf, type RecordState, type TargetState } from './state.js';
import { final, type Verdict } from './visit.js';

/** One observation seen from one target. `state` is rebased on the observation's identities. */
export interface Case {
  readonly observation: Observation;
  readonly state: RecordState;
  readonly target: Target;
  readonly now: number;
  /** The version this observation gets. */
  readonly version: number;
}

type Judged<K extends Judgement['kind']> = Extract<Judgement, { kind: K }>;

/** What the target's rules say of the record, and what that leads to from where it stands there. */
export function judge(one: Case): Verdict {
  const { observation, state, target } = one;
  const { sighting, selection } = observation;
  const { entity, sourceNumber } = state;
  const current = targetOf(state, target);
  if (sighting.kind === 'damaged') return carryOut(one, current, damaged(state, current, sighting));
  const judgement = TARGET_RULES[target].judge({ entity, sourceNumber, sighting, selection, current });
  return carryOut(one, current, judgement);
}

/** Named for every target: nobody knows what it is, and none of them has its present state. */
function damaged(
  { entity, sourceNumber }: RecordState,
  current: TargetState,
  { damage }: Extract<Sighting, { kind: 'damaged' }>,
): Judgement {
  if (isWithWriter(current)) return { kind: 'stand' };
  const problem = problemOf(damage.code, `${NOUNS[entity]} ${sourceNumber}: ${damage.message}.`);
  return { kind: 'hold', problem, key: DAMAGED };
}
const NOUNS: Readonly<Record<Entity, string>> = { orders: 'Order', customers: 'Customer', products: 'Product' };

function carryOut(one: Case, current: TargetState, judgement: Judgement): Verdict {
  switch (judgement.kind) {
    case 'bring':
      return bring(one, current, judgement);
    case 'hold':
      return hold(one, current, judgement);
    case 'skip':
      return skip(one, current, judgement.reason, judgement.key);
    case 'leave':
      return leave(one, current, judgement.key);
    case 'stand':
      return asItStands(one, current);
  }
}

/** Never written and not selected (any more): what was held about it is settled by that. */
function leave(one: Case, current: TargetState, contentHash: string): Verdict {
  if (current.phase === 'none' || (current.phase === 'skipped' && current.failure === null))
    return final('not_counted');
  return final('not_counted', skip(one, current, 'status_left', contentHash).events);
}

function bring(one: Case, current: TargetState, judgement: Judged<'bring'>): Verdict {
  const { key } = judgement;
  const { lane, recreate, targetIdentities } = one.observation;
  const asked = lane === 'retry' || recreate;
  if (current.discardedHash === key && !asked) return skip(one, current, 'discarded', key);
  const identity = targetIdentities[one.target];
  if (identity === undefined) {
    return hold(one, current, { kind: 'hold', problem: problemOf('connection_missing'), key });
  }
  if (isWithWriter(current) && current.contentHash === key && !asked && !isMoreUrgent(lane, current)) {
    return asItStands(one, current);
  }
  const isThere = current.written && current.syncedHash === key && !recreate;
  if (isThere && current.failure === null && !isWithWriter(current)) {
    return final('unchanged', current.phase === 'synced' ? [] : [unchangedAgain(one, key)]);
  }
  return send(one, current, judgement, identity);
}

/** A live change overtakes a backfill that has not come to it yet (D10). */
const isMoreUrgent = (lane: Lane, current: TargetState): boolean =>
  current.phase === 'pending' && lane === 'live' && current.lane === 'backfill';

function unchangedAgain({ observation, state, target, version }: Case, contentHash: string): RecordEvent {
  const result = { outcome: 'unchanged', reason: null, sourceVersion: version, contentHash } as const;
  return recordSynced(state, target, { ...result, syncId: observation.syncId });
}

function send(
  { observation, version }: Case,
  current: TargetState,
  { key, payload }: Judged<'bring'>,
  identity: string,
) {
  const { syncId, lane, recreate } = observation;
  const isSame = current.contentHash === key && current.phase !== 'none';
  const reason = lane === 'retry' ? 'retry' : isSame ? 'recheck' : 'changed';
  const facts = { sourceVersion: version, contentHash: key, lane, syncId, reason } as const;
  return { ...final('waits'), work: { ...facts, identity, recreate, payload } };
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

function hold(one: Case, current: TargetState, { problem, key: contentHash }: Judged<'hold'>): Verdict {
  const { observation, state, target, version } = one;
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
  reason: SkipReason,
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
