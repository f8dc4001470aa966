import { TOPICS } from '@tillstream/contracts';
import { asError } from '@tillstream/kernel';
import { eventually } from '@tillstream/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { problemOf } from '../src/domain/record/facts.js';
import { FakeShop, shopIsDown } from './support/fake-source.js';
import { Harness } from './support/harness.js';
import { rawOrder } from './support/raw-order.js';

let shop: FakeShop;
let service: Harness;

beforeEach(async () => {
  shop = new FakeShop();
  service = new Harness(shop.open, { limits: { unsettledPerRun: 20 } });
  await service.connect();
  await service.settings();
  await service.start();
});
afterEach(() => service.close());

const orders = (count: number, first = 1) => Array.from({ length: count }, (_, index) => rawOrder(first + index));

describe('a full run', () => {
  it('brings every order to QuickBooks; a second one writes nothing and says unchanged', async () => {
    shop.add(...orders(55));
    await service.request({ syncId: 'run_1' });
    await service.finished('run_1');
    expect(await service.progress('run_1')).toMatchObject({
      status: 'completed',
      counts: { discovered: 55, created: 55, pending: 0 },
      perTarget: { quickbooks: { discovered: 55, created: 55 } },
      remoteCalls: { woocommerce: 6, quickbooks: 110 },
      cursor: { from: null, to: '2026-01-02T17:15:06' },
    });
    expect(service.writer.documents.size).toBe(55);

    await service.request({ syncId: 'run_2' });
    await service.finished('run_2');
    expect((await service.progress('run_2'))?.counts).toMatchObject({ discovered: 55, unchanged: 55 });
    expect(service.writer.works).toHaveLength(55);
  });

  it('leaves states that are the fold of their events', async () => {
    shop.add(...orders(25), rawOrder(100, { total: 'abc' }), rawOrder(101, { status: 'on-hold' }));
    service.writer.refusals.set('woo:3', { outcome: 'held', problem: problemOf('tax_unmapped') });
    await service.request({ syncId: 'run_1' });
    await service.finished('run_1');
    expect(await service.everyStateIsItsFold()).toBe(true);
  });

  it('holds what cannot be read, leaves out what is not selected, and shows both kinds of problem', async () => {
    shop.add(...orders(5), rawOrder(100, { total: 'abc' }), rawOrder(101, { status: 'on-hold' }));
    service.writer.refusals.set('woo:3', { outcome: 'failed', problem: problemOf('quickbooks_rejected') });
    await service.request({ syncId: 'run_1' });
    await service.finished('run_1');
    const progress = await service.progress('run_1');
    expect(progress).toMatchObject({
      status: 'completed_with_errors',
      counts: { discovered: 6, created: 4, failed: 1, held: 1 },
    });
    expect(progress?.errors.map(({ entityId, code }) => [entityId, code]).sort()).toEqual([
      ['woo:100', 'source_invalid'],
      ['woo:3', 'quickbooks_rejected'],
    ]);
  });

  it('reads no further than its unsettled records allow', async () => {
    shop.add(...orders(100));
    service.writer.paused = true;
    await service.request({ syncId: 'run_1' });
    await eventually(() => service.writer.works.length === 20);
    expect(shop.pagesRead).toBe(2);
    await service.writer.flush();
    await service.finished('run_1');
    expect(service.writer.documents.size).toBe(100);
  });
});

