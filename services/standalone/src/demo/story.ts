import { InvariantError, minorDigits, SystemClock } from '@tillstream/kernel';
import { BAD_DAY, BAD_DAY_SUPABASE, type WooFaultRule } from '@tillstream/sandbox';
import { agrees, type AuditReport, audit } from '../audit/audit.js';
import type { MirrorReport } from '../audit/mirror.js';
import type { FailureView, RunView } from '../client/api.js';
import { connect } from '../client/setup.js';
import type { RebuildCheck } from '../rebuild-check/check.js';
import { checkLines } from '../rebuild-check/report.js';
import { throughDeaths } from '../supervised/through-deaths.js';
import { auditInput, heldOrders } from '../world/books.js';
import { compareMirror } from '../world/mirror.js';
import { noteRowChanges, rowChanges } from '../world/row-changes.js';
import { REALM_ID, startWorld, type World } from '../world/world.js';
import type { DemoOptions } from './options.js';
import { type DemoProduct, distributedProduct, embeddedProduct } from './product.js';
import { faultLines, heldLines, type SummaryFacts, summaryLines } from './report.js';
import { type SyncResult, syncThrough } from './sync.js';

/** A 429 pause of a minute takes a second; product and sandboxes share this clock. */
const CLOCK_FACTOR = 60;
/** Slower where several processes and two servers share the machine: a deadline of the product passes in real time. */
const DISTRIBUTED_CLOCK_FACTOR = 20;
/** On that clock what was lost with a killed process, and the longest waits after faults, take real minutes. */
const DISTRIBUTED_PATIENCE_MS = 400_000;
/** A scaled second is a few real milliseconds: the budget's windows leave room for what this machine is late. */
const REAL_JITTER_MS = 20;
/** The shop is read in a handful of calls, so each fault has its call. */
const SHOP_FAULTS: readonly WooFaultRule[] = [
  { kind: 'html', status: 502, nth: 2, path: '/orders' },
  { kind: 'truncatedJson', nth: 4, path: '/orders' },
  { kind: 'reset', nth: 6, path: '/orders' },
];
const SELECTED = new Set(['processing', 'completed', 'refunded']);
const TABLE_PREFIX = 'woo_';
/** The product is killed when this part of the orders is done. */
const KILL_AT = 0.4;

export type Print = (line: string) => void;

/** The main job end to end: the product in processes of its own, the remotes in this one. True only when all agrees. */
export async function tellTheStory(options: DemoOptions, print: Print): Promise<boolean> {
  const origin = Date.now();
  const factor = options.distributed ? DISTRIBUTED_CLOCK_FACTOR : CLOCK_FACTOR;
  const clock = new SystemClock(factor, origin);
  const world = await startDemoWorld(clock, options);
  const child = {
    clockFactor: factor,
    clockOriginMs: origin,
    quickbooks: { budgetMarginMs: REAL_JITTER_MS * factor },
  };
  const product = options.distributed ? distributedProduct(child, options.keep) : embeddedProduct(child);
  try {
    await product.start(print);
    const agreed = await syncAndCompare(product, world, options, print);
    await product.stop();
    const folds = foldsFromItsLog(await product.check(), print);
    if (product.kept !== null) print(`Its topics are kept: ${product.kept}`);
    return folds && agreed;
  } finally {
    await product.dispose();
    await world.close();
  }
}

/** The product is gone; what it left was folded from its log once more and compared, document by document. */
function foldsFromItsLog(check: RebuildCheck, print: Print): boolean {
  const documents = check.collections.reduce((sum, each) => sum + each.documents, 0);
  if (check.ok) print(`All ${documents} stored documents are the fold of the event log.`);
  else for (const line of checkLines(check)) print(line);
  return check.ok;
}

