import { type SyncEvent, TOPICS } from '@tillstream/contracts';
import { Entity, FailureState, Mode, SyncStatus, Target, TriggerType } from '@tillstream/proto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GrpcClient } from './grpc-client.js';
import { DOCUMENT, failure, put, run } from './grpc-fixtures.js';
import { accept, type Decision, Harness, makeTenant } from './harness.js';

const ORDERS = Entity.ENTITY_ORDERS;

let h: Harness;
let client: GrpcClient;
beforeEach(async () => {
  h = new Harness();
  client = new GrpcClient(await h.serveGrpc());
});
afterEach(async () => {
  client.close();
  await h.stop();
});

async function requests() {
  return (await h.events(TOPICS.requests.name)).flatMap((event) =>
    event.type === 'RunRequested' ? [event.facts.request] : [],
  );
}

/** Accepts a key once; the same request again is a replay, another one is refused (D5). */
function orchestrator(): (event: SyncEvent) => Decision | null {
  const first = new Map<string, { syncId: string; requestHash: string }>();
  return (event) => {
    if (event.type !== 'RunRequested') return null;
    const { request } = event.facts;
    const { syncId, requestHash, idempotencyKey, entity } = request;
    const known = idempotencyKey === null ? undefined : first.get(idempotencyKey);
    if (known === undefined) {
      if (idempotencyKey !== null) first.set(idempotencyKey, { syncId, requestHash });
      return accept(event);
    }
    if (known.requestHash === requestHash) return ['RunReplayed', { syncId, originalSyncId: known.syncId }];
    const refused = { syncId, entity, request, code: 'idempotency_key_reused', message: 'another request' };
    return ['RunRefused', { ...refused, activeSyncId: null, ordersPerYear: null }];
  };
}

describe('TriggerSync', () => {
  it('starts a run with defaults, which GetSync finds at once and only its tenant sees', async () => {
    await h.orchestrate(accept);
    const started = await client.call('triggerSync', { entity: ORDERS });
    expect(started).toEqual({
      syncId: expect.stringMatching(/^run_/),
      status: SyncStatus.SYNC_STATUS_QUEUED,
      mode: Mode.MODE_INCREMENTAL,
      entity: ORDERS,
      target: Target.TARGET_UNSPECIFIED,
      dryRun: false,
      startedAt: expect.any(Date),
      replayed: false,
    });
    const { sync } = await client.call('getSync', { syncId: started.syncId });
    expect(sync).toMatchObject({
      syncId: started.syncId,
      status: SyncStatus.SYNC_STATUS_QUEUED,
      trigger: { type: TriggerType.TRIGGER_TYPE_API, id: 'key_first_admin' },
      requestedAt: started.startedAt,
      finishedAt: undefined,
      cursor: undefined,
    });
    const other = new GrpcClient(client.address, await makeTenant(h, 'other'));
    const foreign = await other.refused('getSync', { syncId: started.syncId });
    expect(foreign).toMatchObject({ code: 'NOT_FOUND', reason: 'not_found' });
    other.close();
  });

  it('asks for exactly what REST asks for with the same values', async () => {
    await h.orchestrate(accept);
    const time = '2026-01-01T00:00:00.250Z';
    await client.call('triggerSync', {
      entity: ORDERS,
      mode: Mode.MODE_FULL,
      target: Target.TARGET_QUICKBOOKS,
      dryRun: true,
      filters: {
        status: ['completed'],
        createdAfter: new Date(time),
        createdBefore: undefined,
        modifiedAfter: new Date(time),
      },
      ids: ['1042', 'woo:1042'],
      idempotencyKey: 'grpc',
    });
    const filters = { status: ['completed'], createdAfter: time, modifiedAfter: time };
    const body = { mode: 'full', target: 'quickbooks', dryRun: true, filters, ids: ['1042'], idempotencyKey: 'rest' };
    await h.call('POST', '/api/sync/orders', { body });
    const [byGrpc, byRest] = await requests();
    const own = { syncId: '', requestedAt: '', idempotencyKey: '' };
    expect({ ...byGrpc, ...own }).toEqual({ ...byRest, ...own });
  });

  it('shares idempotency keys with REST, both ways, whatever the notation of a time', async () => {
    await h.orchestrate(orchestrator());
    const filters = { modifiedAfter: '2026-01-01T01:00:00+01:00' };
    const byRest = await h.call('POST', '/api/sync/orders', { body: { filters, idempotencyKey: 'job' } });
    const request = {
      entity: ORDERS,
      filters: {
        status: [],
        createdAfter: undefined,
        createdBefore: undefined,
        modifiedAfter: new Date('2026-01-01T00:00:00Z'),
      },
      idempotencyKey: 'job',
    };
    const replay = await client.call('triggerSync', request);
    expect(replay).toMatchObject({ syncId: byRest.body['syncId'], replayed: true });
    const other = await client.refused('triggerSync', { ...request, mode: Mode.MODE_FULL });
    expect(other).toMatchObject({ code: 'ALREADY_EXISTS', reason: 'idempotency_key_reused' });
    const byGrpc = await client.call('triggerSync', { entity: ORDERS, idempotencyKey: 'second' });
    const again = await h.call('POST', '/api/sync/orders', { body: { idempotencyKey: 'second' } });
    expect(again).toMatchObject({ body: { syncId: byGrpc.syncId }, headers: { 'idempotent-replayed': 'true' } });
  });
});