describe('an order that is gone from the shop', () => {
  const failureOf = async (sourceId: string) => {
    const all = await service.events(TOPICS.events.name, 'FailureRecorded');
    return all.findLast(({ facts }) => facts.sourceId === sourceId)?.facts;
  };
  const countsOf = async (syncId: string, over: object = {}) => {
    await service.request({ syncId, ...over });
    await service.finished(syncId);
    return (await service.progress(syncId))?.counts;
  };
  beforeEach(async () => {
    shop.add(...orders(25));
    await countsOf('run_1');
  });

  it('is held when it was written, whether it lies in the trash or was deleted, and counts', async () => {
    shop.add(rawOrder(3, { status: 'trash' }), rawOrder(99, { status: 'trash' }));
    shop.orders.delete(7);
    expect(await countsOf('run_2')).toMatchObject({ discovered: 25, unchanged: 23, held: 2, pending: 0 });
    expect(await service.progress('run_2')).toMatchObject({
      status: 'completed_with_errors',
      cursor: { to: '2026-01-02T17:15:06' },
    });
    expect((await failureOf('woo:3'))?.problem).toMatchObject({
      code: 'order_cancelled',
      message: expect.stringContaining('moved to the trash'),
    });
    expect((await failureOf('woo:7'))?.problem).toMatchObject({
      code: 'order_cancelled',
      message: expect.stringContaining('deleted'),
    });
    expect(shop.asked).toEqual(['woo:7']);
    expect(await countsOf('run_3')).toMatchObject({ discovered: 25, unchanged: 23, held: 2 });
    expect(service.writer.works).toHaveLength(25);
    expect(await service.everyStateIsItsFold()).toBe(true);
  });

  it('is held no longer once it is back', async () => {
    const lost = rawOrder(7);
    shop.orders.delete(7);
    shop.add(rawOrder(3, { status: 'trash' }));
    await countsOf('run_2');
    shop.add(lost, rawOrder(3));
    expect(await countsOf('run_3')).toMatchObject({ discovered: 25, unchanged: 25, held: 0 });
    const resolved = await service.events(TOPICS.events.name, 'FailureResolved');
    expect(resolved.map(({ facts }) => facts.sourceId).sort()).toEqual(['woo:3', 'woo:7']);
  });

  it('is nobody’s business when it was never written, or when the run does not read everything', async () => {
    shop.add(rawOrder(50, { status: 'on-hold' }));
    expect(await countsOf('run_2')).toMatchObject({ discovered: 25 });
    shop.orders.delete(50);
    shop.orders.delete(7);
    expect(await countsOf('run_3', { mode: 'incremental' })).toMatchObject({ held: 0 });
    expect(await countsOf('run_4', { filters: { status: ['processing'] } })).toMatchObject({ discovered: 24, held: 0 });
    expect(shop.asked).toEqual([]);
    expect(await countsOf('run_5')).toMatchObject({ discovered: 25, held: 1 });
  });

  it('is only looked for among the documents of this company', async () => {
    shop.pageSize = 100;
    shop.add(...orders(120, 100));
    await countsOf('run_2');
    await service.connectCompany('999');
    for (const id of shop.orders.keys()) if (id >= 7) shop.orders.delete(id);
    expect(await countsOf('run_3')).toMatchObject({ discovered: 6, created: 0, updated: 0, held: 0 });
    expect(shop.asked).toEqual([]);
  });

  it('is found however many there are, a hundred at a time, also after a restart in between', async () => {
    shop.add(...orders(230, 100));
    shop.pageSize = 100;
    await countsOf('run_2');
    for (const id of shop.orders.keys()) if (id !== 25) shop.orders.delete(id);
    await service.request({ syncId: 'run_3' });
    await eventually(() => shop.asked.length >= 100);
    await service.restart();
    await service.finished('run_3');
    expect((await service.progress('run_3'))?.counts).toMatchObject({ discovered: 255, unchanged: 1, held: 254 });
    expect(new Set(shop.asked).size).toBe(254);
  });

  it('that was only hidden from the lists is read as it is', async () => {
    shop.hidden.add(7);
    expect(await countsOf('run_2')).toMatchObject({ discovered: 25, unchanged: 25 });
    expect(shop.asked).toEqual(['woo:7']);
  });
});

describe('an incremental run', () => {
  it('reads from the cursor and picks up what changed', async () => {
    shop.add(...orders(15));
    await service.request({ syncId: 'run_1', mode: 'incremental' });
    await service.finished('run_1');
    shop.add(rawOrder(2, { total: '20.00', date_modified_gmt: '2026-01-03T00:00:00' }));
    await service.request({ syncId: 'run_2', mode: 'incremental' });
    await service.finished('run_2');
    expect(shop.plans).toEqual([{ modifiedAfter: null }, { modifiedAfter: '2026-01-02T17:15:06' }]);
    expect(await service.progress('run_2')).toMatchObject({
      counts: { discovered: 1, updated: 1 },
      cursor: { from: '2026-01-02T17:15:06', to: '2026-01-03T00:00:00' },
    });
  });

  it('starts from the beginning after the selection was widened', async () => {
    shop.add(...orders(3), rawOrder(9, { status: 'on-hold' }));
    await service.request({ syncId: 'run_1', mode: 'incremental' });
    await service.finished('run_1');
    await service.settings({ orders: { statuses: ['processing', 'on-hold'] } });
    await service.request({ syncId: 'run_2', mode: 'incremental' });
    await service.finished('run_2');
    expect((await service.progress('run_2'))?.counts).toMatchObject({ discovered: 4, created: 1, unchanged: 3 });
  });
});

