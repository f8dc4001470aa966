import { TOPICS } from '@tillstream/contracts';
import { createHttpClient } from '@tillstream/http-client';
import { SystemClock, SystemIds } from '@tillstream/kernel';
import { generateShop, SANDBOX_READ_KEY, WooSandbox } from '@tillstream/sandbox';
import { eventually } from '@tillstream/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { problemOf } from '../src/domain/record/facts.js';
import { wooSource } from '../src/index.js';
import { FakeShop } from './support/fake-source.js';
import { Harness } from './support/harness.js';
import { rawOrder } from './support/raw-order.js';

const clock = new SystemClock(50);
let service: Harness;
let cleanups: (() => Promise<void>)[] = [];

async function open(openSource: ConstructorParameters<typeof Harness>[0], connection = {}) {
  service = new Harness(openSource, { limits: { unsettledPerRun: 20 } });
  await service.connect(connection);
  await service.connectProject();
  await service.settings();
  await service.start();
}

afterEach(async () => {
  await service.close();
  for (const clean of cleanups.reverse()) await clean();
  cleanups = [];
});

const orders = (count: number, first = 1) => Array.from({ length: count }, (_, index) => rawOrder(first + index));

describe('orders for two targets', () => {
  let shop: FakeShop;
  beforeEach(async () => {
    shop = new FakeShop();
    await open(shop.open);
  });

  it('reach both; a second run writes nothing, and results told twice count once', async () => {
    service.rows.repeats = 2;
    shop.add(...orders(55), rawOrder(100, { total: 'abc' }));
    await service.request({ syncId: 'run_1' });
    await service.finished('run_1');
    expect(await service.progress('run_1')).toMatchObject({
      counts: { discovered: 56, created: 55, held: 1 },
      perTarget: { quickbooks: { created: 55, held: 1 }, supabase: { created: 56 } },
      remoteCalls: { quickbooks: 110, supabase: 56 },
    });
    expect(service.rows.rows.get('orders:woo:7')?.raw).toEqual(shop.orders.get(7));

    await service.request({ syncId: 'run_2' });
    await service.finished('run_2');
    expect((await service.progress('run_2'))?.perTarget.supabase).toMatchObject({ unchanged: 56 });
    expect(service.rows.works).toHaveLength(56);
    expect(await service.everyStateIsItsFold()).toBe(true);
    expect(service.alarms).toEqual([]);
  });

  it('reach QuickBooks while Supabase is down, and the next run finds nothing to do for QuickBooks', async () => {
    service.rows.isDown = true;
    shop.add(...orders(75));
    await service.request({ syncId: 'run_1' });
    await service.finished('run_1');
    expect((await service.progress('run_1'))?.perTarget).toMatchObject({
      quickbooks: { created: 75, failed: 0 },
      supabase: { failed: 75 },
    });
    const failures = await service.events(TOPICS.events.name, 'FailureRecorded');
    expect(failures.every(({ facts }) => facts.target === 'supabase' && facts.state === 'retrying')).toBe(true);

    service.rows.isDown = false;
    await service.request({ syncId: 'run_2' });
    await service.finished('run_2');
    expect((await service.progress('run_2'))?.perTarget.quickbooks).toMatchObject({ unchanged: 75 });
  });

  it('a run reads on past what a silent target in trouble still has, and looks for missed records without it', async () => {
    shop.add(...orders(3));
    await service.request({ syncId: 'run_1' });
    await service.finished('run_1');
    shop.add(rawOrder(1, { customer_note: 'x' }), rawOrder(2, { customer_note: 'x' }));
    shop.orders.delete(3);
    service.rows.isDown = true;
    await service.request({ syncId: 'run_2', ids: ['1'] });
    await service.finished('run_2');
    await service.rows.stop();
    shop.add(...orders(60, 10));
    await service.request({ syncId: 'run_3' });
    await eventually(async () => (await service.run('run_3'))?.scan.open === false);
    expect(shop.asked).toContain('woo:3');
    await eventually(() => Promise.resolve(service.writer.documents.size === 63));
  });

  it('a row follows an order into the trash and out of the shop', async () => {
    shop.add(...orders(2));
    await service.request({ syncId: 'run_1' });
    await service.finished('run_1');
    shop.add(rawOrder(1, { status: 'trash' }));
    shop.orders.delete(2);
    await service.request({ syncId: 'run_2' });
    await service.finished('run_2');
    expect([...service.rows.rows].map(([key, { deleted }]) => [key, deleted])).toEqual([
      ['orders:woo:1', true],
      ['orders:woo:2', true],
    ]);
    expect((await service.progress('run_2'))?.perTarget).toMatchObject({
      quickbooks: { held: 2 },
      supabase: { updated: 2 },
    });
  });
});

