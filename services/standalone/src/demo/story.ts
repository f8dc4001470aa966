import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { loadConfig } from '@tillstream/config';
import { minorDigits, SystemClock } from '@tillstream/kernel';
import { SILENT_LOGGER } from '@tillstream/observability';
import { BAD_DAY, type WooFaultRule } from '@tillstream/sandbox';
import { agrees, audit } from '../audit/audit.js';
import { ApiClient, bareId, type RunView } from '../client/api.js';
import { connect } from '../client/setup.js';
import { startStandalone } from '../compose.js';
import { auditInput } from '../world/books.js';
import { REALM_ID, startWorld, type World } from '../world/world.js';
import type { DemoOptions } from './options.js';
import { faultLines, heldLines, summaryLines } from './report.js';
import { syncOrders } from './sync.js';

/** A 429 pause of a minute takes a second; product and sandboxes share this clock. */
const CLOCK_FACTOR = 60;
/** A scaled second is a few real milliseconds: the budget's windows leave room for what this machine is late. */
const REAL_JITTER_MS = 20;
const ADMIN_KEY = 'demo-admin-key-0123456789abcdef';
/** The shop is read in a handful of calls, so each fault has its call. */
const SHOP_FAULTS: readonly WooFaultRule[] = [
  { kind: 'html', status: 502, nth: 2, path: '/orders' },
  { kind: 'truncatedJson', nth: 4, path: '/orders' },
  { kind: 'reset', nth: 6, path: '/orders' },
];
const SELECTED = new Set(['processing', 'completed', 'refunded']);

export type Print = (line: string) => void;

/** The main job end to end in this process. Resolves true only when the books agree to the cent. */
export async function tellTheStory(options: DemoOptions, print: Print): Promise<boolean> {
  const clock = new SystemClock(CLOCK_FACTOR);
  const world = await startWorld({
    clock,
    shop: options,
    quickbooksFaults: BAD_DAY,
    shopFaults: SHOP_FAULTS,
  });
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'tillstream-demo-'));
  const config = loadConfig({
    TILLSTREAM_DATA: dataDir,
    TILLSTREAM_PORT: '0',
    TILLSTREAM_ADMIN_KEY: ADMIN_KEY,
    TILLSTREAM_ALLOW_PRIVATE_TARGETS: 'true',
  });
  const product = await startStandalone({
    config,
    clock,
    logger: SILENT_LOGGER,
    quickbooks: { budgetMarginMs: REAL_JITTER_MS * CLOCK_FACTOR },
  });
  try {
    return await syncAndCompare(new ApiClient(product.httpUrl, ADMIN_KEY), world, options, print);
  } finally {
    await product.stop();
    await world.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function syncAndCompare(api: ApiClient, world: World, options: DemoOptions, print: Print): Promise<boolean> {
  const { woo, quickbooks, generated } = world;
  const orders = woo.orders();
  print(
    `The shop has ${orders.length} orders; ${generated.expected.held.length} of them were spoiled on purpose. Faults are switched on.`,
  );
  await connect(api, world);
  const first = await syncOrders(api, progressPrinter(print));
  const failures = await api.failures(['open']);
  const held = failures.map(({ entityId, code }) => ({ orderId: bareId(entityId), code }));
  const ledger = quickbooks.control.ledger(REALM_ID);
  const report = audit(auditInput(orders, ledger, held, SELECTED));

  print('\nHeld, and why:');
  for (const line of heldLines(failures)) print(line);
  print('\nWhat went wrong on the way and was survived:');
  const fired = [...quickbooks.control.firedFaults, ...woo.faults.fired].map(({ kind }) => kind);
  for (const line of faultLines(fired)) print(line);

  const writes = ledger.writes.length;
  const second = await syncOrders(api, () => {});
  const newWrites = quickbooks.control.ledger(REALM_ID).writes.length - writes;
  const stats = quickbooks.control.stats(REALM_ID);
  print('\nBoth sides, read from their own books:');
  const { currency } = ledger;
  const facts = {
    report,
    currency,
    digits: minorDigits(currency),
    planted: generated.expected.held.length,
    retries: await api.counter('tillstream_quickbooks_calls_total', 'result="ok"'),
  };
  for (const line of summaryLines({ ...facts, calls: first.run.remoteCalls, refreshes: stats.oauth.refreshes }))
    print(line);
  print(
    `\nA second full run took ${second.seconds.toFixed(1)} s: ${second.run.counts['unchanged']} unchanged, ${newWrites} writes.`,
  );
  for (const problem of report.problems.slice(0, 20))
    print(`  PROBLEM ${problem.kind}: order ${problem.order}: ${problem.detail}`);
  const ok =
    agrees(report) && newWrites === 0 && second.run.counts['unchanged'] === report.documents && woo.writes() === 0;
  print(
    ok
      ? `The books agree to the cent (${first.seconds.toFixed(1)} s, seed ${options.seed}).`
      : 'THE BOOKS DO NOT AGREE.',
  );
  return ok;
}

/** One line per tenth of the way. */
function progressPrinter(print: Print): (run: RunView) => void {
  let printed = 0;
  return ({ counts }) => {
    const { discovered = 0, pending = 0 } = counts;
    const tenth = discovered === 0 ? 0 : Math.floor(((discovered - pending) * 10) / discovered);
    if (tenth <= printed) return;
    printed = tenth;
    print(`  ${String(discovered - pending).padStart(5)} of ${discovered} orders done`);
  };
}