describe('a run for ids', () => {
  it('skips what the shop does not have, takes no slot and moves no cursor', async () => {
    shop.add(...orders(3));
    await service.request({ syncId: 'run_1', ids: ['2', 'woo:3', '999', '2'] });
    await service.finished('run_1');
    expect(await service.progress('run_1')).toMatchObject({
      status: 'completed',
      counts: { discovered: 3, created: 2, skipped: 1 },
      cursor: { to: null },
    });
    const synced = await service.events(TOPICS.events.name, 'RecordSynced');
    expect(synced.find(({ facts }) => facts.sourceId === 'woo:999')?.facts.reason).toBe('source_not_found');
  });
});

describe('requests', () => {
  it('of two scanning runs at once one is refused and names the other', async () => {
    shop.add(...orders(30));
    await Promise.all([service.request({ syncId: 'run_1' }), service.request({ syncId: 'run_2' })]);
    const [refused] = await eventually(async () => {
      const all = await service.events(TOPICS.runs.name, 'RunRefused');
      return all.length > 0 ? all : undefined;
    });
    const other = refused?.facts.syncId === 'run_1' ? 'run_2' : 'run_1';
    expect(refused?.facts).toMatchObject({ code: 'sync_already_running', activeSyncId: other });
    await service.finished(other);
    await service.request({ syncId: 'run_3' });
    await service.finished('run_3');
  });

  it('without a start date are refused with the orders per year', async () => {
    await service.settings({ orders: { createdFrom: null } });
    await service.request({ syncId: 'run_1' });
    const [refused] = await eventually(async () => {
      const all = await service.events(TOPICS.runs.name, 'RunRefused');
      return all.length > 0 ? all : undefined;
    });
    expect(refused?.facts).toMatchObject({ code: 'start_date_missing', ordersPerYear: { '2025': 7, '2026': 3 } });
  });

  it('without a start date are refused in time, and say so, when the shop takes too long to count its orders', async () => {
    shop.countOrders = (_statuses, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(asError(signal.reason)));
      });
    await service.settings({ orders: { createdFrom: null } });
    await service.request({ syncId: 'run_1' });
    const [refused] = await eventually(async () => {
      const all = await service.events(TOPICS.runs.name, 'RunRefused');
      return all.length > 0 ? all : undefined;
    });
    expect(refused?.facts).toMatchObject({
      code: 'start_date_missing',
      ordersPerYear: null,
      message: expect.stringContaining('could not be counted in time'),
    });
  });
});

describe('cancel', () => {
  it('lets records in flight finish, reads nothing more and leaves the cursor', async () => {
    shop.add(...orders(100));
    service.writer.paused = true;
    await service.request({ syncId: 'run_1' });
    await eventually(() => service.writer.works.length === 20);
    await service.cancel('run_1');
    await eventually(async () => (await service.run('run_1'))?.cancelled);
    await service.writer.flush();
    await service.finished('run_1');
    expect(await service.progress('run_1')).toMatchObject({
      status: 'cancelled',
      counts: { discovered: 20, created: 20 },
      cursor: { to: null },
    });
    expect(service.writer.documents.size).toBe(20);
    await service.request({ syncId: 'run_2', mode: 'incremental' });
    await service.finished('run_2');
    expect(shop.plans.at(-1)).toEqual({ modifiedAfter: null });
    expect(service.writer.documents.size).toBe(100);
  });
});

describe('a cancelled run', () => {
  it('ends at once when nothing is in flight, however long the shop takes for its page', async () => {
    shop.add(...orders(30));
    let release = () => {};
    shop.beforePage = (page) =>
      page === 2
        ? new Promise<void>((resolve) => {
            release = resolve;
          })
        : undefined;
    await service.request({ syncId: 'run_1' });
    await eventually(() => shop.pagesRead === 2 && service.writer.documents.size === 10);
    await service.cancel('run_1');
    await service.finished('run_1');
    release();
    expect(await service.progress('run_1')).toMatchObject({
      status: 'cancelled',
      counts: { discovered: 10, created: 10, skipped: 0, pending: 0 },
    });
  });

  it('has a count for every record it found, those queued at the writer included', async () => {
    shop.add(...orders(60));
    service.writer.paused = true;
    await service.request({ syncId: 'run_1' });
    await eventually(() => service.writer.works.length >= 5);
    await service.cancel('run_1');
    await eventually(async () => (await service.run('run_1'))?.cancelled);
    await service.writer.flush();
    await service.finished('run_1');
    const progress = await service.progress('run_1');
    const { discovered = 0, created = 0, skipped = 0 } = progress?.counts ?? {};
    expect(progress).toMatchObject({ status: 'cancelled', counts: { pending: 0 } });
    expect(created + skipped).toBe(discovered);
    expect(created).toBe(service.writer.documents.size);
    expect(discovered).toBeLessThan(60);
  });
});

