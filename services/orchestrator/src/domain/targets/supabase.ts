import { recordKey, type RowsPayload, TOPICS } from '@tillstream/contracts';
import { InvariantError } from '@tillstream/kernel';
import { GONE, isWithWriter } from '../record/state.js';
import type { Case, Judgement, TargetPayload, TargetRules } from './rules.js';
import { groupOf, isBeforeStart, keyOf } from './sighted.js';

/** Contract section 11: a row once written follows every later state, whether the books can take it or not. */
export const supabase: TargetRules = {
  title: 'Supabase',
  workTopic: TOPICS.workSupabase.name,
  planTopic: TOPICS.planSupabase.name,
  remembersWork: false,
  needsStartDate: () => false,
  judge,
  writtenThoughGone: () => null,
  work: (facts, { name: projectId }, payload) => {
    const rows = rowsIn(payload);
    return { type: 'RowsRequested', facts: { ...facts, projectId, deleted: isDeleted(rows) }, payload: rows };
  },
  workKey: (tenantId, { entity, sourceId }) => recordKey(tenantId, entity, sourceId),
  question: (payload) => ({ rows: rowsIn(payload) }),
};

function judge(one: Case): Judgement {
  const { sighting, current } = one;
  const isKnown = current.written || isWithWriter(current);
  if (sighting.kind === 'missing') {
    return isKnown
      ? { kind: 'bring', key: GONE, payload: { raw: null } }
      : { kind: 'skip', reason: 'source_not_found', key: GONE };
  }
  if (!isKnown && groupOf(one, sighting) !== 'selected') return { kind: 'leave', key: sighting.contentHash };
  const key = keyOf(sighting, 'supabase');
  if (!isKnown && isBeforeStart(one, sighting)) return { kind: 'skip', reason: 'before_start_date', key };
  return { kind: 'bring', key, payload: sighting.rows };
}

/** Gone from the shop, or thrown away there. */
function isDeleted({ raw }: RowsPayload): boolean {
  if (raw === null || raw === undefined) return true;
  return typeof raw === 'object' && 'status' in raw && raw.status === 'trash';
}

function rowsIn(payload: TargetPayload): RowsPayload {
  if ('raw' in payload) return payload;
  throw new InvariantError('payload_foreign', 'what was kept for the mirror is no row');
}
