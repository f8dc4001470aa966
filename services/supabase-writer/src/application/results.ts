import {
  encodeEvent,
  eventId,
  type Outcome,
  type Problem,
  PROBLEM_CODES,
  type ProblemCodeName,
  recordKey,
  type RemoteError,
  type RowsPayload,
  type RowsRequested,
  type StoredEvent,
  TOPICS,
  type WorkSettled,
  type WrittenDocument,
} from '@tillstream/contracts';
import type { RecordToAppend } from '@tillstream/event-log';
import type { AppliedRecord, SchemaPlace, SupabaseFailure, TableRecord } from '@tillstream/supabase';

/** One request of the orchestrator. */
export interface Work {
  readonly tenantId: string;
  readonly request: RowsRequested;
  readonly payload: RowsPayload;
}

export interface Settlement {
  readonly outcome: Outcome;
  readonly problem: Problem | null;
  readonly documents: readonly WrittenDocument[];
  readonly remoteCalls: number;
}

export function problemOf(code: ProblemCodeName, message: string | null, remote: RemoteError | null): Problem {
  const { category, title, action } = PROBLEM_CODES[code];
  const said = message === null ? `${title}.` : `${title}: ${message}`;
  return { code, category: category === 'skipped' ? 'permanent' : category, message: said, action, remote };
}

export const problemOfFailure = (failure: SupabaseFailure): Problem =>
  problemOf(failure.problem, failure.message, failure.remote);

export const SUPERSEDED: Settlement = {
  outcome: 'skipped',
  problem: problemOf('superseded', null, null),
  documents: [],
  remoteCalls: 0,
};

export function rejected(message: string, remote: RemoteError | null, remoteCalls: number): Settlement {
  return { outcome: 'failed', problem: problemOf('row_rejected', message, remote), documents: [], remoteCalls };
}

/** What the function said about a record, as its result. */
export function settlementOf(
  { outcome, sqlstate, message }: AppliedRecord,
  rows: readonly TableRecord[],
  { place, sourceVersion, remoteCalls }: { place: SchemaPlace; sourceVersion: number; remoteCalls: number },
): Settlement {
  if (outcome === 'outdated') return { ...SUPERSEDED, remoteCalls };
  if (outcome === 'failed') {
    return rejected(
      message ?? 'no reason was given',
      sqlstate === undefined ? null : { faultCode: sqlstate },
      remoteCalls,
    );
  }
  return {
    outcome,
    problem: null,
    documents: rows.slice(0, 1).map((row) => written(row, place, sourceVersion)),
    remoteCalls,
  };
}

function written({ table, record, row }: TableRecord, { prefix }: SchemaPlace, sourceVersion: number): WrittenDocument {
  const { number = null, total_minor: total = null, currency = null } = table === 'orders' && row !== null ? row : {};
  return {
    remoteType: `${prefix}${table}`,
    remoteId: String(record['id']),
    docNumber: typeof number === 'string' ? number : null,
    totalMinor: typeof total === 'number' ? total : null,
    currency: typeof currency === 'string' ? currency : null,
    remoteVersion: String(sourceVersion),
  };
}

/** The result of work that never waited. Its producer is the work itself, so that a repeat has the same event id. */
export function settledRecord({ tenantId, request }: Work, settlement: Settlement, nowMs: number): RecordToAppend {
  const topic = TOPICS.results.name;
  const { entity, sourceId, sourceVersion, contentHash } = request;
  const key = recordKey(tenantId, entity, sourceId);
  const producer = `supabase_rows/${key}@${sourceVersion}`;
  const facts: WorkSettled = {
    target: 'supabase',
    entity,
    sourceId,
    sourceVersion,
    contentHash,
    outcome: settlement.outcome,
    problem: settlement.problem,
    documents: [...settlement.documents],
    attempts: 1,
    remoteCalls: settlement.remoteCalls,
  };
  const event: StoredEvent = {
    id: eventId(producer, topic, 1),
    type: 'WorkSettled',
    schemaVersion: 1,
    producer,
    seq: 1,
    eventNumber: 1,
    tenantId,
    occurredAt: new Date(nowMs).toISOString(),
    facts,
  };
  return { topic, key, value: encodeEvent(event) };
}
