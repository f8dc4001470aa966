import { InvariantError, SystemClock } from '@tillstream/kernel';
import type { Ledger, OrderTruth, WooSandbox } from '@tillstream/sandbox';
import { eventually } from '@tillstream/testing';
import { type AuditReport, audit } from '../../src/audit/audit.js';
import { ApiClient, bareId, type FailureView, isFinal, type RunView } from '../../src/client/api.js';
import { connect } from '../../src/client/setup.js';
import type { StandaloneOptions } from '../../src/compose.js';
import { auditInput } from '../../src/world/books.js';
import { REALM_ID, startWorld, type World, type WorldOptions } from '../../src/world/world.js';
import { startHost } from './host.js';
import { ADMIN_KEY, type Host, PACE } from './profile.js';

export { ADMIN_KEY } from './profile.js';

/** For what is answered within a few seconds of the product's clock (D5, D15): these must not end before we look. */
export const CALM_CLOCK = PACE.calmFactor;
export const SELECTED: ReadonlySet<string> = new Set(['processing', 'completed', 'refunded']);
/** Scaled, a second is a few real milliseconds: the per-second limit would measure this machine, not the product. */
export const LIMITS = { perMinute: 500, perSecond: null, inFlight: null } as const;
/** Both sandboxes end every request well within it; what was lost is settled in half a real second. */
const SETTLES_SOON = { requestDeadlineMs: 30_000, settleMarginMs: 5_000 };
const PATIENCE_MS = PACE.patienceMs;

export interface ProductOptions extends Omit<WorldOptions, 'clock'> {
  readonly writer?: NonNullable<StandaloneOptions['quickbooks']>;
  readonly orchestrator?: NonNullable<StandaloneOptions['orchestrator']>;
  /** Leaves connecting and settings to the test. */
  readonly unconnected?: boolean;
  readonly clockFactor?: number;
  /** Another world than one shop and one company. */
  readonly startWorld?: (clock: SystemClock) => Promise<World>;
}

/** Runs `use` on a product that is gone afterwards. */
export async function withProduct(options: ProductOptions, use: (product: Product) => Promise<void>): Promise<void> {
  const product = await Product.start(options);
  try {
    await use(product);
  } finally {
    await product.close();
  }
}

export interface Work {
  readonly mode?: 'full' | 'incremental';
  readonly filters?: Readonly<Record<string, unknown>>;
  readonly ids?: readonly string[];
  readonly target?: 'all' | 'quickbooks' | 'supabase';
  readonly dryRun?: boolean;
}

type Settings = { readonly version: number } & Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The whole product in this process, a shop and a company around it, all over HTTP on one fast clock. */
export class Product {
  private constructor(
    readonly clock: SystemClock,
    readonly world: World,
    readonly api: ApiClient,
    private readonly host: Host,
  ) {}

  static async start(options: ProductOptions): Promise<Product> {
    const { company, writer, orchestrator, unconnected, clockFactor, startWorld: other, ...rest } = options;
    const clock = new SystemClock(clockFactor ?? PACE.clockFactor);
    const world = await (other?.(clock) ?? startWorld({ ...rest, clock, company: { limits: LIMITS, ...company } }));
    const host = await startHost({
      clock,
      quickbooks: { ...SETTLES_SOON, ...writer },
      ...(orchestrator && { orchestrator }),
    });
    const api = new ApiClient(host.httpUrl, ADMIN_KEY);
    const product = new Product(clock, world, api, host);
    if (unconnected !== true) await connect(api, world);
    return product;
  }

  async close(): Promise<void> {
    await this.host.stop();
    await this.world.close();
  }

  /** A client of somebody else with another key. */
  as(key: string): ApiClient {
    return new ApiClient(this.httpUrl, key);
  }

  /** Good orders that a run finds, in order of id. */
  get goodOrders(): OrderTruth[] {
    return this.woo.orders().filter(({ status, planted }) => SELECTED.has(status) && planted === undefined);
  }

  /** The first of `goodOrders` that fits. */
  someOrder(fits: (order: OrderTruth) => boolean = () => true): OrderTruth {
    return required(this.goodOrders.find(fits));
  }

