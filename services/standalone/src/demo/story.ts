import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { minorDigits, SystemClock } from '@tillstream/kernel';
import { BAD_DAY, type WooFaultRule } from '@tillstream/sandbox';
import { agrees, type AuditReport, audit } from '../audit/audit.js';
import { bareId, type FailureView, type RunView } from '../client/api.js';
import { connect } from '../client/setup.js';
import { Supervisor } from '../supervised/supervisor.js';
import { throughDeaths } from '../supervised/through-deaths.js';
import { auditInput } from '../world/books.js';
import { REALM_ID, startWorld, type World } from '../world/world.js';
import type { DemoOptions } from './options.js';
import { faultLines, heldLines, summaryLines } from './report.js';
import { type SyncResult, syncThrough } from './sync.js';

/** A 429 pause of a minute takes a second; product and sandboxes share this clock. */
const CLOCK_FACTOR = 60;
/** A scaled second is a few real milliseconds: the budget's windows leave room for what this machine is late. */
const REAL_JITTER_MS = 20;
/** The shop is read in a handful of calls, so each fault has its call. */
const SHOP_FAULTS: readonly WooFaultRule[] = [
  { kind: 'html', status: 502, nth: 2, path: '/orders' },
  { kind: 'truncatedJson', nth: 4, path: '/orders' },
  { kind: 'reset', nth: 6, path: '/orders' },
];
const SELECTED = new Set(['processing', 'completed', 'refunded']);
/** The product is killed when this part of the orders is done. */
const KILL_AT = 0.4;

export type Print = (line: string) => void;

/** The main job end to end: the product in a process of its own, the remotes in this one. True only when all agrees. */
export async function tellTheStory(options: DemoOptions, print: Print): Promise<boolean> {
  const origin = Date.now();
  const clock = new SystemClock(CLOCK_FACTOR, origin);
  const world = await startWorld({ clock, shop: options, quickbooksFaults: BAD_DAY, shopFaults: SHOP_FAULTS });
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'tillstream-demo-'));
  const quickbooks = { budgetMarginMs: REAL_JITTER_MS * CLOCK_FACTOR };
  const product = new Supervisor({ dataDir, child: { clockFactor: CLOCK_FACTOR, clockOriginMs: origin, quickbooks } });
  try {
    return await syncAndCompare(product, world, options, print);
  } finally {
    await product.stop();
    await world.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function syncAndCompare(product: Supervisor, world: World, options: DemoOptions, print: Print): Promise<boolean> {
  const { woo, quickbooks, generated } = world;
  const orders = woo.orders();
  print(
    `The shop has ${orders.length} orders; ${generated.expected.held.length} of them were spoiled on purpose. Faults are switched on.`,
  );
  await throughDeaths(product, Number.POSITIVE_INFINITY, (api) => connect(api, world));
  const first = await syncThrough(product, { entity: 'orders', target: 'quickbooks' }, progress(print, product));
  const failures = await throughDeaths(product, Number.POSITIVE_INFINITY, (api) => api.failures(['open']));
  const report = compare(world, failures);
  print('\nHeld, and why:');
  for (const line of heldLines(failures)) print(line);
  print('\nWhat went wrong on the way and was survived:');
  const fired = [...quickbooks.control.firedFaults, ...woo.faults.fired].map(({ kind }) => kind);
  print(`  ${String(product.deaths).padStart(4)} x the product was killed (kill -9) and started again`);
  for (const line of faultLines(fired)) print(line);

  const writes = quickbooks.control.ledger(REALM_ID).writes.length;
  const second = await syncThrough(product, { entity: 'orders', target: 'quickbooks' });
  const newWrites = quickbooks.control.ledger(REALM_ID).writes.length - writes;
  print('\nBoth sides, read from their own books:');
  for (const line of summaryLines(summaryFacts(world, report, first, fired.length))) print(line);
  print(
    `\nA second full run took ${second.seconds.toFixed(1)} s: ${second.run.counts['unchanged']} unchanged, ${newWrites} writes.`,
  );
  for (const problem of report.problems.slice(0, 20))
    print(`  PROBLEM ${problem.kind}: order ${problem.order}: ${problem.detail}`);
  const ok =
    agrees(report) &&
    product.deaths === 1 &&
    newWrites === 0 &&
    second.run.counts['unchanged'] === report.documents &&
    woo.writes() === 0;
  print(
    ok
      ? `The books agree to the cent (${first.seconds.toFixed(1)} s, seed ${options.seed}).`
      : 'THE BOOKS DO NOT AGREE.',
  );
  return ok;
}

function compare({ woo, quickbooks }: World, failures: readonly FailureView[]): AuditReport {
  const held = failures.map(({ entityId, code }) => ({ orderId: bareId(entityId), code }));
  return audit(auditInput(woo.orders(), quickbooks.control.ledger(REALM_ID), held, SELECTED));
}

function summaryFacts({ quickbooks, generated }: World, report: AuditReport, first: SyncResult, faults: number) {
  const { currency } = quickbooks.control.ledger(REALM_ID);
  return {
    report,
    currency,
    digits: minorDigits(currency),
    planted: generated.expected.held.length,
    retries: faults,
    calls: first.run.remoteCalls,
    refreshes: quickbooks.control.stats(REALM_ID).oauth.refreshes,
  };
}

/** One line per tenth of the way; kills the product once in the middle. */
function progress(print: Print, product: Supervisor): (run: RunView) => Promise<void> {
  let printed = 0;
  return async ({ counts }) => {
    const { discovered = 0, pending = 0 } = counts;
    const done = discovered === 0 ? 0 : (discovered - pending) / discovered;
    const tenth = Math.floor(done * 10);
    if (tenth > printed) {
      printed = tenth;
      print(`  ${String(discovered - pending).padStart(5)} of ${discovered} orders done`);
    }
    if (done < KILL_AT || product.deaths > 0) return;
    print('        kill -9');
    await product.kill();
  };
}