describe('runs', () => {
  it('are listed newest first, filtered, in pages', async () => {
    for (const minute of [1, 2, 3]) await put(h, 'runs', `run_${minute}`, run(`run_${minute}`, minute));
    await put(h, 'runs', 'run_failed', run('run_failed', 4, { status: 'failed' }));
    const retry = { entity: null, triggerType: 'retry', trigger: { type: 'retry', id: 'fail_1' } } as const;
    await put(h, 'runs', 'run_retry', run('run_retry', 5, retry));
    await put(h, 'runs', 'run_foreign', run('run_foreign', 6, { tenantId: 'other' }));
    const list = async (query: Parameters<typeof client.call<'listSyncs'>>[1]) => {
      const { syncs, nextPageToken } = await client.call('listSyncs', query);
      return { ids: syncs.map(({ syncId }) => syncId), nextPageToken };
    };
    const all = ['run_retry', 'run_failed', 'run_3', 'run_2', 'run_1'];
    expect(await list({})).toEqual({ ids: all, nextPageToken: '' });
    expect((await list({ status: SyncStatus.SYNC_STATUS_FAILED })).ids).toEqual(['run_failed']);
    expect((await list({ trigger: TriggerType.TRIGGER_TYPE_RETRY })).ids).toEqual(['run_retry']);
    const between = { from: new Date('2026-01-05T12:02:00Z'), to: new Date('2026-01-05T12:04:00Z') };
    expect((await list({ entity: ORDERS, ...between })).ids).toEqual(['run_3', 'run_2']);
    const page = await list({ pageSize: 2 });
    expect(page.ids).toEqual(all.slice(0, 2));
    expect((await list({ pageSize: 200, pageToken: page.nextPageToken })).ids).toEqual(all.slice(2));
    const byRest = await h.call('GET', `/api/sync/status?cursor=${encodeURIComponent(page.nextPageToken)}&limit=1`);
    expect(byRest.body['items']).toMatchObject([{ syncId: 'run_3' }]);
  });

  it('show the same as REST', async () => {
    const error = { failureId: null, entity: 'orders', entityId: 'woo:7', target: 'supabase' } as const;
    await put(h, 'runs', 'run_1', {
      ...run('run_1', 1, {
        entity: null,
        target: 'supabase',
        status: 'failed',
        finishedAt: '2026-01-05T12:01:00.123Z',
      }),
      errors: [{ ...error, code: 'tax_unmapped', message: 'x' }],
      cursor: { from: null, to: '2026-01-05T12:00:00' },
      failure: { code: 'source_unreachable', message: 'the shop' },
    });
    const { sync } = await client.call('getSync', { syncId: 'run_1' });
    expect(sync).toMatchObject({
      entity: Entity.ENTITY_UNSPECIFIED,
      target: Target.TARGET_SUPABASE,
      status: SyncStatus.SYNC_STATUS_FAILED,
      counts: { discovered: 1, created: 1 },
      perTarget: { quickbooks: { created: 1 } },
      errors: [{ failureId: undefined, entityId: '7', target: Target.TARGET_SUPABASE, code: 'tax_unmapped' }],
      finishedAt: new Date('2026-01-05T12:01:00.123Z'),
      cursor: { from: undefined, to: '2026-01-05T12:00:00.000Z' },
      remoteCalls: { woocommerce: 1, quickbooks: 2, supabase: 0 },
      failure: { code: 'source_unreachable', message: 'the shop' },
    });
    expect(Object.keys(sync?.perTarget ?? {})).toEqual(['quickbooks']);
  });

  it('are cancelled once, however often it is asked, and not when they have ended', async () => {
    await h.orchestrate(accept);
    const { syncId } = await client.call('triggerSync', { entity: ORDERS });
    const asked = { syncId, status: SyncStatus.SYNC_STATUS_QUEUED };
    expect(await client.call('cancelSync', { syncId })).toEqual(asked);
    expect(await client.call('cancelSync', { syncId })).toEqual(asked);
    const events = await h.events(TOPICS.requests.name);
    expect(events.filter(({ type }) => type === 'RunCancelRequested')).toHaveLength(1);
    await put(h, 'runs', 'run_done', run('run_done', 1, { status: 'completed' }));
    const late = await client.refused('cancelSync', { syncId: 'run_done' });
    expect(late).toMatchObject({ code: 'FAILED_PRECONDITION', reason: 'run_finished' });
    expect(await client.refused('cancelSync', { syncId: '' })).toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('failures', () => {
  beforeEach(async () => {
    await put(h, 'failures', 'fail_1', failure('fail_1', 1));
    await put(h, 'failures', 'fail_2', failure('fail_2', 2, { code: 'quickbooks_busy', state: 'retrying' }));
    await put(h, 'failures', 'fail_3', failure('fail_3', 3, { state: 'resolved' }));
    await put(h, 'failures', 'fail_4', failure('fail_4', 4, { causedBy: 'fail_1', syncId: 'run_2' }));
    await put(h, 'failures', 'fail_5', failure('fail_5', 5, { tenantId: 'other' }));
    await h.orchestrate(accept);
  });

  const ids = async (query: Parameters<typeof client.call<'listFailures'>>[1]) =>
    (await client.call('listFailures', query)).failures.map(({ id }) => id);
  const refs = async () => (await requests()).flatMap(({ refs }) => (refs ?? []).map(({ failureId }) => failureId));

  it('are listed newest first, causes by default, with filters', async () => {
    expect(await ids({})).toEqual(['fail_3', 'fail_2', 'fail_1']);
    expect(await ids({ causedBy: 'any' })).toEqual(['fail_4', 'fail_3', 'fail_2', 'fail_1']);
    expect(await ids({ causedBy: 'fail_1' })).toEqual(['fail_4']);
    expect(await ids({ state: FailureState.FAILURE_STATE_OPEN })).toEqual(['fail_1']);
    expect(await ids({ code: 'quickbooks_busy', target: Target.TARGET_QUICKBOOKS, entity: ORDERS })).toEqual([
      'fail_2',
    ]);
    expect(await ids({ syncId: 'run_2', causedBy: 'any' })).toEqual(['fail_4']);
    const page = await client.call('listFailures', { pageSize: 2 });
    expect(await ids({ pageToken: page.nextPageToken })).toEqual(['fail_1']);
    expect(page.failures[1]).toMatchObject({
      id: 'fail_2',
      entityId: '1002',
      sourceId: 'woo:1002',
      remote: { httpStatus: 400, faultCode: '6000', traceId: undefined },
      nextAttemptAt: undefined,
      causedBy: undefined,
      syncId: 'run_1',
    });
  });

  it('one is tried again with what waits for it, but not when it is not open', async () => {
    const { syncId } = await client.call('retryFailure', { failureId: 'fail_1', recreate: true });
    const [request] = await requests();
    expect(request).toMatchObject({
      syncId,
      entity: null,
      trigger: { type: 'retry', id: 'fail_1' },
      refs: [{ failureId: 'fail_1', recreate: true }, { failureId: 'fail_4' }],
    });
    const resolved = await client.refused('retryFailure', { failureId: 'fail_3' });
    expect(resolved).toMatchObject({ code: 'FAILED_PRECONDITION', reason: 'failure_not_open' });
    for (const failureId of ['fail_5', '', `${'x'.repeat(99)}😀`]) {
      expect(await client.refused('retryFailure', { failureId })).toMatchObject({ code: 'NOT_FOUND' });
    }
  });

  it('many are tried again: what is open and fits, or those named, or nothing', async () => {
    expect(await client.call('retryFailures', { code: 'quickbooks_busy' })).toMatchObject({ accepted: 1 });
    expect(await refs()).toEqual(['fail_2']);
    const all = await client.call('retryFailures', {});
    expect(all).toEqual({ accepted: 2, syncId: expect.stringMatching(/^run_/) });
    const unknown = await client.refused('retryFailures', { failureIds: ['fail_1', 'fail_5'] });
    expect(unknown).toMatchObject({ code: 'NOT_FOUND', reason: 'not_found' });
    expect(await client.call('retryFailures', { failureIds: ['fail_3'] })).toEqual({ syncId: undefined, accepted: 0 });
    expect(await refs()).toHaveLength(4);
    const tooMany = await client.refused('retryFailures', { limit: 1_001, failureIds: [''] });
    expect(tooMany.fields).toEqual(['failure_ids.0', 'limit']);
  });
});

describe('GetDocument', () => {
  beforeEach(() => put(h, 'documents', 'default:orders:woo:1042', DOCUMENT));

  it.each(['1042', 'woo:1042'])('shows for %s what exists where and how it got there', async (sourceId) => {
    const { document } = await client.call('getDocument', { entity: ORDERS, sourceId });
    expect(document).toMatchObject({
      entity: ORDERS,
      sourceId: 'woo:1042',
      source: {
        sourceVersion: 1_767_614_400_000_123,
        total: { amountMinor: 4428, currency: 'USD' },
        totalTax: undefined,
      },
      targets: {
        quickbooks: {
          remoteId: '145',
          code: undefined,
          syncedAt: new Date('2026-01-05T12:02:00Z'),
          linked: [{ remoteType: 'Payment', docNumber: undefined, total: { amountMinor: 4428 } }],
        },
      },
      events: [{ type: 'RecordObserved', facts: { status: 'processing', revision: 1 } }],
    });
  });

  it('is NOT_FOUND when nothing is known, or for another tenant', async () => {
    expect(await client.refused('getDocument', { entity: ORDERS, sourceId: '7' })).toMatchObject({ code: 'NOT_FOUND' });
    const other = new GrpcClient(client.address, await makeTenant(h, 'other'));
    expect(await other.refused('getDocument', { entity: ORDERS, sourceId: '1042' })).toMatchObject({
      code: 'NOT_FOUND',
    });
    other.close();
  });
});
