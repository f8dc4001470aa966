import type { DocumentReadModel, FailureReadModel, PlanReadModel, RunReadModel } from '@tillstream/contracts';
import { describe, expect, it } from 'vitest';
import * as make from '../../test/events.js';
import { type ProjectedEvent, project } from './project.js';

function fold<T>(collection: string, id: string, events: readonly ProjectedEvent[]): T | undefined {
  let document: object | null = null;
  for (const one of events.flatMap(project)) {
    if (one.collection === collection && one.id === id) document = one.fold(document);
  }
  return (document ?? undefined) as T | undefined;
}

const SYNC = 'entity_sync/demo:orders';

function accepted(f: make.EventFactory) {
  return f.run(SYNC, 'RunAccepted', {
    request: make.runRequest('run_1', f.now),
    targets: ['quickbooks'],
    scanning: true,
    movesCursors: true,
    cursors: {},
    sourceIdentity: 'https://shop',
    acceptedAt: f.now,
  });
}

function refused(f: make.EventFactory, requestedAt: string) {
  return f.run(SYNC, 'RunRefused', {
    syncId: 'run_1',
    entity: 'orders',
    request: make.runRequest('run_1', requestedAt),
    code: 'sync_already_running',
    message: 'another run holds the slot',
    activeSyncId: 'run_0',
    ordersPerYear: null,
  });
}

describe('runs', () => {
  it('are queued when accepted, then show the latest progress', () => {
    const f = new make.EventFactory();
    const events = [accepted(f), f.run('run_state/run_1', 'RunProgressed', make.progress('run_1', 'running', 5, 2))];
    expect(fold<RunReadModel>('read_runs', 'run_1', events.slice(0, 1))).toMatchObject({
      status: 'queued',
      perTarget: { quickbooks: { discovered: 0 } },
      startedAt: null,
    });
    expect(fold<RunReadModel>('read_runs', 'run_1', events)).toMatchObject({
      status: 'running',
      counts: { discovered: 5, created: 2, pending: 3 },
      remoteCalls: { woocommerce: 1, quickbooks: 2 },
    });
  });

  it('refused after the wait end failed with the code; refused in time they are in no list (D5)', () => {
    const late = new make.EventFactory();
    const requestedAt = late.now;
    late.advance(5_001);
    expect(fold<RunReadModel>('read_runs', 'run_1', [refused(late, requestedAt)])).toMatchObject({
      status: 'failed',
      failure: { code: 'sync_already_running' },
      finishedAt: expect.any(String),
    });
    const inTime = new make.EventFactory();
    const events = [refused(inTime, inTime.now)];
    expect(fold('read_runs', 'run_1', events)).toBeUndefined();
    expect(fold('read_refused_runs', 'run_1', events)).toMatchObject({ status: 'failed' });
  });

  it('a repetition leads to the first run', () => {
    const f = new make.EventFactory();
    const events = [f.run(SYNC, 'RunReplayed', { syncId: 'run_2', originalSyncId: 'run_1' })];
    expect(fold('read_run_aliases', 'run_2', events)).toMatchObject({ originalSyncId: 'run_1' });
  });
});

describe('failures', () => {
  it('collect attempts, keep their first time and end resolved', () => {
    const f = new make.EventFactory();
    const producer = 'record_state/demo:orders:woo:7';
    const first = f.now;
    const events = [
      f.record('woo:7', producer, 'FailureRecorded', make.failureRecorded('woo:7', 'quickbooks_busy', 'retrying')),
      f.record('woo:7', producer, 'FailureRecorded', make.failureRecorded('woo:7', 'tax_unmapped')),
      f.record('woo:7', producer, 'FailureResolved', make.failureResolved('woo:7')),
    ];
    expect(fold<FailureReadModel>('read_failures', 'fail_woo:7', events.slice(0, 2))).toMatchObject({
      state: 'open',
      code: 'tax_unmapped',
      firstFailedAt: first,
      history: [{ code: 'quickbooks_busy' }, { code: 'tax_unmapped' }],
    });
    expect(fold<FailureReadModel>('read_failures', 'fail_woo:7', events)?.state).toBe('resolved');
  });

  it('two documents of one order are told by the record alone: discard and result end that failure (D14)', () => {
    const f = new make.EventFactory();
    const events = [
      f.record('woo:7', 'quickbooks_ledger/x', 'DuplicateDocumentFound', {
        realmId: '1',
        kind: 'invoice',
        sourceId: 'woo:7',
        remoteIds: ['88', '99'],
      }),
      f.record('woo:7', 'record_state/7', 'FailureRecorded', make.failureRecorded('woo:7', 'duplicate_document')),
      f.record('woo:7', 'record_state/7', 'FailureDiscarded', { ...make.failureResolved('woo:7'), reason: 'known' }),
    ];
    const failures = events.flatMap(project).filter(({ collection }) => collection === 'read_failures');
    expect(new Set(failures.map(({ id }) => id))).toEqual(new Set(['fail_woo:7']));
    expect(fold<FailureReadModel>('read_failures', 'fail_woo:7', events.slice(0, 2))?.state).toBe('open');
    expect(fold<FailureReadModel>('read_failures', 'fail_woo:7', events)?.state).toBe('discarded');
    const document = fold<DocumentReadModel>('read_documents', 'demo:orders:woo:7', events);
    expect(document?.events.map(({ type }) => type)).toContain('DuplicateDocumentFound');
  });
});

