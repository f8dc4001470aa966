import {
  allTopicDefinitions,
  COLLECTIONS,
  type ConnectionDocument,
  encodeEvent,
  eventId,
  recordKey,
  type StoredEvent,
  TOPICS,
} from '@tillstream/contracts';
import { createSecrets, generateMasterKey } from '@tillstream/credentials';
import { InvariantError, NO_CRASH_POINTS, SystemClock, SystemIds } from '@tillstream/kernel';
import { COLUMNS, schemaSql, tableRecords } from '@tillstream/supabase';
import {
  eventually,
  type Figure,
  figure,
  median,
  openTempStorage,
  ratios,
  SILENT_LOGGER,
  spread,
  startPostgres,
} from '@tillstream/testing';
import pg from 'pg';
import { createSupabaseWriter, SUPABASE_WRITER_COLLECTIONS } from '../src/index.js';

const RECORDS = 6_000;
const ROUNDS = 5;
const BATCH = 500;
const GOAL = 0.6;
const TENANT = 'default';
const PROJECT = 'bench';
const OWNER = { tenantId: TENANT, connectionId: 'con_bench' };

type Json = Readonly<Record<string, unknown>>;
export type MakeOrder = (id: number) => Json;

/**
 * Orders per second from the log to the tables (results on the log included), against a bare jsonb_to_recordset upsert
 * of the same rows into the same tables by one connection: alternating rounds on one real, durable PostgreSQL, median of
 * the ratios. `makeOrder` gives the raw order of an id (default: one of about 2 kB with two lines).
 */
export async function rowsFigure(makeOrder: MakeOrder = benchOrder): Promise<Figure> {
  const server = await startPostgres({ durable: true });
  const db = new pg.Client({ connectionString: server.url });
  await db.connect();
  try {
    const rounds: { own: number; bare: number }[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      await db.query(schemaSql({ schema: 'public', prefix: 'woo_' }));
      await db.query(schemaSql({ schema: 'public', prefix: 'bare_' }));
      const orders = Array.from({ length: RECORDS }, (_, index) => makeOrder(index + 1));
      const measured = { own: await writerRate(server.url, orders), bare: await bareRate(db, orders) };
      await sameRows(db);
      // The first round warms both up.
      if (round > 0) rounds.push(measured);
      await db.query('drop schema public cascade; create schema public');
    }
    return summary(rounds);
  } finally {
    await db.end();
    await server.stop();
  }
}

function summary(rounds: readonly { own: number; bare: number }[]): Figure {
  const own = rounds.map((round) => round.own);
  const bare = rounds.map((round) => round.bare);
  const perRound = ratios(own, bare);
  return figure('rows from log to table / bare upsert', {
    value: median(perRound),
    digits: 2,
    goal: { atLeast: GOAL },
    detail:
      `${ROUNDS} rounds of ${RECORDS} orders: ${Math.round(median(own))} orders/s, ` +
      `bare ${Math.round(median(bare))} orders/s, ratios ${spread(perRound, 2)}`,
  });
}

async function writerRate(databaseUrl: string, orders: readonly Json[]): Promise<number> {
  const clock = new SystemClock();
  const secrets = createSecrets({ current: generateMasterKey() });
  const storage = openTempStorage({
    clock,
    topics: allTopicDefinitions(),
    collections: [COLLECTIONS.connections, COLLECTIONS.settings, ...SUPABASE_WRITER_COLLECTIONS],
  });
  const doc = connection({ databaseUrl: secrets.seal(databaseUrl, OWNER) });
  const { log, store } = storage;
  const id = `${TENANT}:supabase`;
  await store.bulkWrite([{ op: 'put', collection: COLLECTIONS.connections.name, id, doc, expectedVersion: null }]);
  for (let from = 0; from < orders.length; from += BATCH)
    await log.append(orders.slice(from, from + BATCH).map(request));
  const writer = createSupabaseWriter({
    log,
    store,
    clock,
    ids: new SystemIds(clock),
    crash: NO_CRASH_POINTS,
    logger: SILENT_LOGGER,
    secrets,
    send: () => Promise.reject(new InvariantError('bench_http', 'no HTTP in this benchmark')),
    allowPrivateTargets: true,
  });
  try {
    const began = performance.now();
    await writer.start();
    const done = async () => sum(await log.endOffsets(TOPICS.results.name)) >= orders.length;
    await eventually(done, { timeoutMs: 120_000, intervalMs: 5 });
    return (orders.length * 1000) / (performance.now() - began);
  } finally {
    await writer.stop();
    await storage.close();
  }
}

/** What any client has to do: make JSON of ready rows and upsert it. */
async function bareRate(db: pg.Client, orders: readonly Json[]): Promise<number> {
  const prepared = orders.map((raw) => bareRows(raw));
  const statements = { orders: bareSql('orders'), order_lines: bareSql('order_lines') };
  const began = performance.now();
  for (let from = 0; from < prepared.length; from += BATCH) {
    const batch = prepared.slice(from, from + BATCH);
    await db.query('begin');
    await db.query(statements.orders, [JSON.stringify(batch.map(({ order }) => order))]);
    await db.query(statements.order_lines, [JSON.stringify(batch.flatMap(({ lines }) => lines))]);
    await db.query('commit');
  }
  return (orders.length * 1000) / (performance.now() - began);
}

