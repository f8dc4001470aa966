import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as make from '../../test/events.js';
import { type ProjectedEvent, project } from './project.js';

/** All read models after these deliveries, by address. */
function fold(events: readonly ProjectedEvent[]): Record<string, object | null> {
  const documents: Record<string, object | null> = {};
  for (const one of events.flatMap(project)) {
    const address = `${one.collection}/${one.id}`;
    documents[address] = one.fold(documents[address] ?? null);
  }
  return documents;
}

type Factory = (factory: make.EventFactory) => ProjectedEvent;

const record = fc.constantFrom('woo:1', 'woo:2');
const remoteId = fc.constantFrom('11', '12');
const kind = fc.constantFrom('invoice', 'payment');
const outcome = fc.constantFrom('created', 'unchanged', 'held', 'failed', 'skipped');
const status = fc.constantFrom('running', 'completed', 'cancelled');
const syncId = fc.constantFrom('run_1', 'run_2');

/** Any event any service could publish about two records and two runs, in any order: folds must take them all. */
const anyEvent: fc.Arbitrary<Factory> = fc.oneof(
  syncId.map(
    (id): Factory =>
      (f) =>
        f.run('entity_sync/demo:orders', 'RunAccepted', accepted(id, f.now)),
  ),
  syncId.map(
    (id): Factory =>
      (f) =>
        f.run('entity_sync/demo:orders', 'RunRefused', refused(id, f.now)),
  ),
  syncId.map(
    (id): Factory =>
      (f) =>
        f.run('entity_sync/demo:orders', 'RunReplayed', { syncId: id, originalSyncId: 'run_0' }),
  ),
  fc.tuple(syncId, status, fc.nat(9)).map(
    ([id, now, created]): Factory =>
      (f) =>
        f.run(`run_state/${id}`, 'RunProgressed', make.progress(id, now, 9, created)),
  ),
  fc.tuple(record, fc.nat(9)).map(
    ([id, v]): Factory =>
      (f) =>
        f.record(id, `record_state/${id}`, 'RecordObserved', make.observed(id, v)),
  ),
  fc.tuple(record, outcome).map(
    ([id, o]): Factory =>
      (f) =>
        f.record(id, `record_state/${id}`, 'RecordSynced', make.synced(id, o)),
  ),
  fc.tuple(record, fc.constantFrom('open', 'retrying')).map(
    ([id, s]): Factory =>
      (f) =>
        f.record(id, `record_state/${id}`, 'FailureRecorded', make.failureRecorded(id, 'tax_unmapped', s)),
  ),
  record.map(
    (id): Factory =>
      (f) =>
        f.record(id, `record_state/${id}`, 'FailureResolved', make.failureResolved(id)),
  ),
  record.map(
    (id): Factory =>
      (f) =>
        f.record(id, `record_state/${id}`, 'FailureDiscarded', { ...make.failureResolved(id), reason: 'x' }),
  ),
  fc.tuple(record, kind, remoteId).map(
    ([id, k, r]): Factory =>
      (f) =>
        f.record(id, `quickbooks_ledger/${k}:${id}`, 'EffectConfirmed', make.confirmed(id, k, r)),
  ),
  fc.tuple(record, kind).map(
    ([id, k]): Factory =>
      (f) =>
        f.record(id, `quickbooks_ledger/${k}:${id}`, 'DuplicateDocumentFound', {
          realmId: '1',
          kind: k,
          sourceId: id,
          remoteIds: ['1', '2'],
        }),
  ),
);

function accepted(id: string, requestedAt: string) {
  return {
    request: make.runRequest(id, requestedAt),
    targets: ['quickbooks' as const],
    scanning: true,
    movesCursors: true,
    cursors: {},
    sourceIdentity: 'https://shop',
    acceptedAt: requestedAt,
  };
}

function refused(id: string, requestedAt: string) {
  return {
    syncId: id,
    entity: 'orders' as const,
    request: make.runRequest(id, requestedAt),
    code: 'sync_already_running',
    message: 'busy',
    activeSyncId: 'run_0',
    ordersPerYear: null,
  };
}

const history = fc.array(anyEvent, { maxLength: 40 }).map((factories) => {
  const factory = new make.EventFactory();
  return [...opening(factory), ...factories.map((build) => build(factory))];
});

/** Nothing is told of a run or a failure before it exists: acceptance and first failure come first, as on a real log. */
function opening(factory: make.EventFactory): ProjectedEvent[] {
  return [
    ...['run_1', 'run_2'].map((id) => factory.run('entity_sync/demo:orders', 'RunAccepted', accepted(id, factory.now))),
    ...['woo:1', 'woo:2'].map((id) =>
      factory.record(id, `record_state/${id}`, 'FailureRecorded', make.failureRecorded(id, 'source_invalid')),
    ),
  ];
}

describe('read models', () => {
  it('are the same whatever is delivered again: batches rewound, outboxes appended twice (I4, D3)', () => {
    fc.assert(
      fc.property(history, fc.array(fc.tuple(fc.nat(50), fc.nat(50)), { maxLength: 8 }), (events, rewinds) => {
        const delivered = [...events];
        for (const [end, back] of rewinds) {
          const at = end % (delivered.length + 1);
          const from = Math.max(0, at - back);
          delivered.splice(at, 0, ...delivered.slice(from, at));
        }
        expect(fold(delivered)).toEqual(fold(events));
      }),
    );
  });

  it('do not go back when an old event comes after newer ones', () => {
    fc.assert(
      fc.property(history, fc.nat(), (events, pick) => {
        fc.pre(events.length > 0);
        const old = events[pick % events.length];
        expect(fold(old ? [...events, old] : events)).toEqual(fold(events));
      }),
    );
  });

  it('replayed from the start are the same documents (I5)', () => {
    fc.assert(
      fc.property(history, (events) => {
        expect(fold(structuredClone(events))).toEqual(fold(events));
      }),
    );
  });
});