  /** A new paid order in the shop, with the basket and buyer of `like`. Returns its id. */
  newOrder(like: number): number {
    const { billing, draft, money } = required(this.world.generated.orders.find(({ id }) => id === like));
    const order = { status: 'processing', billing, draft, money, paidAt: this.clock.now() };
    return (this.woo.mutate({ action: 'add', order }) as { readonly id: number }).id;
  }

  get log(): Host['log'] {
    return this.host.log;
  }

  get httpUrl(): string {
    return this.host.httpUrl;
  }

  get grpcUrl(): string {
    return this.host.grpcUrl;
  }

  get woo(): WooSandbox {
    return this.world.woo;
  }

  get control(): World['quickbooks']['control'] {
    return this.world.quickbooks.control;
  }

  get ledger(): Ledger {
    return this.control.ledger(REALM_ID);
  }

  /** Everything the product ever wrote to the company. */
  writes(entity?: string): Ledger['writes'] {
    return this.ledger.writes.filter(
      (write) => write.by === 'api' && (entity === undefined || write.entity === entity),
    );
  }

  /** The live invoices that stand for an order. */
  invoicesOf(id: number): Ledger['invoices'] {
    const number = this.numberOf(id);
    const note = new RegExp(`^Woo order ${number}(\\n|$)`, 'u');
    return this.ledger.invoices.filter(({ privateNote, state }) => state === 'live' && note.test(privateNote ?? ''));
  }

  invoicesTotal(): number {
    return this.writes('Invoice').filter(({ operation }) => operation === 'create').length;
  }

  paymentsOf(id: number): Ledger['payments'] {
    const ids = new Set(this.invoicesOf(id).map((invoice) => invoice.id));
    return this.ledger.payments.filter(
      ({ state, applied }) => state === 'live' && applied.some((each) => ids.has(each.id)),
    );
  }

  numberOf(id: number): string {
    return this.woo.orders().find((order) => order.id === id)?.number ?? String(id);
  }

  async startRun(work: Work = {}, api = this.api, entity = 'orders'): Promise<string> {
    const body = { mode: 'full', target: 'quickbooks', ...work };
    const { syncId } = await api.expect<{ syncId: string }>([202], 'POST', `/api/sync/${entity}`, body);
    return syncId;
  }

  /** The run once it has ended and nothing is waiting for another attempt. */
  async finished(syncId: string, api = this.api, timeoutMs = PATIENCE_MS): Promise<RunView> {
    return await eventually(
      async () => {
        const run = await api.run(syncId);
        return isFinal(run) && (await api.failures(['retrying'])).length === 0 ? run : null;
      },
      { timeoutMs, intervalMs: 25 },
    );
  }

  async sync(work: Work = {}, api = this.api, entity = 'orders'): Promise<RunView> {
    return await this.finished(await this.startRun(work, api, entity), api);
  }

  /** Open failures by bare order id. */
  async held(api = this.api): Promise<Map<string, FailureView>> {
    const failures = await api.failures(['open']);
    const orders = failures.filter(({ entity, target }) => entity === 'orders' && target === 'quickbooks');
    return new Map(orders.map((failure) => [bareId(failure.entityId), failure]));
  }

  /** Both sides' own books side by side; only what is held is the product's word. */
  async audit(): Promise<AuditReport> {
    const held = [...(await this.held())].map(([orderId, { code }]) => ({ orderId, code }));
    return audit(auditInput(this.woo.orders(), this.ledger, held, SELECTED));
  }

  /** Changes some settings, the rest stay; `{ quickbooks: { docNumberPrefix: 'W-' } }`. */
  async changeSettings(changes: Readonly<Record<string, Readonly<Record<string, unknown>>>>): Promise<void> {
    const settings = await this.api.expect<Settings>([200], 'GET', '/api/settings');
    const sections = Object.entries(changes).map(([section, fields]) => [section, { ...settings[section], ...fields }]);
    await this.api.expect([200], 'PUT', '/api/settings', { ...settings, ...Object.fromEntries(sections) });
  }
}

/** Waits, in real time, for something the product does by itself. */
export async function soon<T>(condition: () => T | Promise<T>, timeoutMs = PATIENCE_MS): Promise<NonNullable<T>> {
  return await eventually(condition, { timeoutMs, intervalMs: 20 });
}

/** What the test needs to be there. */
export function required<T>(value: T | undefined | null): T {
  if (value === undefined || value === null) throw new InvariantError('test_premise', 'the shop has nothing like that');
  return value;
}