describe('documents', () => {
  const id = 'demo:orders:woo:7';

  it('show what exists in the target, with linked payments and the events that led there', () => {
    const f = new make.EventFactory();
    const events = [
      f.record('woo:7', 'record_state/7', 'RecordObserved', make.observed('woo:7', 1)),
      f.record('woo:7', 'quickbooks_ledger/i', 'EffectConfirmed', make.confirmed('woo:7', 'invoice', '145')),
      f.record('woo:7', 'quickbooks_ledger/p', 'EffectConfirmed', make.confirmed('woo:7', 'payment', '146')),
      f.record('woo:7', 'record_state/7', 'RecordSynced', make.synced('woo:7', 'created')),
    ];
    const document = fold<DocumentReadModel>('read_documents', id, events);
    expect(document).toMatchObject({
      entity: 'orders',
      sourceId: 'woo:7',
      source: { totalMinor: 4428, status: 'processing' },
      targets: {
        quickbooks: {
          state: 'synced',
          remoteId: '145',
          remoteType: 'Invoice',
          docNumber: '1042',
          total: { amountMinor: 4428, currency: 'USD' },
          linked: [{ remoteType: 'Payment', remoteId: '146' }],
        },
      },
    });
    expect(document?.events.map(({ type }) => type)).toEqual([
      'RecordObserved',
      'EffectConfirmed',
      'EffectConfirmed',
      'RecordSynced',
    ]);
  });

  it('are held with the code while a failure is open, and no longer once it is resolved', () => {
    const f = new make.EventFactory();
    const events = [
      f.record('woo:7', 'record_state/7', 'RecordSynced', make.synced('woo:7', 'held')),
      f.record('woo:7', 'record_state/7', 'FailureRecorded', make.failureRecorded('woo:7', 'tax_unmapped')),
      f.record('woo:7', 'record_state/7', 'FailureResolved', make.failureResolved('woo:7')),
    ];
    const state = (n: number) => fold<DocumentReadModel>('read_documents', id, events.slice(0, n))?.targets.quickbooks;
    expect(state(2)).toMatchObject({ state: 'held', code: 'tax_unmapped' });
    expect(state(3)).toMatchObject({ state: 'pending', code: null });
  });

  it('an event under a key of another shape is left out', () => {
    const f = new make.EventFactory();
    const event = f.record('woo:7', 'record_state/7', 'RecordObserved', make.observed('woo:7', 1));
    expect(project({ ...event, key: 'other:orders:woo:7' })).toEqual([]);
    expect(project({ ...event, key: 'demo:orders' })).toEqual([]);
  });
});

describe('plans', () => {
  it('are lines of their run, with the differences from the payload', () => {
    const f = new make.EventFactory();
    const planned = f.plan('run_plan/demo:run_1', make.planned('run_1', 3), {
      diff: [{ field: 'total', from: null, to: '44.28' }],
    });
    expect(fold<PlanReadModel>('read_plans', 'demo:run_1:3:quickbooks', [planned])).toMatchObject({
      runKey: 'demo:run_1',
      ordinal: 3,
      entityId: 'woo:1042',
      action: 'create',
      predictedTotal: { amountMinor: 4428, currency: 'USD' },
      predictedCalls: 3,
      diff: [{ field: 'total', from: null, to: '44.28' }],
    });
    const erased = { ...planned, event: { ...planned.event, payload: undefined } };
    expect(fold<PlanReadModel>('read_plans', 'demo:run_1:3:quickbooks', [erased])).toMatchObject({ diff: [] });
  });
});
