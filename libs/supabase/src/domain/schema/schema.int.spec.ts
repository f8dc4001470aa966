import { startPostgres, type TestPostgres } from '@tillstream/testing';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { applyAll, rawOrder, record } from '../../../test/records.js';
import { postgresRoute, type SupabaseRoute } from '../../index.js';
import { MIGRATIONS, SCHEMA_VERSION, schemaSql } from './migrations.js';

let server: TestPostgres;
let db: pg.Client;
let route: SupabaseRoute;
let count = 0;
let place = { schema: 'public', prefix: 'woo_' };

beforeAll(async () => {
  server = await startPostgres();
  db = new pg.Client({ connectionString: server.url });
  await db.connect();
});
beforeEach(async () => {
  count += 1;
  place = { schema: 'public', prefix: `t${count}_` };
  await route?.close();
  route = postgresRoute({ ...place, databaseUrl: server.url, allowPrivateTargets: true });
});
afterAll(async () => {
  await route.close();
  await db.end();
  await server.stop();
});

const outcomes = async (...records: Parameters<typeof applyAll>[1][number][]) =>
  (await applyAll(route, records)).map(({ outcome }) => outcome);
const rows = async (table: string, columns = '*', tail = 'order by id') =>
  (await db.query(`select ${columns} from ${place.prefix}${table} ${tail}`)).rows as Record<string, unknown>[];

describe('the apply function', () => {
  beforeEach(() => route.install?.());

  it('creates, updates, leaves alone, and never goes back', async () => {
    expect(await outcomes(record({ version: 5 }))).toEqual(['created']);
    expect(await outcomes(record({ version: 5 }))).toEqual(['created']);
    expect(await outcomes(record({ version: 7, raw: rawOrder(1, { status: 'completed' }) }))).toEqual(['updated']);
    expect(await outcomes(record({ version: 7, raw: rawOrder(1, { status: 'completed' }) }))).toEqual(['updated']);
    expect(await outcomes(record({ version: 6 }), record({ id: 2, version: 6 }))).toEqual(['outdated', 'created']);
    expect(await rows('orders', 'id, status, source_version::int v', 'order by id')).toEqual([
      { id: '1', status: 'completed', v: 7 },
      { id: '2', status: 'processing', v: 6 },
    ]);
  });

  it('only moves the version of a record whose content is the same, and repeats that answer', async () => {
    await outcomes(record({ version: 5, contentHash: 'same' }));
    const [before] = await rows('orders', 'synced_at');
    expect(await outcomes(record({ version: 6, contentHash: 'same' }))).toEqual(['unchanged']);
    expect(await outcomes(record({ version: 6, contentHash: 'same' }))).toEqual(['unchanged']);
    expect(await rows('orders', 'source_version::int v, synced_at')).toEqual([{ v: 6, ...before }]);
  });

  it('replaces lines and refunds with their order', async () => {
    await outcomes(record({ version: 1 }));
    expect(await rows('order_lines', 'id, kind, quantity, total_minor::int t')).toEqual([
      { id: '10', kind: 'product', quantity: '2', t: 3600 },
      { id: '11', kind: 'shipping', quantity: null, t: 500 },
    ]);
    const next = rawOrder(1, {
      shipping_lines: [],
      line_items: [
        { id: 10, total: '1.00' },
        { id: 12, total: '2.00' },
      ],
    });
    const refunds = [{ id: 50, amount: '10.00', reason: 'damaged', date_created_gmt: '2026-11-24T00:00:00' }];
    await outcomes(record({ version: 2, raw: next, related: { refunds } }));
    expect(await rows('order_lines', 'id, total, source_version::int v')).toEqual([
      { id: '10', total: '1.00', v: 2 },
      { id: '12', total: '2.00', v: 2 },
    ]);
    expect(await rows('order_refunds', 'id, order_id, amount')).toEqual([{ id: '50', order_id: '1', amount: '10.00' }]);
    expect(await rows('orders', 'refunded_total')).toEqual([{ refunded_total: '10.00' }]);
  });

  it('hides a deleted record with its lines, keeps what it was, and brings it back', async () => {
    await outcomes(record({ version: 1 }));
    const gone = record({ version: 2, raw: null, deleted: true });
    expect(await outcomes(gone)).toEqual(['updated']);
    expect(await outcomes(gone)).toEqual(['updated']);
    expect(await rows('orders', "status, deleted_at is not null gone, raw ->> 'number' number")).toEqual([
      { status: 'processing', gone: true, number: '1' },
    ]);
    expect(await rows('order_lines', 'deleted_at is not null gone')).toEqual([{ gone: true }, { gone: true }]);
    await outcomes(record({ version: 3 }));
    expect(await rows('orders', 'deleted_at')).toEqual([{ deleted_at: null }]);
    expect(await rows('order_lines', 'deleted_at')).toEqual([{ deleted_at: null }, { deleted_at: null }]);
  });

  it('has nothing to do for the deletion of a record that was never written', async () => {
    expect(await outcomes(record({ deleted: true, raw: null }), record({ id: 2, deleted: true }))).toEqual([
      'unchanged',
      'unchanged',
    ]);
    expect(await rows('orders')).toEqual([]);
  });

  it('deletes a variation of which only the id is left', async () => {
    const parent = { id: '88', name: 'Mug', sku: 'M' };
    const raw = { id: 91, type: 'variation', name: 'Blue', price: '18' };
    await outcomes(record({ id: 91, entity: 'products', raw, related: { parent, currency: 'USD' } }));
    expect(await rows('product_variations', 'id, parent_id, price_minor::int p, price')).toEqual([
      { id: '91', parent_id: '88', p: 1800, price: '18.00' },
    ]);
    expect(await outcomes(record({ id: 91, version: 2, entity: 'products', raw: null, deleted: true }))).toEqual([
      'updated',
    ]);
    expect(await rows('product_variations', 'deleted_at is not null gone')).toEqual([{ gone: true }]);
  });

  it('stores 499 of 500 when one violates a constraint that the owner added', async () => {
    await db.query(`alter table ${place.prefix}orders add constraint no_big check (total < 1000)`);
    const records = Array.from({ length: 500 }, (_, index) =>
      record({ id: index + 1, raw: rawOrder(index + 1, index === 123 ? { total: '9999.00' } : {}) }),
    );
    const applied = await applyAll(route, records);
    expect(applied.filter(({ outcome }) => outcome === 'created')).toHaveLength(499);
    expect(applied[123]).toMatchObject({
      outcome: 'failed',
      sqlstate: '23514',
      message: expect.stringContaining('no_big') as string,
    });
    expect(await rows('orders', 'count(*)::int n', '')).toEqual([{ n: 499 }]);
  });

  it('keeps tenants apart', async () => {
    await outcomes(
      record({ version: 9 }),
      record({ version: 1, tenantId: 'other', raw: rawOrder(1, { status: 'on-hold' }) }),
    );
    expect(await rows('orders', 'tenant, status', 'order by tenant')).toEqual([
      { tenant: 'default', status: 'processing' },
      { tenant: 'other', status: 'on-hold' },
    ]);
  });
});

