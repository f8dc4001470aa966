import type { Entity, Lane, Problem, RowsPayload, Target, WorkPayload } from '@tillstream/contracts';
import { statusGroup, type StatusGroup } from '../selection.js';
import { isFar } from './decide-result.js';
import { failureFor, failureRecorded, failureResolved, orderCancelled, problemOf, recordSynced } from './facts.js';
import { statusOf, workOf, type Observation, type RecordEvent, type Sighting } from './inputs.js';
import { requested } from './request.js';
import { DAMAGED, GONE, isWithWriter, targetOf, type RecordState, type TargetState } from './state.js';
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

/** What would be handed to a target's writer. */
interface Content {
  readonly key: string;
  readonly payload: WorkPayload | RowsPayload;
}

/** What is to be done about a record in one target: the books (B6, D8) and the mirror have rules of their own. */
export function judge(one: Case): Verdict {
  return one.target === 'supabase' ? judgeMirror(one) : judgeBooks(one);
}

/** B6, D8 and contract section 5: the books take what fits, once, and lose nothing by themselves. */
function judgeBooks(one: Case): Verdict {
  const { sighting } = one.observation;
  const current = targetOf(one.state, one.target);
  if (sighting.kind === 'missing') return judgeGone(one, current, 'gone');
  if (sighting.kind === 'damaged') return judgeDamaged(one, sighting);
  const group = groupOf(one, sighting);
  if (group === 'cancelled') return judgeGone(one, current, statusOf(sighting));
  if (group === 'other') return judgeLeft(one, current, sighting.contentHash);
  if (sighting.kind === 'unreadable') {
    return hold(one, problemOf(sighting.code, sighting.message), sighting.contentHash);
  }
  if (sighting.kind === 'order' && sighting.suborder !== undefined) return judgeSuborder(one, current, sighting);
  const content = { key: keyOf(sighting, one.target), payload: workOf(sighting) };
  if (isBeforeStart(sighting, one) && !current.written && !isWithWriter(current)) {
    return skip(one, current, 'before_start_date', content.key);
  }
  return judgeSelected(one, current, content);
}

/** B17: what its parent has booked is no sale of its own. */
function judgeSuborder(one: Case, current: TargetState, sighting: Extract<Sighting, { kind: 'order' }>): Verdict {
  const { number, parentId } = sighting.order;
  const key = keyOf(sighting, one.target);
  if (isWithWriter(current)) return asItStands(one, current);
  if (sighting.suborder === 'part' && !current.written) return skip(one, current, 'part_of_parent', key);
  const what = current.written ? 'has an invoice, and its lines' : 'has lines of its own, and others that';
  const message = `Order ${number} ${what} stand in its parent order ${parentId ?? ''}, too.`;
  return hold(one, problemOf('suborder_ambiguous', message), key);
}

/** Contract section 11: a row once written follows every later state, whether the books can take it or not. */
function judgeMirror(one: Case): Verdict {
  const { sighting } = one.observation;
  const current = targetOf(one.state, one.target);
  const isKnown = current.written || isWithWriter(current);
  if (sighting.kind === 'damaged') return judgeDamaged(one, sighting);
  if (sighting.kind === 'missing') {
    if (!isKnown) return skip(one, current, 'source_not_found', GONE);
    return judgeSelected(one, current, { key: GONE, payload: { raw: null } });
  }
  if (!isKnown && groupOf(one, sighting) !== 'selected') return leave(one, current, sighting.contentHash);
  const content = { key: keyOf(sighting, one.target), payload: sighting.rows };
  if (!isKnown && isBeforeStart(sighting, one)) return skip(one, current, 'before_start_date', content.key);
  return judgeSelected(one, current, content);
}

/** Named for both targets: nobody knows what it is, and neither of them has its present state. */
function judgeDamaged(one: Case, { damage }: Extract<Sighting, { kind: 'damaged' }>): Verdict {
  const current = targetOf(one.state, one.target);
  if (isWithWriter(current)) return asItStands(one, current);
  const noun = NOUNS[one.state.entity];
  return hold(one, problemOf(damage.code, `${noun} ${one.state.sourceNumber}: ${damage.message}.`), DAMAGED);
}
const NOUNS: Readonly<Record<Entity, string>> = { orders: 'Order', customers: 'Customer', products: 'Product' };

type Found = Exclude<Sighting, { kind: 'missing' | 'damaged' }>;

/** Orders are selected by the settings; drafts of products are not for the books yet; customers have no status. */
function groupOf({ observation, state, target }: Case, sighting: Found): StatusGroup {
  const status = statusOf(sighting);
  if (state.entity === 'customers' || status === null) return 'selected';
  if (state.entity === 'orders') return statusGroup(status, observation.selection);
  if (status === 'trash') return 'cancelled';
  return target === 'supabase' || SOLD.includes(status) ? 'selected' : 'other';
}

/** Statuses in which a product can stand in an order. */
const SOLD: readonly string[] = ['publish', 'private'];

function isBeforeStart(sighting: Found, { observation }: Case): boolean {
  const { createdFrom } = observation.selection;
  return sighting.kind === 'order' && createdFrom !== null && sighting.order.createdDate < createdFrom;
}

const keyOf = (sighting: Found, target: Target): string => sighting.workHashes[target] ?? sighting.contentHash;

/** Cancelled, failed, in the trash or deleted: an order's document needs a person (B6), a customer or item stays. */
function judgeGone(one: Case, current: TargetState, status: string | null): Verdict {
  if (one.state.entity !== 'orders') return judgeGoneName(one, current);
  if (current.written) return hold(one, orderCancelled(one.state.sourceNumber, status), GONE);
  // Not to be recalled: when its document turns out to be written, it is held then.
  if (isWithWriter(current)) return asItStands(one, current);
  if (one.observation.sighting.kind === 'missing') return skip(one, current, 'source_not_found', GONE);
  return leave(one, current, GONE);
}

/** What the shop lost the books keep: documents refer to it. */
function judgeGoneName(one: Case, current: TargetState): Verdict {
  if (isWithWriter(current)) return asItStands(one, current);
  const isMissing = one.observation.sighting.kind === 'missing';
  return isMissing || current.written ? skip(one, current, 'source_not_found', GONE) : leave(one, current, GONE);
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

function judgeSelected(one: Case, current: TargetState, content: Content): Verdict {
  const { key } = content;
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
  return send(one, current, content, identity);
}

/** A live change overtakes a backfill that has not come to it yet (D10). */
const isMoreUrgent = (lane: Lane, current: TargetState): boolean =>
  current.phase === 'pending' && lane === 'live' && current.lane === 'backfill';

function unchangedAgain({ observation, state, target, version }: Case, contentHash: string): RecordEvent {
  const result = { outcome: 'unchanged', reason: null, sourceVersion: version, contentHash } as const;
  return recordSynced(state, target, { ...result, syncId: observation.syncId });
}

function send({ observation, state, target, version }: Case, current: TargetState, content: Content, identity: string) {
  const { syncId, lane, recreate } = observation;
  const { key: contentHash, payload } = content;
  const isSame = current.contentHash === contentHash && current.phase !== 'none';
  const reason = lane === 'retry' ? 'retry' : isSame ? 'recheck' : 'changed';
  const work = {
    target,
    identity,
    sourceVersion: version,
    contentHash,
    lane,
    syncId,
    reason,
    recreate,
    payload,
  } as const;
  return final('waits', [requested(state, work)]);
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
  reason: 'source_not_found' | 'before_start_date' | 'status_left' | 'part_of_parent' | 'discarded',
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
