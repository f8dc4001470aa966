import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiAnswer, FailureView, RunView } from '../src/client/api.js';
import { connect } from '../src/client/setup.js';
import { type OrderTruth } from '@tillstream/sandbox';
import { CALM_CLOCK, Product, required, SELECTED, soon, withProduct } from './support/product.js';

const ORDERS = 40;
const PLANTED = 4;
const CALM = { latencyMs: 100, clockFactor: CALM_CLOCK };
const FULL = { mode: 'full', target: 'quickbooks' };

interface Problem {
  readonly code: string;
  readonly syncId?: string;
  readonly ordersPerYear?: Readonly<Record<string, number>>;
}

const post = (product: Product, body: unknown): Promise<ApiAnswer<RunView & Problem>> =>
  product.api.call('POST', '/api/sync/orders', body);

describe('a run as it is asked for', () => {
  it('is seen right after the 202, replayed by its key, and alone in its slot', async () => {
    await withProduct({ shop: { seed: 700, orders: 20 }, ...CALM }, async (product) => {
      const asked = { ...FULL, idempotencyKey: 'monday' };
      const first = await post(product, asked);
      expect(first).toMatchObject({ status: 202, body: { status: 'queued', mode: 'full', entity: 'orders' } });
      const { syncId } = first.body;
      expect((await product.api.run(syncId)).syncId).toBe(syncId);

      expect(await post(product, asked)).toMatchObject({ status: 202, body: { syncId } });
      const reused = await post(product, { ...asked, mode: 'incremental' });
      expect(reused).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
      const busy = await post(product, FULL);
      expect(busy).toMatchObject({ status: 409, body: { code: 'sync_already_running', syncId } });

      const run = await product.finished(syncId);
      expect(run.status).toBe('completed');
      expect(await post(product, asked)).toMatchObject({ status: 202, body: { syncId } });
      expect((await product.audit()).problems).toEqual([]);
    });
  });

  it('wins alone when two are asked for at once', async () => {
    await withProduct({ shop: { seed: 701, orders: 12 }, ...CALM }, async (product) => {
      const answers = await Promise.all([post(product, FULL), post(product, FULL)]);
      const [won, lost] = answers.toSorted((a, b) => a.status - b.status);
      expect(won?.status).toBe(202);
      expect(lost).toMatchObject({
        status: 409,
        body: { code: 'sync_already_running', syncId: required(won).body.syncId },
      });
      await product.finished(required(won).body.syncId);
      expect((await product.audit()).problems).toEqual([]);
    });
  });

  it('is cancelled: what is in flight finishes, the rest is skipped and booked by the next run', async () => {
    const options = { shop: { seed: 702, orders: 120 }, latencyMs: 400, orchestrator: { unsettledPerRun: 20 } };
    await withProduct(options, async (product) => {
      const syncId = await product.startRun();
      await soon(() => product.writes('Invoice').length >= 3);
      await product.api.expect([202], 'POST', `/api/sync/status/${syncId}/cancel`);
      const run = await product.finished(syncId);
      expect(run.status).toBe('cancelled');
      const { discovered = 0, created = 0, skipped = 0 } = run.counts;
      expect(created + skipped).toBe(discovered);
      expect(created).toBe(product.invoicesTotal());
      expect(created).toBeLessThan(product.goodOrders.length);
      const again = await product.api.call('POST', `/api/sync/status/${syncId}/cancel`);
      expect(again).toMatchObject({ status: 409, body: { code: 'run_finished' } });

      const next = await product.sync({ mode: 'incremental' });
      expect(next.counts['created']).toBe(product.goodOrders.length - created);
      expect((await product.audit()).problems).toEqual([]);
    });
  });

  it('waits for a decision about the past: how many orders a year it would book', async () => {
    await withProduct({ shop: { seed: 703, orders: 12 }, ...CALM, unconnected: true }, async (product) => {
      expect(await post(product, FULL)).toMatchObject({ status: 409, body: { code: 'connection_missing' } });
      for (const platform of ['woocommerce', 'quickbooks'] as const) {
        await product.api.expect([200], 'PUT', `/api/connections/${platform}`, product.world.connections[platform]);
      }
      const refused = await post(product, FULL);
      expect(refused).toMatchObject({ status: 409, body: { code: 'start_date_missing' } });
      const byYear = new Map<string, number>();
      for (const { status, dateCreated } of product.woo.orders()) {
        if (!SELECTED.has(status)) continue;
        const year = dateCreated.slice(0, 4);
        byYear.set(year, (byYear.get(year) ?? 0) + 1);
      }
      expect(refused.body.ordersPerYear).toEqual(Object.fromEntries(byYear));
      expect(product.writes()).toEqual([]);
      await connect(product.api, product.world);
      await product.sync();
      expect((await product.audit()).problems).toEqual([]);
    });
  });
});