describe('the schema script', () => {
  it('may run twice, and on a PostgreSQL without the roles of Supabase', async () => {
    await db.query(schemaSql(place));
    await db.query(schemaSql(place));
    const state = await route.check();
    expect(state.version).toBe(SCHEMA_VERSION);
    expect(state.tables).toHaveLength(6);
    expect(state.tables.every(({ rowSecurity, writable, open }) => rowSecurity && writable && !open)).toBe(true);
  });

  it('brings version 1 with rows up to date: they keep their content and are not taken for new', async () => {
    const [first] = MIGRATIONS;
    await db.query(first?.sql(place) ?? '');
    await db.query(`insert into ${place.prefix}meta values ('schema', 1)`);
    await db.query(
      `insert into ${place.prefix}orders (tenant, source, id, status, raw, source_version, content_hash) values ('default', 'woo', '1', 'on-hold', '{}', 3, 'h3')`,
    );
    await db.query(schemaSql(place));
    expect((await route.check()).version).toBe(SCHEMA_VERSION);
    expect(await rows('orders', 'status')).toEqual([{ status: 'on-hold' }]);
    expect(await outcomes(record({ version: 3 }))).toEqual(['unchanged']);
    expect(await outcomes(record({ version: 4 }))).toEqual(['updated']);
  });

  it('gives the service role everything and the public nothing', async () => {
    await db.query('create role anon; create role authenticated; create role service_role bypassrls');
    try {
      await db.query(`alter default privileges in schema public grant all on tables to anon, authenticated`);
      await db.query(schemaSql(place));
      await db.query('set role service_role');
      await db.query(`select ${place.prefix}apply('{}'), ${place.prefix}read('[]'), ${place.prefix}check()`);
      await db.query('set role anon');
      await expect(db.query(`select * from ${place.prefix}orders`)).rejects.toMatchObject({ code: '42501' });
      await expect(db.query(`select ${place.prefix}apply('{}')`)).rejects.toMatchObject({ code: '42501' });
    } finally {
      await db.query('reset role');
    }
  });

  it('says what is missing before it was run', async () => {
    await expect(route.check()).rejects.toMatchObject({ kind: 'held', problem: 'supabase_schema_missing' });
    await expect(applyAll(route, [record()])).rejects.toMatchObject({ problem: 'supabase_schema_missing' });
  });
});

describe('reading for dry runs', () => {
  it('gives rows as texts in the order asked', async () => {
    await route.install?.();
    await outcomes(record({ id: 1 }));
    const key = { table: 'orders', tenant: 'default', source: 'woo' } as const;
    const [missing, found] = await route.read([
      { ...key, id: '2' },
      { ...key, id: '1' },
    ]);
    expect(missing).toBeNull();
    expect(found).toMatchObject({
      total: '44.28',
      total_minor: '4428',
      created_at: '2026-11-23T05:15:04+00:00',
      paid_at: null,
    });
  });
});
