import {
  COLLECTIONS,
  type DocumentReadModel,
  type FailureReadModel,
  type SyncEvent,
  TOPICS,
} from '@tillstream/contracts';
import type { WriteOperation } from '@tillstream/document-store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accept, Harness, makeTenant } from './harness.js';

function failure(id: string, minute: number, more: Partial<FailureReadModel> = {}): WriteOperation {
  const at = new Date(Date.UTC(2026, 0, 5, 12, minute)).toISOString();
  const doc: FailureReadModel & { seen: object } = {
    tenantId: 'default',
    id,
    entity: 'orders',
    entityId: `woo:${1_000 + minute}`,
    sourceNumber: String(1_000 + minute),
    target: 'quickbooks',
    code: 'tax_unmapped',
    category: 'held',
    message: 'No tax code has these rates',
    action: 'Name one',
    remote: null,
    attempts: 1,
    firstFailedAt: at,
    lastFailedAt: at,
    nextAttemptAt: null,
    state: 'open',
    syncId: 'run_1',
    causedBy: null,
    history: [{ at, code: 'tax_unmapped', message: 'x', remote: null }],
    seen: {},
    ...more,
  };
  return { op: 'put', collection: COLLECTIONS.failures.name, id, doc, expectedVersion: 0 };
}

describe('failures', () => {
  let h: Harness;
  beforeEach(async () => {
    h = await new Harness().start();
    await h.store.bulkWrite([
      failure('fail_1', 1),
      failure('fail_2', 2, { code: 'quickbooks_busy', category: 'transient', state: 'retrying' }),
      failure('fail_3', 3, { state: 'resolved' }),
      failure('fail_4', 4, { causedBy: 'fail_1', syncId: 'run_2' }),
      failure('fail_5', 5, { tenantId: 'other' }),
    ]);
    await h.orchestrate(accept);
  });
  afterEach(() => h.stop());

  const ids = async (query: string) =>
    ((await h.call('GET', `/api/sync/failures?${query}`)).body['items'] as FailureReadModel[]).map(({ id }) => id);
  const refs = async () =>
    (await h.events(TOPICS.requests.name)).flatMap((event: SyncEvent) =>
      event.type === 'RunRequested' ? (event.facts.request.refs ?? []).map(({ failureId }) => failureId) : [],
    );

  it('are listed newest first, causes by default, with filters', async () => {
    expect(await ids('')).toEqual(['fail_3', 'fail_2', 'fail_1']);
    expect(await ids('causedBy=any')).toEqual(['fail_4', 'fail_3', 'fail_2', 'fail_1']);
    expect(await ids('causedBy=fail_1')).toEqual(['fail_4']);
    expect(await ids('state=open')).toEqual(['fail_1']);
    expect(await ids('code=quickbooks_busy&target=quickbooks&entity=orders')).toEqual(['fail_2']);
    expect(await ids('syncId=run_2&causedBy=any')).toEqual(['fail_4']);
    const page = await h.call('GET', '/api/sync/failures?limit=2');
    expect(await ids(`limit=2&cursor=${encodeURIComponent(String(page.body['nextCursor']))}`)).toEqual(['fail_1']);
  });

  it('one shows its attempts; another tenant’s is not there', async () => {
    const { body } = await h.call('GET', '/api/sync/failures/fail_1');
    expect(body).toMatchObject({
      entityId: '1001',
      sourceId: 'woo:1001',
      history: [{ code: 'tax_unmapped' }],
      action: 'Name one',
    });
    expect(body['tenantId']).toBeUndefined();
    expect((await h.call('GET', '/api/sync/failures/fail_5')).status).toBe(404);
    expect((await h.call('POST', '/api/sync/failures/fail_5/retry')).status).toBe(404);
  });

  it('retrying one starts a run over it and what waits for it', async () => {
    const answer = await h.call('POST', '/api/sync/failures/fail_1/retry', { body: { recreate: true } });
    expect(answer).toMatchObject({ status: 202, body: { syncId: expect.stringMatching(/^run_/) } });
    const [event] = await h.events(TOPICS.requests.name);
    expect(event?.facts).toMatchObject({
      request: {
        entity: null,
        trigger: { type: 'retry', id: 'fail_1' },
        refs: [
          { failureId: 'fail_1', sourceId: 'woo:1001', target: 'quickbooks', recreate: true },
          { failureId: 'fail_4', sourceId: 'woo:1004' },
        ],
      },
    });
    expect((await h.call('POST', '/api/sync/failures/fail_3/retry')).body).toMatchObject({
      code: 'failure_not_open',
      status: 409,
    });
  });

  it('retrying many takes what is open and fits', async () => {
    expect((await h.call('POST', '/api/sync/retry', { body: { code: 'quickbooks_busy' } })).body).toMatchObject({
      accepted: 1,
    });
    expect(await refs()).toEqual(['fail_2']);
    expect((await h.call('POST', '/api/sync/retry')).body).toMatchObject({ accepted: 2, syncId: expect.any(String) });
    expect((await refs()).sort()).toEqual(['fail_1', 'fail_2', 'fail_2', 'fail_4']);
  });

  it('retrying by id: an unknown one is 404 and starts nothing; with nothing open there is no run', async () => {
    const unknown = await h.call('POST', '/api/sync/retry', { body: { ids: ['fail_1', 'fail_5'] } });
    expect(unknown).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(await refs()).toEqual([]);
    const nothing = await h.call('POST', '/api/sync/retry', { body: { ids: ['fail_3'] } });
    expect(nothing).toMatchObject({ status: 202, body: { syncId: null, accepted: 0 } });
    expect(await refs()).toEqual([]);
  });

  it('discarding tells the orchestrator, with the reason', async () => {
    const url = '/api/sync/failures/fail_1/discard';
    expect((await h.call('POST', url, { body: {} })).status).toBe(400);
    expect((await h.call('POST', url, { body: { reason: 'booked by hand' } })).status).toBe(202);
    expect(await h.events(TOPICS.config.name)).toMatchObject([
      {
        type: 'FailureDiscardRequested',
        facts: { failureId: 'fail_1', sourceId: 'woo:1001', target: 'quickbooks', reason: 'booked by hand' },
      },
    ]);
    expect((await h.call('POST', '/api/sync/failures/fail_3/discard', { body: { reason: 'x' } })).status).toBe(409);
  });
});

