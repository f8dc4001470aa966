import {
  type EventType,
  encodeEvent,
  eventId,
  type FactsOf,
  type RunRequest,
  recordKey,
  runKey,
  type StoredEvent,
  type SyncEvent,
  TOPICS,
} from '@tillstream/contracts';
import type { ProjectedEvent } from '../src/domain/project.js';

/** Builds events as the log would carry them: seq counts per producer and topic. */
export class EventFactory {
  readonly #seqs = new Map<string, number>();
  #time = Date.UTC(2026, 0, 5, 12);

  constructor(readonly tenantId = 'demo') {}

  run<T extends EventType>(producer: string, type: T, facts: FactsOf<T>): ProjectedEvent {
    return this.#make(TOPICS.runs.name, runKey(this.tenantId, 'orders'), producer, type, facts);
  }

  record<T extends EventType>(sourceId: string, producer: string, type: T, facts: FactsOf<T>): ProjectedEvent {
    return this.#make(TOPICS.events.name, recordKey(this.tenantId, 'orders', sourceId), producer, type, facts);
  }

  plan(producer: string, facts: FactsOf<'RecordPlanned'>, payload: object): ProjectedEvent {
    const planned = this.#make(TOPICS.plans.name, runKey(this.tenantId, 'orders'), producer, 'RecordPlanned', facts);
    return { ...planned, event: { ...planned.event, payload: { ...payload } } };
  }

  /** Moves the time at which later events occur. */
  advance(ms: number): void {
    this.#time += ms;
  }

  get now(): string {
    return new Date(this.#time).toISOString();
  }

  #make(topic: string, key: string, producer: string, type: EventType, facts: object): ProjectedEvent {
    const seq = (this.#seqs.get(`${producer}|${topic}`) ?? 0) + 1;
    this.#seqs.set(`${producer}|${topic}`, seq);
    const event: StoredEvent = {
      id: eventId(producer, topic, seq),
      type,
      schemaVersion: 1,
      producer,
      seq,
      eventNumber: seq,
      tenantId: this.tenantId,
      occurredAt: this.now,
      facts: { ...facts },
    };
    this.#time += 1;
    return { topic, key, event: event as SyncEvent };
  }
}

export const toRecord = ({ topic, key, event }: ProjectedEvent) => ({
  topic,
  key,
  value: encodeEvent(event),
});

export function runRequest(syncId: string, requestedAt: string): RunRequest {
  return {
    syncId,
    entity: 'orders',
    mode: 'full',
    target: 'all',
    dryRun: false,
    filters: {},
    ids: null,
    refs: null,
    idempotencyKey: null,
    requestHash: 'hash',
    trigger: { type: 'api', id: 'key_1' },
    requestedAt,
  };
}

export function planned(syncId: string, ordinal: number): FactsOf<'RecordPlanned'> {
  return {
    syncId,
    ordinal,
    target: 'quickbooks',
    entity: 'orders',
    sourceId: 'woo:1042',
    sourceNumber: '1042',
    action: 'create',
    reason: null,
    message: null,
    predictedTotal: { amountMinor: 4428, currency: 'USD' },
    predictedCalls: 3,
    needs: ['customer|woo:17'],
  };
}

export function counts(discovered: number, created: number): FactsOf<'RunProgressed'>['counts'] {
  return {
    discovered,
    created,
    updated: 0,
    unchanged: 0,
    skipped: 0,
    failed: 0,
    held: 0,
    pending: discovered - created,
  };
}

export function progress(
  syncId: string,
  status: FactsOf<'RunProgressed'>['status'],
  discovered: number,
  created: number,
): FactsOf<'RunProgressed'> {
  return {
    syncId,
    status,
    counts: counts(discovered, created),
    perTarget: { quickbooks: counts(discovered, created) },
    errors: [],
    cursor: { from: null, to: null },
    remoteCalls: { woocommerce: 1, quickbooks: created, supabase: 0 },
    startedAt: '2026-01-05T12:00:00.000Z',
    finishedAt: status === 'running' ? null : '2026-01-05T12:01:00.000Z',
    failure: null,
  };
}

const about = (sourceId: string) => ({
  entity: 'orders' as const,
  sourceId,
  sourceNumber: sourceId.replace('woo:', ''),
  target: 'quickbooks' as const,
  syncId: 'run_1',
});

export const failureRecorded = (
  sourceId: string,
  code: string,
  state: 'open' | 'retrying' = 'open',
): FactsOf<'FailureRecorded'> => ({
  ...about(sourceId),
  failureId: `fail_${sourceId}`,
  problem: {
    code,
    category: state === 'open' ? 'held' : 'transient',
    message: `because of ${code}`,
    action: 'act',
    remote: null,
  },
  attempts: 1,
  state,
  nextAttemptAt: null,
  causedBy: null,
});

export const failureResolved = (sourceId: string): FactsOf<'FailureResolved'> => ({
  ...about(sourceId),
  failureId: `fail_${sourceId}`,
});

export const observed = (sourceId: string, version: number): FactsOf<'RecordObserved'> => ({
  entity: 'orders',
  sourceId,
  sourceNumber: sourceId.replace('woo:', ''),
  sourceVersion: version,
  contentHash: `hash-${version}`,
  syncId: 'run_1',
  status: 'processing',
  totalMinor: 4428,
  totalTaxMinor: 328,
  currency: 'USD',
  readBeganAt: version,
  sourceIdentity: 'https://shop#1',
  targetIdentities: { quickbooks: '123#1' },
  ordinal: 0,
  waits: ['quickbooks'],
  gone: false,
});

export const synced = (
  sourceId: string,
  outcome: FactsOf<'RecordSynced'>['outcome'],
  documents: FactsOf<'RecordSynced'>['documents'] = [],
): FactsOf<'RecordSynced'> => ({
  ...about(sourceId),
  sourceVersion: 1,
  contentHash: 'hash-1',
  outcome,
  reason: null,
  documents,
});

export const confirmed = (
  sourceId: string,
  kind: FactsOf<'EffectConfirmed'>['kind'],
  remoteId: string,
): FactsOf<'EffectConfirmed'> => ({
  realmId: '123',
  kind,
  sourceId,
  revision: 1,
  requestId: 'r'.repeat(32),
  remoteId,
  syncToken: '0',
  docNumber: kind === 'invoice' ? '1042' : null,
  totalMinor: 4428,
  taxMinor: 328,
  currency: 'USD',
  by: 'reply',
});