describe('customers and products of a generated shop', () => {
  let shop: WooSandbox;
  beforeEach(async () => {
    shop = await WooSandbox.start({ clock, shop: generateShop({ seed: 7, orders: 60, planted: {} }) });
    const http = createHttpClient({ clock, allowPrivateTargets: true });
    cleanups.push(
      () => shop.close(),
      () => http.close(),
    );
    const { consumerKey: key, consumerSecret: secret } = SANDBOX_READ_KEY;
    await open(wooSource({ http, clock, ids: new SystemIds(clock) }), { storeUrl: shop.url, key, secret });
  });

  it.each(['customers', 'products'] as const)(
    '%s reach both targets, the mirror as the shop serves them',
    async (entity) => {
      await service.request({ syncId: 'run_1', entity, filters: {} });
      await service.finished('run_1');
      const raws =
        entity === 'customers'
          ? shop.rawCustomers().filter(({ role }) => role === 'customer')
          : [...shop.rawProducts(), ...shop.rawVariations().map(({ raw }) => raw)];
      const live = raws.filter(({ status }) => status !== 'trash');
      const progress = await service.progress('run_1');
      expect(progress?.perTarget).toMatchObject({
        quickbooks: { created: live.filter(({ status }) => status !== 'draft').length },
        supabase: { created: live.length },
      });
      for (const raw of live) expect(service.rows.rows.get(`${entity}:woo:${String(raw.id)}`)?.raw).toEqual(raw);

      await service.request({ syncId: 'run_2', entity, mode: 'incremental' });
      await service.finished('run_2');
      expect((await service.progress('run_2'))?.counts).toMatchObject({ created: 0, updated: 0, failed: 0, held: 0 });
      expect(await service.everyStateIsItsFold()).toBe(true);
    },
  );

  it('an order held because of a customer goes on when a retry of the cause succeeds', async () => {
    const customer = shop.rawCustomers().find(({ role }) => role === 'customer');
    const cause = { entity: 'customers', sourceId: `woo:${String(customer?.id)}` } as const;
    const order = shop.orders().find(({ status }) => status === 'completed');
    const sourceId = `woo:${order?.id}`;
    const held = { outcome: 'held', problem: { ...problemOf('customer_ambiguous'), cause } } as const;
    service.writer.refusals.set(sourceId, held);
    await service.request({ syncId: 'run_1', ids: [sourceId] });
    await service.finished('run_1');
    const failures = await service.events(TOPICS.events.name, 'FailureRecorded');
    const own = failures.find(({ facts }) => facts.entity === 'customers')?.facts;
    expect(failures.find(({ facts }) => facts.entity === 'orders')?.facts.causedBy).toBe(own?.failureId);

    service.writer.refusals.clear();
    const refs = [{ ...cause, target: 'quickbooks', failureId: own?.failureId ?? '' } as const];
    await service.request({ syncId: 'run_2', entity: null, refs });
    await eventually(async () => {
      const resolved = await service.events(TOPICS.events.name, 'FailureResolved');
      return resolved.some(({ facts }) => facts.sourceId === sourceId && facts.entity === 'orders');
    });
    expect(service.writer.documents.has(sourceId)).toBe(true);
  });
});