async function syncAndCompare(
  product: DemoProduct,
  world: DemoWorld,
  options: DemoOptions,
  print: Print,
): Promise<boolean> {
  const { woo, generated } = world;
  const patience = options.distributed ? { patienceMs: DISTRIBUTED_PATIENCE_MS } : {};
  print(
    `The shop has ${woo.orders().length} orders, ${woo.rawCustomers().length} customers and ${woo.rawProducts().length} products; ` +
      `${generated.expected.held.length} orders were spoiled on purpose. Faults are switched on.`,
  );
  await throughDeaths(product, Number.POSITIVE_INFINITY, (api) => connect(api, world));
  for (const entity of ['products', 'customers'] as const) {
    const { run, seconds } = await syncThrough(product, { entity, ...patience });
    print(`  ${String(run.counts['discovered']).padStart(5)} ${entity} done in ${seconds.toFixed(1)} s`);
  }
  await noteRowChanges(world.supabase.control, TABLE_PREFIX);
  const first = await syncThrough(product, { entity: 'orders', ...patience }, progress(print, product));
  const failures = await throughDeaths(product, Number.POSITIVE_INFINITY, (api) => api.failures(['open']));
  const report = compare(world, failures);
  const mirror = await compareMirror(woo, world.supabase.control, SELECTED);
  print('\nHeld, and why:');
  for (const line of heldLines(failures.filter(({ target }) => target === 'quickbooks'))) print(line);
  print('\nWhat went wrong on the way and was survived:');
  const fired = firedFaults(world);
  print(`  ${String(product.deaths).padStart(4)} x a process of the product was killed (kill -9) and started again`);
  for (const line of faultLines(fired)) print(line);

  const before = await writesOf(world);
  const second = await syncThrough(product, { entity: 'orders', ...patience });
  const newWrites = (await writesOf(world)) - before;
  print('\nAll sides, read from their own books:');
  for (const line of summaryLines(summaryFacts(world, report, mirror, first, fired.length))) print(line);
  print(`\nA second full run took ${second.seconds.toFixed(1)} s: ${newWrites} writes.`);
  for (const problem of report.problems.slice(0, 20))
    print(`  PROBLEM ${problem.kind}: order ${problem.order}: ${problem.detail}`);
  for (const { kind, table, id, detail } of mirror.problems.slice(0, 20))
    print(`  PROBLEM ${kind}: ${table} ${id}: ${detail}`);
  const ok =
    agrees(report) &&
    mirror.problems.length === 0 &&
    product.deaths === product.processes &&
    newWrites === 0 &&
    second.run.perTarget['quickbooks']?.['unchanged'] === report.documents &&
    woo.writes() === 0;
  print(
    ok
      ? `The books agree to the cent, the mirror to the letter (${first.seconds.toFixed(1)} s, seed ${options.seed}).`
      : 'THE BOOKS DO NOT AGREE.',
  );
  return ok;
}

type DemoWorld = World & { readonly supabase: NonNullable<World['supabase']> };

function compare({ woo, quickbooks }: World, failures: readonly FailureView[]): AuditReport {
  return audit(auditInput(woo.orders(), quickbooks.control.ledger(REALM_ID), heldOrders(failures), SELECTED));
}

function firedFaults({ woo, quickbooks, supabase }: DemoWorld) {
  const fired = [...quickbooks.control.firedFaults, ...woo.faults.fired].map(({ kind }) => kind);
  return [...fired, ...supabase.control.firedFaults.map(({ kind }) => `supabase ${kind}` as const)];
}

/** What the remotes themselves counted: writes to the company and changed rows. */
async function writesOf({ quickbooks, supabase }: DemoWorld): Promise<number> {
  const { writes } = quickbooks.control.ledger(REALM_ID);
  return writes.length + (await rowChanges(supabase.control)).length;
}

function summaryFacts(
  { quickbooks, generated }: World,
  report: AuditReport,
  mirror: MirrorReport,
  first: SyncResult,
  faults: number,
): SummaryFacts {
  const { currency } = quickbooks.control.ledger(REALM_ID);
  return {
    report,
    mirror,
    currency,
    digits: minorDigits(currency),
    planted: generated.expected.held.length,
    retries: faults,
    calls: first.run.remoteCalls,
    refreshes: quickbooks.control.stats(REALM_ID).oauth.refreshes,
  };
}

async function startDemoWorld(clock: SystemClock, shop: DemoOptions): Promise<DemoWorld> {
  const faults = { quickbooksFaults: BAD_DAY, shopFaults: SHOP_FAULTS };
  const world = await startWorld({ clock, shop, ...faults, supabase: { faults: BAD_DAY_SUPABASE } });
  const { supabase } = world;
  if (supabase === undefined) throw new InvariantError('demo_world', 'the demo has a Supabase project');
  return { ...world, supabase };
}

/** One line per tenth of the way; kills the product once in the middle. */
function progress(print: Print, product: DemoProduct): (run: RunView) => Promise<void> {
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