describe('documents', () => {
  let h: Harness;
  beforeEach(async () => {
    h = await new Harness().start();
    const doc: DocumentReadModel & { seen: object } = {
      tenantId: 'default',
      entity: 'orders',
      sourceId: 'woo:1042',
      sourceNumber: '1042',
      updatedAt: '2026-01-05T12:00:00.000Z',
      source: {
        sourceVersion: 1,
        contentHash: 'h',
        status: 'processing',
        totalMinor: 4428,
        totalTaxMinor: null,
        currency: 'USD',
      },
      targets: {
        quickbooks: {
          state: 'synced',
          remoteId: '145',
          remoteType: 'Invoice',
          docNumber: '1042',
          total: { amountMinor: 4428, currency: 'USD' },
          remoteVersion: '0',
          contentHash: 'h',
          syncedAt: '2026-01-05T12:00:00.000Z',
          code: null,
          linked: [
            {
              remoteType: 'Payment',
              remoteId: '146',
              docNumber: null,
              totalMinor: 4428,
              currency: 'USD',
              remoteVersion: '0',
            },
          ],
        },
      },
      events: [
        { id: 'e1', type: 'RecordObserved', occurredAt: '2026-01-05T12:00:00.000Z', facts: { status: 'processing' } },
      ],
      seen: {},
    };
    const id = 'default:orders:woo:1042';
    await h.store.bulkWrite([{ op: 'put', collection: COLLECTIONS.documents.name, id, doc, expectedVersion: 0 }]);
  });
  afterEach(() => h.stop());

  it.each(['1042', 'woo:1042', 'woo%3A1042'])('show what exists where for %s, and how it got there', async (id) => {
    const { status, body } = await h.call('GET', `/api/documents/orders/${id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      sourceId: 'woo:1042',
      source: { total: { amountMinor: 4428, currency: 'USD' }, totalTax: null },
      targets: { quickbooks: { remoteId: '145', linked: [{ remoteType: 'Payment', total: { amountMinor: 4428 } }] } },
      events: [{ type: 'RecordObserved' }],
    });
    expect(body['seen']).toBeUndefined();
  });

  it('are 404 when nothing is known, or for another tenant', async () => {
    expect((await h.call('GET', '/api/documents/orders/7')).status).toBe(404);
    const key = await makeTenant(h, 'other');
    expect((await h.call('GET', '/api/documents/orders/1042', { key })).status).toBe(404);
    expect((await h.call('GET', '/api/documents/customers/1042')).status).toBe(404);
  });
});
