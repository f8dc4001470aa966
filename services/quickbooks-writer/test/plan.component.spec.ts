import type {
  CanonicalCustomer,
  CanonicalOrder,
  CanonicalProduct,
  FactsOf,
  Settings,
  WorkPayload,
} from '@tillstream/contracts';
import { createHttpClient } from '@tillstream/http-client';
import { SystemClock } from '@tillstream/kernel';
import { companyForShop, type CompanyProfile, seedBooks } from '@tillstream/sandbox';
import { eventually } from '@tillstream/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { generatedOrders } from './generated-orders.js';
import { Harness, REALM } from './harness.js';
import { makeOrder } from './orders.js';
import { makeCustomer, makeProduct } from './records.js';

let harness: Harness;
afterEach(() => harness.close());

type Plan = FactsOf<'PlanAnswered'>;
const quickbooks = (change: Partial<Settings['quickbooks']>) => (settings: Settings) => ({
  ...settings,
  quickbooks: { ...settings.quickbooks, ...change },
});
const OUTCOME_OF = { create: 'created', update: 'updated', none: 'unchanged', hold: 'held', skip: 'skipped' } as const;
const sourceIdOf = ({ order, customer, product }: WorkPayload) => {
  const record = order ?? customer ?? product;
  return `${record?.source}:${record?.id}`;
};
const keyOf = (payload: WorkPayload) =>
  `${payload.order ? 'orders' : payload.customer ? 'customers' : 'products'} ${sourceIdOf(payload)}`;

/** As the orchestrator counts: each need once per run. */
function predictedCalls(plans: readonly Plan[]): number {
  const needs = new Set(plans.flatMap((plan) => plan.needs));
  return plans.reduce((sum, { writes }) => sum + writes, 0) + needs.size;
}

/** Plans, proves that nothing was written, does it, and holds the one against the other. */
async function planThenDo(payloads: readonly WorkPayload[], syncId = 'run_dry'): Promise<readonly Plan[]> {
  const before = harness.writes().length;
  const plans = await harness.plan(payloads, syncId, 12_000);
  expect(harness.writes()).toHaveLength(before);
  const counts = await resultCounts();
  await harness.sendRecords(payloads);
  await eventually(
    async () => {
      const now = await resultCounts();
      return payloads.every((payload) => (now.get(keyOf(payload)) ?? 0) > (counts.get(keyOf(payload)) ?? 0));
    },
    { timeoutMs: 20_000, intervalMs: 20 },
  );
  const results = await resultsByKey();
  const told = plans.map(({ sourceId, action, reason, message, predictedTotal }) => ({
    sourceId,
    outcome: OUTCOME_OF[action],
    reason,
    message,
    total: predictedTotal?.amountMinor ?? null,
  }));
  const done = payloads.map((payload) => {
    const result = results.get(keyOf(payload));
    const isTold = result?.outcome !== 'held' && result?.outcome !== 'skipped';
    const invoice = result?.documents.find(({ remoteType }) => remoteType === 'Invoice');
    return {
      sourceId: sourceIdOf(payload),
      outcome: result?.outcome,
      reason: result?.problem?.code ?? null,
      message: result?.problem?.message ?? null,
      total: isTold ? (invoice?.totalMinor ?? null) : null,
    };
  });
  expect(told).toEqual(done);
  expect(predictedCalls(plans)).toBe(harness.writes().length - before);
  return plans;
}

/** Orders, customers and products may share an id. */
async function resultsByKey(): Promise<ReadonlyMap<string, FactsOf<'WorkSettled'>>> {
  const settled = (await harness.events('sync.results.v1')).filter((event) => event.type === 'WorkSettled');
  return new Map(settled.map(({ facts }) => [`${facts.entity} ${facts.sourceId}`, facts]));
}

