import {
  encodeEvent,
  eventId,
  type FactsOf,
  type FieldDiff,
  planAnswerKey,
  type PlanAnswered,
  type PlanRequestedPayload,
  type StoredEvent,
  type SyncEvent,
  TOPICS,
} from '@tillstream/contracts';
import type { RecordToAppend } from '@tillstream/event-log';
import {
  COLUMNS,
  type CurrentRow,
  keyOf,
  type MirroredRecord,
  SupabaseFailure,
  tableOf,
  tableRecords,
} from '@tillstream/supabase';
import { asFailure } from './apply-works.js';
import type { Project } from './project.js';
import { problemOfFailure } from './results.js';

type Question = Extract<SyncEvent, { type: 'PlanRequested' }>;
type Verdict = Pick<PlanAnswered, 'action' | 'reason' | 'message'> & { readonly diff: readonly FieldDiff[] };

/** What writing these records would change in the project; reads only. One look-up for all of them. */
export async function planRecords(
  questions: readonly Question[],
  project: Project,
  nowMs: number,
): Promise<RecordToAppend[]> {
  const records = questions.map(mirroredOf);
  const current = await currentRows(records, project);
  return questions.map((question, index) => {
    const record = records[index] as MirroredRecord;
    const verdict = current instanceof SupabaseFailure ? held(current) : compare(record, current[index] ?? null);
    return answer(question, verdict, index === 0 ? 1 : 0, nowMs);
  });
}

/** null = cannot be known: everything that would be written waits for the same reason in a real run. */
async function currentRows(
  records: readonly MirroredRecord[],
  project: Project,
): Promise<readonly (CurrentRow | null)[] | SupabaseFailure> {
  try {
    const { route } = await project.peek();
    return await route.read(records.map((record) => ({ table: tableOf(record), ...keyOf(record) })));
  } catch (thrown) {
    const failure = asFailure(thrown);
    // A first run would create the tables: there is no row yet.
    if (failure.problem === 'supabase_schema_missing' && (await project.canInstall())) return [];
    return failure;
  }
}

function mirroredOf({ tenantId, facts, payload }: Question): MirroredRecord {
  const { rows } = (payload ?? {}) as PlanRequestedPayload;
  const { entity, sourceId, contentHash } = facts;
  const raw = rows?.raw ?? null;
  return {
    tenantId,
    entity,
    sourceId,
    contentHash,
    sourceVersion: 0,
    deleted: isDeleted(raw),
    raw,
    related: rows?.related,
  };
}

function isDeleted(raw: unknown): boolean {
  return raw === null || (typeof raw === 'object' && Reflect.get(raw, 'status') === 'trash');
}

/** Typed columns that differ; when none does, what differs is inside `raw` or in the rows that belong to the record. */
export function compare(record: MirroredRecord, current: CurrentRow | null): Verdict {
  const plain = { reason: null, message: null };
  if (current === null) {
    if (record.deleted) return { ...plain, action: 'none', diff: [] };
    return { ...plain, action: 'create', diff: differences(record, {}) };
  }
  const sameState = (current['deleted_at'] !== null) === record.deleted;
  if (sameState && current['content_hash'] === record.contentHash) return { ...plain, action: 'none', diff: [] };
  const diff = [...differences(record, current), ...(sameState ? [] : [deletion(record)])];
  const elsewhere = { field: 'raw', from: current['content_hash'] ?? null, to: record.contentHash };
  return { ...plain, action: 'update', diff: diff.length > 0 ? diff : [elsewhere] };
}

function deletion({ deleted }: MirroredRecord): FieldDiff {
  return { field: 'deleted_at', from: deleted ? null : 'deleted', to: deleted ? 'deleted' : null };
}

function differences(record: MirroredRecord, current: CurrentRow): FieldDiff[] {
  const [first] = tableRecords(record);
  if (!first?.row) return [];
  const { row, table } = first;
  return COLUMNS[table].flatMap(({ name, type }) => {
    const value = row[name] ?? null;
    const to = value === null ? null : String(value);
    const from = current[name] ?? null;
    const same =
      type === 'timestamptz' && from !== null && to !== null ? Date.parse(from) === Date.parse(to) : from === to;
    return same ? [] : [{ field: name, from, to }];
  });
}

function held(failure: SupabaseFailure): Verdict {
  const { code, message } = problemOfFailure(failure);
  return { action: 'hold', reason: code, message, diff: [] };
}

function answer(
  { tenantId, facts: question }: Question,
  { diff, ...verdict }: Verdict,
  remoteCalls: number,
  nowMs: number,
): RecordToAppend {
  const { syncId, ordinal, entity, sourceId } = question;
  const topic = TOPICS.planAnswers.name;
  const key = planAnswerKey(tenantId, syncId);
  const producer = `supabase_plans/${key}:${ordinal}:supabase`;
  const writes = verdict.action === 'create' || verdict.action === 'update' ? 1 : 0;
  const facts: FactsOf<'PlanAnswered'> = {
    syncId,
    ordinal,
    target: 'supabase',
    entity,
    sourceId,
    ...verdict,
    predictedTotal: null,
    writes,
    needs: [],
    remoteCalls,
  };
  const event: StoredEvent = {
    id: eventId(producer, topic, 1),
    type: 'PlanAnswered',
    schemaVersion: 1,
    producer,
    seq: 1,
    eventNumber: 1,
    tenantId,
    occurredAt: new Date(nowMs).toISOString(),
    facts,
    payload: { diff: [...diff] },
  };
  return { topic, key, value: encodeEvent(event) };
}
