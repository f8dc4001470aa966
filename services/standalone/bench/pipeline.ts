import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { loadConfig } from '@tillstream/config';
import { SystemClock, TransientError } from '@tillstream/kernel';
import { SILENT_LOGGER } from '@tillstream/observability';
import { type Figure, figure, listed, median, ratios } from '@tillstream/testing';
import { ApiClient, isFinal, type RunView } from '../src/client/api.js';
import { connect } from '../src/client/setup.js';
import { startStandalone } from '../src/compose.js';
import { INSTANT_COMPANY, INSTANT_SHOP, InstantRemotes } from './instant-remotes.js';
import { printedOrders, regularsShop } from './shop.js';

const ORDERS = 3000;
const ROUNDS = 5;
const GOAL = 0.4;
const ADMIN_KEY = 'bench-admin-key-0123456789abcdef';
const CONNECTIONS = {
  woocommerce: { storeUrl: INSTANT_SHOP, consumerKey: 'ck_bench', consumerSecret: 'cs_bench' },
  quickbooks: {
    environment: 'production',
    realmId: '1',
    clientId: 'c',
    clientSecret: 's',
    refreshToken: 'r',
    apiBaseUrl: INSTANT_COMPANY,
    tokenUrl: `${INSTANT_COMPANY}/token`,
    authorizeUrl: `${INSTANT_COMPANY}/authorize`,
  },
};

interface LogRow {
  readonly position: number;
  readonly key: string;
  readonly headers: string | null;
  readonly value: string;
  readonly time: number;
}

interface Carried {
  readonly rowsPerSecond: number;
  readonly ordersPerSecond: number;
  readonly batch: number;
  readonly rows: readonly LogRow[];
}

/**
 * Orders carried from the request to their confirmed result by the whole product on the embedded log, with remotes
 * that answer at once; in log rows per second, against bare better-sqlite3 inserts of the very same rows at the mean
 * batch size that group commit reached, with synchronous=FULL. Rounds interleave, so both see the same machine.
 */
export async function pipelineFigure(): Promise<Figure> {
  const orders = await printedOrders(regularsShop(ORDERS));
  const rates: Carried[] = [];
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const carried = await carry(orders);
    const bareRate = insertBare(carried.rows, carried.batch);
    rates.push(carried);
    bare.push(bareRate);
  }
  const of = (pick: (carried: Carried) => number) => median(rates.map(pick)).toFixed(0);
  const perRound = ratios(
    rates.map(({ rowsPerSecond }) => rowsPerSecond),
    bare,
  );
  return figure('order to confirmed result / bare inserts', {
    value: median(perRound),
    digits: 3,
    goal: { atLeast: GOAL },
    detail:
      `${ROUNDS} rounds of ${orders.length} orders: ${of(({ ordersPerSecond }) => ordersPerSecond)} orders/s, ` +
      `${of(({ rowsPerSecond }) => rowsPerSecond)} of ${median(bare).toFixed(0)} rows/s, mean batch ${of(({ batch }) => batch)} rows; ` +
      `ratios ${listed(perRound, 3)}`,
  });
}

async function carry(orders: readonly string[]): Promise<Carried> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'tillstream-bench-'));
  const config = loadConfig({
    TILLSTREAM_DATA: dataDir,
    TILLSTREAM_PORT: '0',
    TILLSTREAM_GRPC_PORT: '0',
    TILLSTREAM_ADMIN_KEY: ADMIN_KEY,
  });
  const product = await startStandalone({
    config,
    clock: new SystemClock(),
    logger: SILENT_LOGGER,
    http: new InstantRemotes(orders),
    quickbooks: { perMinute: null, perSecond: null },
  });
  try {
    const api = new ApiClient(product.httpUrl, ADMIN_KEY);
    await connect(api, { connections: CONNECTIONS });
    const before = product.storage.appends();
    const began = performance.now();
    await finish(api);
    const seconds = (performance.now() - began) / 1000;
    const after = product.storage.appends();
    const rows = after.rows - before.rows;
    return {
      rowsPerSecond: rows / seconds,
      ordersPerSecond: orders.length / seconds,
      batch: Math.max(1, Math.round(rows / (after.commits - before.commits))),
      rows: readRows(path.join(dataDir, 'tillstream.db')),
    };
  } finally {
    await product.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function finish(api: ApiClient): Promise<void> {
  const { syncId } = await api.expect<RunView>([202], 'POST', '/api/sync/orders', {
    mode: 'full',
    target: 'quickbooks',
  });
  for (;;) {
    const run = await api.run(syncId);
    if (isFinal(run)) {
      if (run.status !== 'completed') throw new TransientError('bench_run_failed', JSON.stringify(run).slice(0, 500));
      return;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}

function readRows(file: string): LogRow[] {
  const db = new Database(file, { readonly: true });
  try {
    return db.prepare<[], LogRow>('SELECT position, key, headers, value, time FROM log').all();
  } finally {
    db.close();
  }
}

/** Rows per second of nothing but inserts: same table, same rows, same durability. */
function insertBare(rows: readonly LogRow[], batch: number): number {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'tillstream-bare-'));
  const db = new Database(path.join(dir, 'bare.db'));
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.exec(
      'CREATE TABLE log (position INTEGER PRIMARY KEY, key TEXT NOT NULL, headers TEXT, value TEXT NOT NULL, time INTEGER NOT NULL)',
    );
    const insert = db.prepare('INSERT INTO log (position, key, headers, value, time) VALUES (?, ?, ?, ?, ?)');
    const insertBatch = db.transaction((from: number) => {
      for (const row of rows.slice(from, from + batch))
        insert.run(row.position, row.key, row.headers, row.value, row.time);
    });
    const began = performance.now();
    for (let from = 0; from < rows.length; from += batch) insertBatch(from);
    return (rows.length * 1000) / (performance.now() - began);
  } finally {
    db.close();
    rmSync(dir, { recursive: true, force: true });
  }
}
