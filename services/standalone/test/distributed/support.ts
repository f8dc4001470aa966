import { SystemClock, TransientError } from '@tillstream/kernel';
import { distributedStack, eventually, type OwnServer, ownServer } from '@tillstream/testing';
import { expect } from 'vitest';
import { type AuditReport, audit } from '../../src/audit/audit.js';
import { type ApiClient, isFinal, type RunView } from '../../src/client/api.js';
import { connect } from '../../src/client/setup.js';
import type { ChildOptions } from '../../src/distributed/child-options.js';
import { FleetProduct } from '../../src/distributed/fleet-product.js';
import { pause } from '../../src/supervised/through-deaths.js';
import { auditInput, heldOrders } from '../../src/world/books.js';
import { REALM_ID, startWorld, type World } from '../../src/world/world.js';
import { LIMITS, SELECTED } from '../support/product.js';

/** Short, so that a takeover does not take the time of a test; the local broker allows it. */
export const SESSION_MS = 3000;
const PATIENCE_MS = 150_000;
const LOOK_AGAIN_MS = 50;

export interface Case {
  readonly seed: number;
  readonly orders?: number;
  readonly replicas?: number;
  readonly clockFactor?: number;
  /** Servers of its own, which the case may kill. */
  readonly own?: readonly ('kafka' | 'mongo')[];
  readonly env?: Readonly<Record<string, string>>;
  readonly child?: Omit<ChildOptions, 'clockFactor' | 'clockOriginMs' | 'sessionTimeoutMs'>;
}

/** Everything as processes: the product's services, the servers; the remotes are in this process. */
export interface Scene {
  readonly product: FleetProduct;
  readonly world: World;
  readonly clock: SystemClock;
  /** Present when asked for by `own`. */
  readonly kafka: OwnServer;
  readonly mongo: OwnServer;
}

/**
 * Plays `act` on a running product with a connected shop, and looks at what matters afterwards: the remotes' own books,
 * and everything stored against the log.
 */
export async function play(given: Case, act: (scene: Scene) => Promise<void>): Promise<void> {
  const { seed, orders = 60, replicas = 1, clockFactor = 15, own = [], child = {}, env = {} } = given;
  const cleanups: (() => Promise<unknown>)[] = [];
  try {
    const stack = await distributedStack();
    cleanups.push(() => stack.stop());
    const started = await Promise.all(
      (['kafka', 'mongo'] as const).map(async (kind) => [kind, await serverFor(kind, own)] as const),
    );
    const servers = new Map(started);
    for (const server of servers.values()) if (server) cleanups.push(() => server.stop());
    const origin = Date.now();
    const clock = new SystemClock(clockFactor, origin);
    // Each request takes a while, so that something is always under way.
    const world = await startWorld({ clock, shop: { seed, orders }, company: { limits: LIMITS }, latencyMs: 300 });
    cleanups.push(() => world.close());
    const product = new FleetProduct({
      stack: {
        brokers: servers.get('kafka')?.address ?? stack.brokers.join(','),
        mongoUri: servers.get('mongo')?.address ?? stack.mongoUri,
      },
      child: { clockFactor, clockOriginMs: origin, sessionTimeoutMs: SESSION_MS, ...child },
      replicas,
      env,
    });
    cleanups.push(() => product.dispose());
    await product.start();
    await connect(await product.api(), world);
    const scene = { product, world, clock, kafka: servers.get('kafka'), mongo: servers.get('mongo') } as Scene;
    await act(scene);
    await expectTheBooksToAgree(scene);
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup();
  }
}

/** The local stack's document store grows slow over many databases, so each case has its own one there. */
function serverFor(kind: 'kafka' | 'mongo', own: readonly string[]): Promise<OwnServer | undefined> {
  const fresh = kind === 'mongo' && process.env['STACK_KIND'] === 'processes';
  return own.includes(kind) || fresh ? ownServer(kind) : Promise.resolve(undefined);
}

async function expectTheBooksToAgree(scene: Scene): Promise<void> {
  const report = await auditOf(scene);
  expect(report.problems).toEqual([]);
  expect(report).toMatchObject({ held: 0, documents: report.orders - report.skipped });
  await scene.product.stop();
  const check = await scene.product.check();
  expect(check.collections.flatMap(({ differences }) => differences)).toEqual([]);
  expect(check.ok).toBe(true);
}

async function auditOf({ product, world }: Scene): Promise<AuditReport> {
  const failures = await patiently(product, (api) => api.failures(['open']));
  const { control } = world.quickbooks;
  return audit(auditInput(world.woo.orders(), control.ledger(REALM_ID), heldOrders(failures), SELECTED));
}

let asked = 0;

/** Asks for a full run of all orders; asking again is the same request. Returns its id. */
export async function startRun({ product }: Scene): Promise<string> {
  asked += 1;
  const body = { mode: 'full', target: 'quickbooks', idempotencyKey: `${process.pid}-${asked}` };
  const answer = await patiently(product, (api) => api.expect<RunView>([202], 'POST', '/api/sync/orders', body));
  return answer.syncId;
}

/** The run once it has ended and nothing is waiting for another attempt. */
export async function finished({ product }: Scene, syncId: string): Promise<RunView> {
  return eventually(
    async () => {
      const run = await patiently(product, (api) => api.run(syncId));
      if (!isFinal(run)) return null;
      return (await patiently(product, (api) => api.failures(['retrying']))).length === 0 ? run : null;
    },
    { timeoutMs: PATIENCE_MS, intervalMs: 100 },
  );
}

/** Resolves when QuickBooks holds that many invoices. */
export async function booked({ world }: Scene, count: number): Promise<void> {
  await eventually(() => invoices(world) >= count, { timeoutMs: PATIENCE_MS, intervalMs: 10 });
}

export function invoices({ quickbooks }: World): number {
  const { writes } = quickbooks.control.ledger(REALM_ID);
  return writes.filter(({ by, entity, operation }) => by === 'api' && entity === 'Invoice' && operation === 'create')
    .length;
}

/** Repeats a step that nobody answered, or that was answered 503: somebody is away and comes back. */
export async function patiently<T>(product: FleetProduct, step: (api: ApiClient) => Promise<T>): Promise<T> {
  for (const deadline = performance.now() + PATIENCE_MS; ; ) {
    try {
      return await step(await product.api());
    } catch (thrown) {
      if (!isAway(thrown) || performance.now() > deadline) throw thrown;
      await pause(LOOK_AGAIN_MS);
    }
  }
}

function isAway(thrown: unknown): boolean {
  if (!(thrown instanceof TransientError)) return false;
  return thrown.code === 'api_unreachable' || / answered 503: /.test(thrown.message);
}