describe('a run over a part of the shop', () => {
  let product: Product;
  beforeAll(async () => {
    product = await Product.start({ shop: { seed: 704, orders: ORDERS, planted: PLANTED } });
  });
  afterAll(() => product.close());

  const booked = (): OrderTruth[] => product.goodOrders.filter(({ id }) => product.invoicesOf(id).length > 0);

  it('takes the ids it is given, and says which ones the shop does not have', async () => {
    const ids = product.goodOrders.slice(0, 2).map(({ id }) => String(id));
    const run = await product.sync({ ids: [...ids, '999999'] });
    expect(run.counts).toMatchObject({ discovered: 3, created: 2, skipped: 1, failed: 0, held: 0 });
    expect(booked().map(({ id }) => String(id))).toEqual(ids);
    const missing = await product.api.call('GET', '/api/documents/orders/999999');
    expect([200, 404]).toContain(missing.status);
  });

  it('takes the statuses and the dates it is given', async () => {
    const before = new Set(booked().map(({ id }) => id));
    const orders = product.goodOrders;
    const middle = required(product.world.generated.orders[Math.floor(product.world.generated.orders.length / 2)]);
    const filters = { status: ['processing'], createdAfter: new Date(middle.createdAt).toISOString() };
    const run = await product.sync({ filters });
    const since = new Map(product.world.generated.orders.map(({ id, createdAt }) => [id, createdAt]));
    const expected = orders.filter(
      ({ id, status }) => before.has(id) || (status === 'processing' && Number(since.get(id)) > middle.createdAt),
    );
    expect(booked().map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
    expect(run.counts['created']).toBe(expected.length - before.size);
  });

  it('leaves the cursor alone: the first incremental run still books everything', async () => {
    const run = await product.sync({ mode: 'incremental' });
    expect(run.counts['held']).toBe(PLANTED);
    expect((await product.audit()).problems).toEqual([]);
  });

  it('tells in the documents what led to each invoice, in order', async () => {
    const { id, total } = product.someOrder(({ datePaid, total: amount }) => datePaid !== null && Number(amount) > 0);
    const document = await product.api.expect<{
      targets: Record<string, { state: string; remoteId: string; total: { amountMinor: number }; linked: unknown[] }>;
      events: { type: string; occurredAt: string; facts: { kind?: string } }[];
    }>([200], 'GET', `/api/documents/orders/${id}`);
    const [invoice] = product.invoicesOf(id);
    expect(document.targets['quickbooks']).toMatchObject({
      state: 'synced',
      remoteId: invoice?.id,
      total: { amountMinor: Math.round(Number(total) * 100) },
      linked: [{ remoteId: product.paymentsOf(id)[0]?.id }],
    });
    const types = document.events.map(({ type }) => type);
    expect(types[0]).toBe('RecordObserved');
    expect(types.at(-1)).toBe('RecordSynced');
    const effects = document.events
      .filter(({ type }) => type === 'EffectIntended' || type === 'EffectConfirmed')
      .map(({ type, facts }) => `${type} ${facts.kind}`);
    expect(effects).toEqual([
      'EffectIntended invoice',
      'EffectConfirmed invoice',
      'EffectIntended payment',
      'EffectConfirmed payment',
    ]);
    const times = document.events.map(({ occurredAt }) => occurredAt);
    expect(times).toEqual(times.toSorted());
  });

  it('explains every failure: what happened, and what to do', async () => {
    const failures = await product.api.failures(['open']);
    expect(failures).toHaveLength(PLANTED);
    const numbers = new Map(product.woo.orders().map(({ id, number }) => [String(id), number]));
    for (const failure of failures) {
      expect(failure).toMatchObject({ category: 'held', sourceNumber: numbers.get(failure.entityId) });
      expect(failure.message.length).toBeGreaterThan(10);
      expect(failure.action.length).toBeGreaterThan(10);
      const one = await product.api.expect<FailureView & { history: unknown[] }>(
        [200],
        'GET',
        `/api/sync/failures/${failure.id}`,
      );
      expect(one.history.length).toBeGreaterThan(0);
    }
    const code = required(failures[0]).code;
    const { items } = await product.api.expect<{ items: FailureView[] }>(
      [200],
      'GET',
      `/api/sync/failures?code=${code}&state=open`,
    );
    expect(items.map(({ id }) => id)).toEqual(failures.filter((each) => each.code === code).map(({ id }) => id));
  });
});