describe('a shop that fails', () => {
  it('for a while is read again from the same page', async () => {
    shop.add(...orders(30));
    shop.beforePage = (page) => {
      if (page === 2 || page === 3) throw shopIsDown();
    };
    await service.request({ syncId: 'run_1' });
    await service.finished('run_1');
    expect(await service.progress('run_1')).toMatchObject({
      status: 'completed',
      counts: { discovered: 30, created: 30 },
      remoteCalls: { woocommerce: 5 },
    });
  });

  it('for too long fails the run after what was found is settled, and keeps the cursor', async () => {
    await service.close();
    service = new Harness(shop.open, { limits: { sourcePatienceMs: 3000 } });
    await service.connect();
    await service.settings();
    await service.start();
    shop.add(...orders(30));
    shop.beforePage = (page) => {
      if (page > 1) throw shopIsDown();
    };
    await service.request({ syncId: 'run_1' });
    await service.finished('run_1');
    expect(await service.progress('run_1')).toMatchObject({
      status: 'failed',
      failure: { code: 'source_unavailable' },
      counts: { discovered: 10, created: 10 },
      cursor: { to: null },
    });
  });
});

describe('held records', () => {
  const hold = () => service.writer.refusals.set('woo:2', { outcome: 'held', problem: problemOf('tax_unmapped') });

  it('are looked at again after a change of settings', async () => {
    hold();
    shop.add(...orders(3));
    await service.request({ syncId: 'run_1' });
    await service.finished('run_1');
    service.writer.refusals.clear();
    await service.publish(TOPICS.config.name, 'demo', 'SettingsChanged', { version: 2 });
    const [resolved] = await eventually(async () => {
      const all = await service.events(TOPICS.events.name, 'FailureResolved');
      return all.length > 0 ? all : undefined;
    });
    expect(resolved?.facts.sourceId).toBe('woo:2');
    expect(service.writer.works.at(-1)).toMatchObject({ sourceId: 'woo:2', reason: 'recheck', lane: 'retry' });
    expect((await service.progress('run_1'))?.counts.held).toBe(1);
  });

  it('are retried by name, and no longer once discarded', async () => {
    hold();
    shop.add(...orders(3));
    await service.request({ syncId: 'run_1' });
    await service.finished('run_1');
    const failureId = (await service.progress('run_1'))?.errors[0]?.failureId ?? '';
    const ref = { entity: 'orders', sourceId: 'woo:2', target: 'quickbooks', failureId } as const;
    const retry = { entity: null, refs: [ref], trigger: { type: 'retry', id: null } } as const;
    await service.request({ syncId: 'run_2', ...retry, refs: [...retry.refs] });
    await service.finished('run_2');
    expect(await service.progress('run_2')).toMatchObject({ counts: { discovered: 1, held: 1 } });
    await service.publish(TOPICS.config.name, 'demo', 'FailureDiscardRequested', { ...ref, reason: 'by hand' });
    await eventually(async () => (await service.events(TOPICS.events.name, 'FailureDiscarded')).length === 1);
    await service.request({ syncId: 'run_3' });
    await service.finished('run_3');
    expect((await service.progress('run_3'))?.counts).toMatchObject({ unchanged: 2, skipped: 1, held: 0 });
  });
});

describe('several tenants', () => {
  it('do not wait for one whose shop hangs or is down', async () => {
    await service.close();
    const shops = new Map(['demo', 'slow', 'down'].map((tenantId) => [tenantId, new FakeShop()]));
    service = new Harness((connected) => (shops.get(connected.tenantId) ?? shop).open(connected));
    let release = () => {};
    const hanging = new Promise<void>((resolve) => {
      release = resolve;
    });
    for (const [tenantId, one] of shops) {
      one.add(...orders(25));
      await service.connect({ tenantId });
      await service.settings({}, tenantId);
    }
    const [slow, down] = [shops.get('slow') ?? shop, shops.get('down') ?? shop];
    slow.beforePage = () => hanging;
    down.beforePage = () => {
      throw shopIsDown();
    };
    await service.start();
    for (const tenantId of ['slow', 'down']) await service.request({ syncId: `run_${tenantId}` }, tenantId);
    await eventually(() => slow.pagesRead > 0 && down.pagesRead > 0);
    await service.request({ syncId: 'run_1' });
    await service.finished('run_1');
    expect((await service.progress('run_1'))?.counts).toMatchObject({ discovered: 25, created: 25 });
    release();
    await service.finished('run_slow');
    expect((await service.progress('run_slow'))?.counts).toMatchObject({ discovered: 25, pending: 0 });
  });
});

describe('health', () => {
  it('is well while consumers run and says what is not', async () => {
    expect(service.orchestrator.health()).toEqual({ ok: true, reasons: [] });
  });
});
