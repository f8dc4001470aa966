import { COLLECTIONS, type RunReadModel, type SyncEvent, TOPICS } from '@tillstream/contracts';
import type { WriteOperation } from '@tillstream/document-store';
import { SystemClock } from '@tillstream/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accept, type Decision, Harness, makeTenant } from './harness.js';

const ORDERS = '/api/sync/orders';

function refuse(code: string, extra: object = {}) {
  return (event: SyncEvent): Decision | null => {
    if (event.type !== 'RunRequested') return null;
    const { request } = event.facts;
    const facts = { syncId: request.syncId, entity: request.entity, request, code, message: `because ${code}` };
    return ['RunRefused', { ...facts, activeSyncId: null, ordersPerYear: null, ...extra }];
  };
}

async function requested(h: Harness): Promise<SyncEvent[]> {
  return (await h.events(TOPICS.requests.name)).filter(({ type }) => type === 'RunRequested');
}

describe('starting a run', () => {
  let h: Harness;
  beforeEach(async () => {
    h = await new Harness().start();
  });
  afterEach(() => h.stop());

  it('answers 202 with defaults once the orchestrator accepted, and the run is found at once', async () => {
    await h.orchestrate(accept);
    const { status, body } = await h.call('POST', ORDERS);
    expect(status).toBe(202);
    expect(body).toEqual({
      syncId: expect.stringMatching(/^run_/),
      status: 'queued',
      mode: 'incremental',
      entity: 'orders',
      target: 'all',
      dryRun: false,
      startedAt: expect.stringMatching(/Z$/),
    });
    expect((await h.call('GET', `/api/sync/status/${String(body['syncId'])}`)).body).toMatchObject({
      syncId: body['syncId'],
      status: 'queued',
      trigger: { type: 'api', id: 'key_first_admin' },
      counts: { discovered: 0 },
      remoteCalls: { woocommerce: 0 },
    });
    const other = await makeTenant(h, 'other');
    expect((await h.call('GET', `/api/sync/status/${String(body['syncId'])}`, { key: other })).status).toBe(404);
  });

  it('carries filters and ids, each id once, and a hash that the key does not change', async () => {
    await h.orchestrate(accept);
    const body = {
      mode: 'full',
      filters: { status: ['completed'], modifiedAfter: '2026-01-01T00:00:00Z' },
      ids: ['1042', 'woo:1042', '7'],
    };
    await h.call('POST', ORDERS, { body: { ...body, idempotencyKey: 'job-1' } });
    await h.call('POST', ORDERS, { body, headers: { 'idempotency-key': 'job-2' } });
    const requests = (await requested(h)).map((event) => (event.type === 'RunRequested' ? event.facts.request : null));
    expect(requests[0]).toMatchObject({
      ids: ['woo:1042', 'woo:7'],
      idempotencyKey: 'job-1',
      filters: { status: ['completed'] },
    });
    expect(requests[1]?.idempotencyKey).toBe('job-2');
    expect(requests[1]?.requestHash).toBe(requests[0]?.requestHash);
  });

  it.each([
    ['sync_already_running', 409, { activeSyncId: 'run_active' }, { syncId: 'run_active' }],
    ['start_date_missing', 409, { ordersPerYear: { 2025: 120 } }, { ordersPerYear: { 2025: 120 } }],
    ['connection_missing', 409, {}, {}],
    ['idempotency_key_reused', 422, {}, {}],
  ])('hands on the refusal %s', async (code, status, facts, members) => {
    await h.orchestrate(refuse(code, facts));
    expect(await h.call('POST', ORDERS)).toMatchObject({
      status,
      body: { code, detail: `because ${code}`, ...members },
    });
  });

  it('a replay gives the first answer again, with the header', async () => {
    const first = new Map<string, string>();
    await h.orchestrate((event) => {
      if (event.type !== 'RunRequested') return null;
      const { syncId, idempotencyKey } = event.facts.request;
      const originalSyncId = first.get(idempotencyKey ?? '');
      if (originalSyncId !== undefined) return ['RunReplayed', { syncId, originalSyncId }];
      first.set(idempotencyKey ?? '', syncId);
      return accept(event);
    });
    const body = { mode: 'full', idempotencyKey: 'k' };
    const one = await h.call('POST', ORDERS, { body });
    const two = await h.call('POST', ORDERS, { body });
    expect(two.status).toBe(202);
    expect(two.body).toEqual(one.body);
    expect(two.headers['idempotent-replayed']).toBe('true');
    expect(one.headers['idempotent-replayed']).toBeUndefined();
  });

  it.each([
    [
      'both keys and different',
      { body: { idempotencyKey: 'a' }, headers: { 'idempotency-key': 'b' } },
      'idempotencyKey',
    ],
    ['a key of 201 characters', { body: { idempotencyKey: 'x'.repeat(201) } }, 'idempotencyKey'],
    ['a header of 201 characters', { body: {}, headers: { 'idempotency-key': 'x'.repeat(201) } }, 'Idempotency-Key'],
    ['an unknown mode', { body: { mode: 'all' } }, 'mode'],
    ['a dry run that is neither', { body: { dryRun: 'yes' } }, 'dryRun'],
    ['no ids at all', { body: { ids: [] } }, 'ids'],
    ['an id that is no number', { body: { ids: ['1042; drop'] } }, 'ids.0'],
    ['an unknown filter', { body: { filters: { total: 5 } } }, 'filters.total'],
    ['a time without zone', { body: { filters: { createdAfter: '2026-01-01' } } }, 'filters.createdAfter'],
  ])('%s is refused and starts nothing', async (_, options, path) => {
    const answer = await h.call('POST', ORDERS, options);
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    expect((answer.body['errors'] as { path: string }[]).map((error) => error.path)).toContain(path);
    expect(await requested(h)).toEqual([]);
  });

  it.each(['orders', 'customers', 'products'])('takes %s, also as a dry run and by id', async (entity) => {
    await h.orchestrate(accept);
    const body = { dryRun: true, ids: ['7', 'woo:8'], filters: { modifiedAfter: '2026-01-01T00:00:00Z' } };
    const answer = await h.call('POST', `/api/sync/${entity}`, { body });
    expect(answer).toMatchObject({ status: 202, body: { entity, dryRun: true } });
    const [event] = await requested(h);
    expect(event?.facts).toMatchObject({ request: { entity, dryRun: true, ids: ['woo:7', 'woo:8'] } });
    expect(event?.facts).toMatchObject({ request: { trigger: { type: 'api' } } });
  });

  it('notes that the command line asked', async () => {
    await h.orchestrate(accept);
    await h.call('POST', ORDERS, { headers: { 'user-agent': 'tillstream-cli/0.1.0' } });
    expect((await requested(h))[0]?.facts).toMatchObject({ request: { trigger: { type: 'cli' } } });
  });

  it.each([
    ['customers', 'status', ['completed']],
    ['customers', 'createdAfter', '2026-01-01T00:00:00Z'],
    ['customers', 'createdBefore', '2026-01-01T00:00:00Z'],
    ['products', 'status', ['publish']],
  ])('refuses %s by %s rather than syncing them all', async (entity, name, value) => {
    const answer = await h.call('POST', `/api/sync/${entity}`, { body: { filters: { [name]: value } } });
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'validation_failed', errors: [{ path: `filters.${name}` }] },
    });
    expect(await requested(h)).toEqual([]);
  });
});