function bareRows(raw: Json): { order: Json; lines: readonly Json[] } {
  const [made] = tableRecords({
    tenantId: TENANT,
    entity: 'orders',
    sourceId: `woo:${String(raw['id'])}`,
    sourceVersion: 1,
    contentHash: 'h',
    deleted: false,
    raw,
  });
  const { lines, refunds: _refunds, deleted: _deleted, ...order } = made?.record ?? {};
  const { tenant, source, id } = order as Json;
  const shared = { tenant, source, order_id: id, source_version: 1, content_hash: 'h' };
  return { order, lines: (lines as readonly Json[]).map((line) => ({ ...shared, ...line })) };
}

function bareSql(table: 'orders' | 'order_lines'): string {
  const columns = [
    ...COLUMNS[table].map(({ name, type }) => ({ name, type: type as string })),
    { name: 'raw', type: 'jsonb' },
    { name: 'source_version', type: 'bigint' },
    { name: 'content_hash', type: 'text' },
  ];
  const names = columns.map(({ name }) => name);
  return `insert into bare_${table} (tenant, source, id, ${names.join(', ')})
    select tenant, source, id, ${names.join(', ')} from jsonb_to_recordset($1) as x(tenant text, source text, id text, ${columns.map(({ name, type }) => `${name} ${type}`).join(', ')})
    on conflict (tenant, source, id) do update set ${names.map((name) => `${name} = excluded.${name}`).join(', ')}`;
}

/** A fast writer that writes something else would be no figure. */
async function sameRows(db: pg.Client): Promise<void> {
  for (const table of ['orders', 'order_lines'] as const) {
    const names = ['tenant', 'source', 'id', ...COLUMNS[table].map(({ name }) => name), 'raw'].join(', ');
    const { rows } = await db.query<{ n: number }>(
      `select count(*)::int n from (select ${names} from woo_${table} except select ${names} from bare_${table}) d`,
    );
    const { rows: all } = await db.query<{ n: number }>(
      `select (select count(*) from woo_${table})::int - (select count(*) from bare_${table})::int n`,
    );
    if (rows[0]?.n !== 0 || all[0]?.n !== 0)
      throw new InvariantError('bench_differs', `woo_${table} and bare_${table} differ`);
  }
}

function request(raw: Json) {
  const sourceId = `woo:${String(raw['id'])}`;
  const topic = TOPICS.workSupabase.name;
  const key = recordKey(TENANT, 'orders', sourceId);
  const producer = `record_state/${key}`;
  const event: StoredEvent = {
    id: eventId(producer, topic, 1),
    type: 'RowsRequested',
    schemaVersion: 1,
    producer,
    seq: 1,
    eventNumber: 1,
    tenantId: TENANT,
    occurredAt: new Date(0).toISOString(),
    facts: {
      entity: 'orders',
      sourceId,
      projectId: PROJECT,
      sourceVersion: 1,
      contentHash: 'h',
      lane: 'backfill',
      syncId: 'run_bench',
      reason: 'changed',
      deleted: false,
    },
    payload: { raw },
  };
  return { topic, key, value: encodeEvent(event) };
}

function connection(secrets: ConnectionDocument['secrets']): ConnectionDocument {
  const now = new Date(0).toISOString();
  return {
    ...OWNER,
    platform: 'supabase',
    identity: PROJECT,
    identityKey: `supabase:${PROJECT}`,
    identityEpoch: 1,
    config: {},
    secrets,
    secretsVersion: 1,
    status: 'connected',
    detail: null,
    checks: [],
    lastCheckedAt: null,
    createdAt: now,
    updatedAt: now,
  };
}

const address = {
  first_name: 'Ann',
  last_name: 'Lee',
  company: '',
  address_1: '1 Elm St',
  city: 'Reno',
  state: 'NV',
  postcode: '89501',
  country: 'US',
};

/** As large as a usual order. */
function benchOrder(id: number): Json {
  return {
    id,
    parent_id: 0,
    number: String(id),
    order_key: `wc_order_${id}`,
    status: 'processing',
    currency: 'USD',
    customer_id: 0,
    date_created_gmt: '2026-11-23T05:15:04',
    date_modified_gmt: '2026-11-23T05:15:06',
    date_paid_gmt: '2026-11-23T05:15:05',
    discount_total: '4.00',
    shipping_total: '5.00',
    total_tax: '3.28',
    total: '44.28',
    billing: { ...address, email: `ann${id}@example.com`, phone: '' },
    shipping: address,
    payment_method: 'stripe',
    payment_method_title: 'Card',
    transaction_id: `ch_${id}`,
    line_items: [
      {
        id: id * 10,
        name: 'Mug &#8211; Blue',
        product_id: 88,
        variation_id: 91,
        quantity: 2,
        tax_class: '',
        subtotal: '40.00',
        total: '36.00',
        total_tax: '2.88',
        taxes: [{ id: 1, total: '2.88', subtotal: '3.20' }],
        meta_data: [{ id: 9001, key: 'pa_color', value: 'blue', display_key: 'Color', display_value: 'Blue' }],
        sku: 'MUG-B',
        price: 18,
      },
    ],
    tax_lines: [
      { id: id * 10 + 2, rate_id: 1, label: 'Tax', tax_total: '2.88', shipping_tax_total: '0.40', rate_percent: 8.25 },
    ],
    shipping_lines: [
      {
        id: id * 10 + 1,
        method_title: 'Flat rate',
        method_id: 'flat_rate',
        total: '5.00',
        total_tax: '0.40',
        taxes: [{ id: 1, total: '0.40' }],
      },
    ],
    fee_lines: [],
    coupon_lines: [],
    refunds: [],
    meta_data: [],
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
