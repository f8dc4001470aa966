import { realmKey, TOPICS, type WorkPayload } from '@tillstream/contracts';
import { InvariantError } from '@tillstream/kernel';
import { orderCancelled, problemOf } from '../record/facts.js';
import { statusOf, workOf } from '../record/inputs.js';
import { GONE, isWithWriter } from '../record/state.js';
import type { StatusGroup } from '../selection.js';
import type { Case, Judgement, TargetPayload, TargetRules } from './rules.js';
import { type Found, groupOf, isBeforeStart, keyOf } from './sighted.js';

/** B6, D8 and contract section 5: the books take what fits, once, and lose nothing by themselves. */
export const quickbooks: TargetRules = {
  title: 'QuickBooks',
  workTopic: TOPICS.workQuickBooks.name,
  planTopic: TOPICS.planQuickBooks.name,
  remembersWork: true,
  // Customers and products have no date from which on they are booked.
  needsStartDate: (entity) => entity === 'orders',
  judge,
  writtenThoughGone: ({ entity, gone, sourceNumber, status }) =>
    entity === 'orders' && gone ? orderCancelled(sourceNumber, status) : null,
  work: (facts, { name: realmId, recreate }, payload) => ({
    type: 'WorkRequested',
    facts: { ...facts, realmId, recreate },
    payload: canonical(payload),
  }),
  workKey: (tenantId, _facts, realmId) => realmKey(tenantId, realmId),
  question: (payload) => ({ work: canonical(payload) }),
};

function judge(one: Case): Judgement {
  const { sighting, current } = one;
  if (sighting.kind === 'missing') return judgeGone(one, 'gone');
  const group = bookable(one, sighting);
  if (group === 'cancelled') return judgeGone(one, statusOf(sighting));
  if (group === 'other') return judgeLeft(one, sighting.contentHash);
  if (sighting.kind === 'unreadable') {
    return { kind: 'hold', problem: problemOf(sighting.code, sighting.message), key: sighting.contentHash };
  }
  if (sighting.kind === 'order' && sighting.suborder !== undefined) return judgeSuborder(one, sighting);
  const key = keyOf(sighting, 'quickbooks');
  const isOurs = current.written || isWithWriter(current);
  if (!isOurs && isBeforeStart(one, sighting)) return { kind: 'skip', reason: 'before_start_date', key };
  return { kind: 'bring', key, payload: workOf(sighting) };
}

/** Statuses in which a product can stand in an order; drafts are not for the books yet. */
const SOLD: readonly (string | null)[] = ['publish', 'private', null];

function bookable(one: Case, sighting: Found): StatusGroup {
  const group = groupOf(one, sighting);
  const isDraft = one.entity === 'products' && !SOLD.includes(statusOf(sighting));
  return group === 'selected' && isDraft ? 'other' : group;
}

/** B17: what its parent has booked is no sale of its own. */
function judgeSuborder({ current }: Case, sighting: Extract<Found, { kind: 'order' }>): Judgement {
  const { number, parentId } = sighting.order;
  const key = keyOf(sighting, 'quickbooks');
  if (isWithWriter(current)) return { kind: 'stand' };
  if (sighting.suborder === 'part' && !current.written) return { kind: 'skip', reason: 'part_of_parent', key };
  const what = current.written ? 'has an invoice, and its lines' : 'has lines of its own, and others that';
  const message = `Order ${number} ${what} stand in its parent order ${parentId ?? ''}, too.`;
  return { kind: 'hold', problem: problemOf('suborder_ambiguous', message), key };
}

/**
 * Cancelled, failed, in the trash or deleted. An order's document needs a person (B6); customers and items stay, because
 * documents refer to them. What the writer has is not recalled: when it turns out to be written, it is held then.
 */
function judgeGone({ entity, sourceNumber, sighting, current }: Case, status: string | null): Judgement {
  const isOrder = entity === 'orders';
  if (isOrder && current.written) return { kind: 'hold', problem: orderCancelled(sourceNumber, status), key: GONE };
  if (isWithWriter(current)) return { kind: 'stand' };
  const isLost = sighting.kind === 'missing' || current.written;
  return isLost ? { kind: 'skip', reason: 'source_not_found', key: GONE } : { kind: 'leave', key: GONE };
}

/** Another status outside the list: a written document stays as it is, anything else is no record of ours. */
function judgeLeft({ current }: Case, key: string): Judgement {
  if (isWithWriter(current)) return { kind: 'stand' };
  if (!current.written) return { kind: 'leave', key };
  const keeps = current.failure !== null && current.failure.problem.code !== 'order_cancelled';
  return keeps ? { kind: 'stand' } : { kind: 'skip', reason: 'status_left', key };
}

function canonical(payload: TargetPayload): WorkPayload {
  if (!('raw' in payload)) return payload;
  throw new InvariantError('payload_foreign', 'what was kept for the books is a row of the mirror');
}