describe('a run that nobody decides on in time', () => {
  it('is queued, and stays findable under its id (D5)', async () => {
    const h = await new Harness(new SystemClock(500)).start();
    const { status, body } = await h.call('POST', ORDERS);
    expect(status).toBe(202);
    expect((await h.call('GET', `/api/sync/status/${String(body['syncId'])}`)).body['status']).toBe('queued');
    await h.stop();
  });

  it('recognised late as a repetition, its id leads to the first run', async () => {
    const h = await new Harness(new SystemClock(500)).start();
    const first = await h.call('POST', ORDERS);
    const doc = { tenantId: 'default', originalSyncId: first.body['syncId'] };
    await h.store.bulkWrite([
      { op: 'put', collection: COLLECTIONS.runAliases.name, id: 'run_late', doc, expectedVersion: 0 },
    ]);
    expect((await h.call('GET', '/api/sync/status/run_late')).body['syncId']).toBe(first.body['syncId']);
    const other = await makeTenant(h, 'other');
    expect((await h.call('GET', '/api/sync/status/run_late', { key: other })).status).toBe(404);
    await h.stop();
  });
});

describe('a request whose process died between storing and appending', () => {
  it('is appended at the next start, once more with the same id if it was appended after all (I1, D3)', async () => {
    const h = await new Harness(new SystemClock(500)).start();
    const { body } = await h.call('POST', ORDERS);
    const [original] = await requested(h);
    const stored = await h.store.get<Record<string, unknown>>(COLLECTIONS.runRequests.name, String(body['syncId']));
    const event = { ...original };
    const outbox = [{ topic: TOPICS.requests.name, key: 'default:orders', event }];
    const lost: WriteOperation = {
      op: 'put',
      collection: COLLECTIONS.runRequests.name,
      id: String(body['syncId']),
      doc: { ...stored?.doc, outbox, outboxPending: true },
      expectedVersion: null,
    };
    await h.store.bulkWrite([lost]);
    await h.start();
    const events = await requested(h);
    expect(events).toHaveLength(2);
    expect(new Set(events.map(({ id }) => id)).size).toBe(1);
    await h.start();
    expect(await requested(h)).toHaveLength(2);
    await h.stop();
  });
});

