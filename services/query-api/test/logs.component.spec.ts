import { COLLECTIONS, type DocumentReadModel } from '@tillstream/contracts';
import type { WriteOperation } from '@tillstream/document-store';
import { SystemClock } from '@tillstream/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accept, Harness, makeTenant } from './harness.js';

const HOUR = Date.UTC(2100, 0, 5, 12);

function at(minute: number): string {
  return new Date(HOUR + minute * 60_000).toISOString();
}

type Event = DocumentReadModel['events'][number];

const synced = (minute: number, syncId: string): Event => ({
  id: `s${minute}`,
  type: 'RecordSynced',
  occurredAt: at(minute),
  facts: { target: 'quickbooks', outcome: 'created', reason: null, syncId },
});
const failed = (minute: number, syncId: string, category: string): Event => ({
  id: `f${minute}`,
  type: 'FailureRecorded',
  occurredAt: at(minute),
  facts: { target: 'quickbooks', syncId, problem: { code: 'tax_unmapped', category, message: '=No code, "sorry"' } },
});

function record(entity: string, id: string, events: readonly Event[], tenantId = 'default'): WriteOperation {
  const doc: DocumentReadModel = {
    tenantId,
    entity,
    sourceId: `woo:${id}`,
    sourceNumber: id,
    updatedAt: events.at(-1)?.occurredAt ?? at(0),
    source: null,
    targets: {},
    events,
  };
  const key = `${tenantId}:${entity}:woo:${id}`;
  return { op: 'put', collection: COLLECTIONS.documents.name, id: key, doc, expectedVersion: 0 };
}

describe('logs', () => {
  let h: Harness;
  let run: string;
  beforeAll(async () => {
    h = await new Harness(new SystemClock(50)).start();
    await h.orchestrate(accept);
    run = String((await h.call('POST', '/api/sync/orders')).body['syncId']);
    await h.store.bulkWrite([
      record('orders', '1042', [failed(1, run, 'held'), synced(5, run)]),
      record('orders', '1043', [synced(2, 'run_other'), failed(3, run, 'transient')]),
      record('products', '7', [synced(4, 'run_other')]),
      record('orders', '9', [synced(6, run)], 'other'),
    ]);
  });
  afterAll(() => h.stop());

  const ids = async (query: string): Promise<string[]> => {
    const { body } = await h.call('GET', `/api/logs?${query}`);
    return (body['items'] as { id: string }[]).map(({ id }) => id);
  };

  it('tell what happened: the record that changed last first, in it the newest entry', async () => {
    expect(await ids('')).toEqual(['s5', 'f1', 'f3', 's2', 's4']);
    expect(await ids('entity=products')).toEqual(['s4']);
  });

  it('can be narrowed to a run, a record, a level and a time', async () => {
    expect(await ids(`syncId=${run}`)).toEqual(['s5', 'f1', 'f3']);
    expect(await ids('entityId=1043')).toEqual(['f3', 's2']);
    expect(await ids('entity=products&entityId=woo:7')).toEqual(['s4']);
    expect(await ids('entityId=404')).toEqual([]);
    expect(await ids('level=error')).toEqual(['f1']);
    expect(await ids('level=warn')).toEqual(['f1', 'f3']);
    expect(await ids(`from=${at(2)}&to=${at(5)}`)).toEqual(['f3', 's2', 's4']);
    expect((await h.call('GET', '/api/logs?syncId=run_none')).body).toMatchObject({ code: 'not_found' });
  });

  it.each(['', 'entityId=1042&', 'level=warn&'])('come page by page, each entry once: %s', async (query) => {
    const whole = await ids(query);
    const paged: string[] = [];
    let cursor = '';
    do {
      const { body } = await h.call('GET', `/api/logs?${query}limit=1${cursor}`);
      paged.push(...(body['items'] as { id: string }[]).map(({ id }) => id));
      const next = body['nextCursor'];
      cursor = typeof next === 'string' ? `&cursor=${encodeURIComponent(next)}` : '';
    } while (cursor !== '');
    expect(paged).toEqual(whole);
    expect((await h.call('GET', '/api/logs?cursor=nonsense')).body).toMatchObject({ code: 'validation_failed' });
  });

  it('show what a person needs of an entry', async () => {
    const { body } = await h.call('GET', '/api/logs?level=error');
    expect(body['items']).toMatchObject([
      {
        at: at(1),
        level: 'error',
        entity: 'orders',
        entityId: '1042',
        target: 'quickbooks',
        code: 'tax_unmapped',
        syncId: run,
        message: '=No code, "sorry"',
      },
    ]);
  });

  it('are there as CSV, which no spreadsheet takes for a formula', async () => {
    const answer = await h.call('GET', '/api/logs?format=csv&level=warn&limit=1');
    expect(answer.headers['content-type']).toContain('text/csv');
    expect(answer.headers['next-cursor']).toEqual(expect.any(String));
    expect(answer.text).toBe(
      'at,level,entity,entityId,type,target,code,syncId,message,id\r\n' +
        `${at(1)},error,orders,1042,FailureRecorded,quickbooks,tax_unmapped,${run},"'=No code, ""sorry""",f1\r\n`,
    );
  });

  it('are those of the own tenant', async () => {
    const key = await makeTenant(h, 'other');
    const { body } = await h.call('GET', '/api/logs', { key });
    expect((body['items'] as { entityId: string }[]).map(({ entityId }) => entityId)).toEqual(['9']);
  });
});