async function resultCounts(): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const event of await harness.events('sync.results.v1')) {
    if (event.type !== 'WorkSettled') continue;
    const key = `${event.facts.entity} ${event.facts.sourceId}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

interface Row {
  readonly profile: CompanyProfile;
  readonly seed: number;
  readonly settings?: Partial<Settings['quickbooks']>;
  readonly company?: Parameters<typeof companyForShop>[2];
}
const ROWS: readonly Row[] = [
  { profile: 'us', seed: 1, settings: { customers: 'all' } },
  { profile: 'us', seed: 2, settings: { customerForGuests: 'single', itemType: 'service' } },
  { profile: 'us', seed: 3, settings: { createMissingItems: false } },
  { profile: 'us', seed: 4, settings: { createMissingAccounts: false } },
  { profile: 'us', seed: 5, company: { customTxnNumbers: false, suppliedDocNumber: 'replaced' } },
  { profile: 'us', seed: 6, company: { bookCloseDate: '2025-11-15' }, settings: { docNumberPrefix: 'W-' } },
  { profile: 'global', seed: 7 },
  { profile: 'global', seed: 8, settings: { documentDate: 'paid' } },
  { profile: 'jpy', seed: 9 },
];

function customersOf({ source, buyer }: CanonicalOrder): CanonicalCustomer[] {
  if (buyer.id === null) return [];
  const { id, email, phone, billing, shipping } = buyer;
  const { firstName, lastName } = billing;
  return [{ source, id, email, firstName, lastName, phone, billing, shipping }];
}

function productsOf({ lines, currency }: CanonicalOrder): CanonicalProduct[] {
  return lines.flatMap(({ productId, variationId, name, sku }) =>
    productId === null
      ? []
      : makeProduct(variationId ?? productId, {
          parentId: variationId === null ? null : productId,
          name,
          sku,
          currency,
        }),
  );
}

/** The last state of each record only: a run has each once. */
function oncePerId<T extends { readonly id: string }>(records: readonly T[]): T[] {
  return [...new Map(records.map((record) => [record.id, record])).values()];
}

describe('a dry run says what the real run then does', () => {
  it.each(ROWS)('$profile, seed $seed', { timeout: 60_000 }, async ({ profile, seed, settings = {}, company }) => {
    const http = createHttpClient({ clock: new SystemClock(), allowPrivateTargets: true });
    const { shop, orders } = await generatedOrders(http, {
      seed,
      orders: 70,
      profile,
      planted: { total_mismatch: 1, customer_ambiguous: 1, negative_total: 1 },
    });
    await http.close();
    harness = await Harness.start({
      factor: 200,
      company: companyForShop(shop, REALM, {
        limits: { perMinute: null, perSecond: null, inFlight: null },
        ...company,
      }),
      settings: quickbooks(settings),
      options: { perMinute: null, perSecond: null },
    });
    seedBooks(harness.control, REALM, shop.quickbooksSeed);
    const half = orders.slice(0, orders.length / 2).map((order) => ({ order }));
    const plans = await planThenDo(half);
    expect(plans.length).toBeGreaterThan(10);
    // Again, over books that have half of it already.
    await planThenDo(
      orders.map((order) => ({ order })),
      'run_again',
    );
    // The records of their buyers and products, and of others.
    const customers = [...orders.flatMap(customersOf), makeCustomer('9001', { email: 'no-order@example.com' })];
    await planThenDo(
      oncePerId(customers).map((customer) => ({ customer })),
      'run_customers',
    );
    const products = [...orders.flatMap(productsOf), makeProduct('9002', { sku: 'NEVER-SOLD' })];
    await planThenDo(
      oncePerId(products).map((product) => ({ product })),
      'run_products',
    );
  });
});

describe('single plans', () => {
  it('names fields, needs and writes of a new order', async () => {
    harness = await Harness.start();
    const [plan] = await harness.plan([{ order: makeOrder('1042') }]);
    expect(plan).toMatchObject({
      action: 'create',
      reason: null,
      predictedTotal: { amountMinor: 2160, currency: 'USD' },
      writes: 2,
      needs: expect.arrayContaining(['customer|woo:7', 'item|woo:88']) as unknown,
    });
    expect(plan?.diff).toEqual(
      expect.arrayContaining([
        { field: 'DocNumber', from: null, to: '1042' },
        { field: 'TxnDate', from: null, to: '2026-03-02' },
        { field: 'customer', from: null, to: 'Ann Baker' },
        { field: 'total', from: null, to: '21.6 USD' },
        { field: 'lines', from: null, to: '1' },
        { field: 'payment', from: null, to: '21.6 USD on 2026-03-02' },
      ]),
    );
    expect(harness.writes()).toEqual([]);
  });

  it('plans later payments, left statuses, edits and cancellations of written orders', async () => {
    harness = await Harness.start();
    const unpaid = makeOrder('1042', { paidDate: null, status: 'processing' });
    await harness.deliver(unpaid);
    await harness.deliver(makeOrder('1043'));
    await harness.deliver(makeOrder('1044'));
    await harness.deliver(makeOrder('1045'));
    const plans = await planThenDo([
      { order: makeOrder('1042') },
      { order: makeOrder('1043', { totalMinor: 2161, totalTaxMinor: 161 }) },
      { order: makeOrder('1044', { status: 'cancelled' }) },
      { order: makeOrder('1045', { status: 'on-hold' }) },
    ]);
    expect(plans.map(({ action, reason }) => [action, reason])).toEqual([
      ['update', null],
      ['hold', 'order_edited'],
      ['hold', 'order_cancelled'],
      ['skip', 'status_left'],
    ]);
    expect(plans[0]).toMatchObject({ writes: 1, needs: [] });
  });

  it('knows what earlier records of the run would create', async () => {
    harness = await Harness.start();
    const sameMail = { email: 'eve@example.com', name: ['Eve', 'Novak'] } as const;
    const plans = await planThenDo([
      { order: makeOrder('1', { ...sameMail, customerId: null }) },
      { order: makeOrder('2', { ...sameMail, customerId: '9' }) },
      { order: makeOrder('3', { email: 'other@example.com', name: ['Eve', 'Novak'], customerId: '10' }) },
    ]);
    expect(plans[1]?.needs).toEqual(plans[0]?.needs);
    const dry = await harness.plan(
      [{ order: makeOrder('4', { email: 'x@example.com', name: ['Eve', 'Novak'], customerId: '11' }) }],
      'run_2',
    );
    expect(dry[0]?.diff).toContainEqual({ field: 'customer', from: null, to: 'Eve Novak (x@example.com)' });
  });

  it('plans customers and products, created, changed, left out', async () => {
    harness = await Harness.start({ settings: quickbooks({ customers: 'all' }) });
    const records = [
      { customer: makeCustomer() },
      { product: makeProduct() },
      { product: makeProduct('89', { type: 'variable', sku: 'P' }) },
      { product: makeProduct('91', { parentId: '89', type: 'variation', sku: null, parentSku: 'P', name: 'P red' }) },
      { product: makeProduct('92', { parentId: '89', type: 'variation', sku: null, parentSku: 'P', name: 'P blue' }) },
    ];
    const plans = await planThenDo(records);
    expect(plans.map(({ action }) => action)).toEqual(['create', 'create', 'skip', 'create', 'none']);
    const changed = await planThenDo(
      [{ customer: makeCustomer('7', { phone: '555 0100' }) }, { product: makeProduct('88', { priceMinor: 1250 }) }],
      'run_2',
    );
    expect(changed.map(({ action, writes }) => [action, writes])).toEqual([
      ['update', 1],
      ['update', 1],
    ]);
    const [{ diff } = { diff: [] }] = await harness.plan([{ customer: makeCustomer('7', { phone: '1' }) }], 'run_3');
    expect(diff).toEqual([{ field: 'PrimaryPhone.FreeFormNumber', from: '555 0100', to: '1' }]);
  });

  it('answers again as before when a batch comes again, and plans customers once per run', async () => {
    harness = await Harness.start();
    const records = [{ order: makeOrder('1042') }, { order: makeOrder('1043') }];
    const first = await harness.plan(records);
    const again = await harness.plan(records);
    expect(again).toEqual(first);
    expect(predictedCalls(first)).toBe(first.flatMap(({ needs }) => needs).length / 2 + 4);
  });

  it('holds what cannot be known: no consent, an outage beyond its patience', async () => {
    harness = await Harness.start({ options: { planPatienceMs: 3_000 } });
    harness.control.addFault({ kind: 'status', status: 503, match: { path: '/query' } });
    const [busy] = await harness.plan([{ order: makeOrder('1042') }], 'run_1');
    expect(busy).toMatchObject({ action: 'hold', reason: expect.stringMatching(/^quickbooks_/) as unknown });
    harness.control.clearFaults();
    harness.control.revokeAll(REALM);
    harness.control.expireAccessTokens(REALM);
    const [parked] = await harness.plan([{ order: makeOrder('1043') }], 'run_2');
    expect(parked).toMatchObject({ action: 'hold', reason: 'connection_parked', needs: [], writes: 0 });
    expect(harness.writes()).toEqual([]);
  });

  it('waits for trouble that passes', async () => {
    harness = await Harness.start();
    harness.control.addFault({ kind: 'status', status: 503, match: { path: '/query' }, times: 1 });
    const [plan] = await harness.plan([{ order: makeOrder('1042') }]);
    expect(plan?.action).toBe('create');
  });
});