describe('reading and cancelling runs', () => {
  let h: Harness;
  beforeEach(async () => {
    h = await new Harness().start();
  });
  afterEach(() => h.stop());

  function run(syncId: string, minute: number, more: Partial<RunReadModel> = {}): WriteOperation {
    const counts = { discovered: 1, created: 1, updated: 0, unchanged: 0, skipped: 0, failed: 0, held: 0, pending: 0 };
    const doc: RunReadModel & { seen: object } = {
      tenantId: 'default',
      syncId,
      entity: 'orders',
      mode: 'full',
      target: 'all',
      dryRun: false,
      status: 'completed',
      trigger: { type: 'api', id: null },
      triggerType: 'api',
      counts,
      perTarget: { quickbooks: counts },
      errors: [
        {
          failureId: 'fail_1',
          entity: 'orders',
          entityId: 'woo:1042',
          target: 'quickbooks',
          code: 'tax_unmapped',
          message: 'x',
        },
      ],
      requestedAt: new Date(Date.UTC(2026, 0, 5, 12, minute)).toISOString(),
      startedAt: null,
      finishedAt: null,
      cursor: { from: null, to: null },
      remoteCalls: { woocommerce: 1, quickbooks: 2, supabase: 0 },
      failure: null,
      seen: {},
      ...more,
    };
    return { op: 'put', collection: COLLECTIONS.runs.name, id: syncId, doc, expectedVersion: 0 };
  }

  it('lists newest first, filtered, in pages that stay stable when runs are added', async () => {
    await h.store.bulkWrite([1, 2, 3, 4, 5].map((minute) => run(`run_${minute}`, minute)));
    await h.store.bulkWrite([
      run('run_failed', 6, { status: 'failed' }),
      run('run_retry', 7, { entity: null, triggerType: 'retry', trigger: { type: 'retry', id: 'fail_1' } }),
      run('run_foreign', 8, { tenantId: 'other' }),
    ]);
    const ids = async (query: string) =>
      ((await h.call('GET', `/api/sync/status?${query}`)).body['items'] as RunReadModel[]).map(({ syncId }) => syncId);
    expect(await ids('')).toEqual(['run_retry', 'run_failed', 'run_5', 'run_4', 'run_3', 'run_2', 'run_1']);
    expect(await ids('status=failed')).toEqual(['run_failed']);
    expect(await ids('trigger=retry')).toEqual(['run_retry']);
    expect(await ids('entity=orders&from=2026-01-05T12:02:00Z&to=2026-01-05T13:04:00%2B01:00')).toEqual([
      'run_3',
      'run_2',
    ]);
    const page = await h.call('GET', '/api/sync/status?limit=3');
    await h.store.bulkWrite([run('run_new', 9)]);
    expect(await ids(`limit=3&cursor=${encodeURIComponent(String(page.body['nextCursor']))}`)).toEqual([
      'run_4',
      'run_3',
      'run_2',
    ]);
  });

  it('shows ids as the shop writes them and nothing of the bookkeeping', async () => {
    await h.store.bulkWrite([run('run_1', 1)]);
    const { body } = await h.call('GET', '/api/sync/status/run_1');
    expect(body).toMatchObject({
      errors: [{ entityId: '1042', code: 'tax_unmapped' }],
      perTarget: { quickbooks: { created: 1 } },
    });
    expect(Object.keys(body)).not.toEqual(expect.arrayContaining(['tenantId']));
    expect(body['seen']).toBeUndefined();
    expect((await h.call('GET', '/api/sync/status/run_unknown')).body).toMatchObject({ code: 'not_found' });
  });

  it('cancels an active run once, however often it is asked, and no finished one', async () => {
    await h.orchestrate(accept);
    const { body } = await h.call('POST', ORDERS);
    const url = `/api/sync/status/${String(body['syncId'])}/cancel`;
    expect(await h.call('POST', url)).toMatchObject({ status: 202, body: { syncId: body['syncId'] } });
    expect((await h.call('POST', url)).status).toBe(202);
    const cancels = (await h.events(TOPICS.requests.name)).filter(({ type }) => type === 'RunCancelRequested');
    expect(cancels).toMatchObject([{ seq: 2, facts: { syncId: body['syncId'], entity: 'orders' } }]);
    await h.store.bulkWrite([run('run_done', 1)]);
    expect((await h.call('POST', '/api/sync/status/run_done/cancel')).body).toMatchObject({
      code: 'run_finished',
      status: 409,
    });
    expect((await h.call('POST', '/api/sync/status/run_none/cancel')).status).toBe(404);
  });
});
