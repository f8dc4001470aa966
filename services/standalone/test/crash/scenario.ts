import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { asError, SystemClock, TransientError } from '@tillstream/kernel';
import type { FaultRule } from '@tillstream/sandbox';
import { type AuditReport, agrees, audit } from '../../src/audit/audit.js';
import { type ApiClient, isFinal, type RunView } from '../../src/client/api.js';
import { connect } from '../../src/client/setup.js';
import { auditInput, heldOrders } from '../../src/world/books.js';
import { REALM_ID, startWorld, type World } from '../../src/world/world.js';
import { checkRebuild } from '../../src/rebuild-check/check.js';
import { checkLines } from '../../src/rebuild-check/report.js';
import type { CrashSpec } from '../../src/supervised/crash-spec.js';
import { Supervisor } from '../../src/supervised/supervisor.js';
import { pause, throughDeaths } from '../../src/supervised/through-deaths.js';

/** How a scenario kills the product. */
export type Killing =
  | { readonly kind: 'at-point'; readonly crash: CrashSpec }
  /** A fault of the sandbox, and SIGKILL as soon as it fired: the request is at the remote, committed or running. */
  | { readonly kind: 'on-fault'; readonly fault: FaultRule }
  /** SIGKILL this many real milliseconds after the run was asked for. */
  | { readonly kind: 'after'; readonly ms: number }
  | { readonly kind: 'none' };

export interface Scenario {
  readonly name: string;
  readonly seed: number;
  readonly requestIdMemory: 'honoured' | 'forgotten';
  readonly killing: Killing;
}

export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly ok: boolean;
  readonly deaths: number;
  readonly report: AuditReport | undefined;
  readonly problem: string | undefined;
  readonly seconds: number;
}

const CLOCK_FACTOR = 40;
const ORDERS = 16;
const PLANTED = 3;
/** Of the shared clock; the sandboxes end every request well within it. */
const REQUEST_DEADLINE_MS = 20_000;
const SETTLE_MARGIN_MS = 4_000;
const TIMEOUT_MS = 60_000;
const SELECTED = new Set(['processing', 'completed', 'refunded']);

export async function runScenario(scenario: Scenario): Promise<ScenarioResult> {
  const startedAt = performance.now();
  const origin = Date.now();
  const clock = new SystemClock(CLOCK_FACTOR, origin);
  const world = await startWorld({
    clock,
    shop: { seed: scenario.seed, orders: ORDERS, planted: PLANTED },
    company: { requestIdMemory: scenario.requestIdMemory },
    latencyMs: 200,
  });
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'tillstream-crash-'));
  const product = new Supervisor({
    dataDir,
    child: {
      clockFactor: CLOCK_FACTOR,
      clockOriginMs: origin,
      quickbooks: { requestDeadlineMs: REQUEST_DEADLINE_MS, settleMarginMs: SETTLE_MARGIN_MS },
    },
  });
  let report: AuditReport | undefined;
  let problem: string | undefined;
  try {
    arm(scenario.killing, product, world);
    const run = await syncThroughDeaths(scenario, product, world);
    report = await compare(await product.api(), world);
    problem = judge(scenario, product, world, run, report);
    const exitCode = await product.stop();
    if (problem === undefined && exitCode !== 0) problem = `exit code ${exitCode} on SIGTERM`;
    problem ??= await foldProblem(dataDir);
  } catch (thrown) {
    problem = `${asError(thrown).message}\n${product.lastWords}`;
  } finally {
    await product.kill();
    await world.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return { scenario, ok: problem === undefined, deaths: product.deaths, report, problem, seconds };
}

function arm(killing: Killing, product: Supervisor, world: World): void {
  if (killing.kind === 'at-point') product.armCrash(killing.crash);
  if (killing.kind === 'on-fault') world.quickbooks.control.addFault(killing.fault);
}

/** Asks for one full run and carries it to its end, however often the product dies on the way. */
async function syncThroughDeaths(scenario: Scenario, product: Supervisor, world: World): Promise<RunView> {
  const deadline = performance.now() + TIMEOUT_MS;
  const { killing } = scenario;
  const step = <T>(action: (api: ApiClient) => Promise<T>) => throughDeaths(product, deadline, action);
  await step((api) => connect(api, world));
  const request = { mode: 'full', target: 'quickbooks', idempotencyKey: 'crash-matrix' };
  const { syncId } = await step((api) => api.expect<{ syncId: string }>([202], 'POST', '/api/sync/orders', request));
  if (killing.kind === 'after') {
    await pause(killing.ms);
    await product.kill();
  }
  let killed = false;
  for (;;) {
    if (killing.kind === 'on-fault' && !killed && world.quickbooks.control.firedFaults.length > 0) {
      killed = true;
      await product.kill();
    }
    const run = await step((api) => api.run(syncId));
    const retrying = isFinal(run) ? await step((api) => api.failures(['retrying'])) : [];
    if (isFinal(run) && retrying.length === 0) return run;
    if (performance.now() > deadline)
      throw new TransientError('scenario_timeout', `not drained: ${JSON.stringify(run)}`);
    await pause(10);
  }
}

async function compare(api: ApiClient, world: World): Promise<AuditReport> {
  const held = heldOrders(await api.failures(['open']));
  return audit(auditInput(world.woo.orders(), world.quickbooks.control.ledger(REALM_ID), held, SELECTED));
}

/** Everything the product left must be the fold of its log, however often it died (I5). */
async function foldProblem(dataDir: string): Promise<string | undefined> {
  const check = await checkRebuild(dataDir);
  return check.ok ? undefined : checkLines(check).join('\n       ');
}

function judge(
  scenario: Scenario,
  product: Supervisor,
  world: World,
  run: RunView,
  report: AuditReport,
): string | undefined {
  if (scenario.killing.kind !== 'none' && product.deaths === 0)
    return 'the product was never killed: the point was not reached';
  if (!agrees(report)) return JSON.stringify(report.problems.slice(0, 5));
  const twins = duplicateNames(world);
  if (twins.length > 0) return `created twice: ${twins.join(', ')}`;
  const { counts } = run;
  const { discovered = 0, ...states } = counts;
  const sum = Object.values(states).reduce((total, count) => total + count, 0);
  if (sum !== discovered) return `counts do not add up: ${JSON.stringify(counts)}`;
  if (discovered !== world.generated.expected.selected.length)
    return `discovered ${discovered}, the shop has ${world.generated.expected.selected.length}`;
  if (counts['held'] !== report.held || counts['failed'] !== 0)
    return `run counts ${JSON.stringify(counts)}, held in fact ${report.held}`;
  return undefined;
}

/** Customers with one e-mail and items with one SKU that were not seeded twice on purpose. */
function duplicateNames(world: World): string[] {
  const ledger = world.quickbooks.control.ledger(REALM_ID);
  const created = ledger.writes.filter(({ operation, by }) => operation === 'create' && by === 'api');
  const bodies = created.map(({ entity, id }) => `${entity}:${nameOf(ledger, entity, id)}`);
  return bodies.filter((name, index) => bodies.indexOf(name) !== index);
}

function nameOf(ledger: ReturnType<World['quickbooks']['control']['ledger']>, entity: string, id: string): string {
  const customer = ledger.customers.find((each) => entity === 'Customer' && each['Id'] === id);
  const email = customer?.['PrimaryEmailAddr'] as { Address?: string } | undefined;
  return email?.Address?.toLowerCase() ?? `#${id}`;
}
