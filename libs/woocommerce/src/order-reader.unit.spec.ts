import { ManualClock } from '@tillstream/kernel';
import { describe, expect, it } from 'vitest';
import { type FakeOrder, FakeShop } from '../test/fake-shop.js';
import { createOrderReader, type RecordPage, type RecordReaderOptions, type ReadPlan } from './index.js';

const NOW = Date.UTC(2026, 10, 23, 12);
const FULL: ReadPlan = { ids: null, modifiedAfter: null, filters: {} };

/** Reads to the end, every position through JSON as the run's state keeps it. */
async function readAll(shop: FakeShop, plan: ReadPlan = FULL, options: Partial<RecordReaderOptions> = {}) {
  const clock = new ManualClock(NOW);
  const reader = createOrderReader({ client: shop.client(), clock, ...options });
  const pages: RecordPage[] = [];
  for (let position: unknown = null; ; ) {
    const page = await reader.readPage(position, plan);
    pages.push(page);
    if (page.next === null) break;
    position = JSON.parse(JSON.stringify(page.next));
  }
  const records = pages.flatMap((page) => page.records);
  return {
    pages,
    records,
    ids: records.map(({ sourceId }) => Number(sourceId.slice(4))),
    cursor: pages.at(-1)?.cursor,
  };
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('a full pass', () => {
  it('reads every order once, by id, and counts its calls', async () => {
    const { ids, pages, records } = await readAll(FakeShop.of(250));
    expect(ids).toEqual(range(1, 250));
    expect(records[0]).toEqual({ sourceId: 'woo:1', raw: expect.objectContaining({ id: 1, status: 'processing' }) });
    expect(pages.map(({ remoteCalls }) => remoteCalls)).toEqual([2, 1, 1]);
    expect(pages[0]?.readBeganAt).toBe(NOW * 1000);
    expect(pages.slice(0, -1).every(({ cursor }) => cursor === null)).toBe(true);
  });

  it('reads an empty shop', async () => {
    const { ids, cursor } = await readAll(new FakeShop([]));
    expect(ids).toEqual([]);
    expect(cursor).toEqual({ modifiedAfter: '1970-01-01T00:00:00' });
  });

  it('loses nothing when read orders leave the list meanwhile', async () => {
    const shop = FakeShop.of(60);
    shop.afterCall = (call) => {
      if (call >= 2) shop.orders = shop.orders.filter(({ id }) => id > (call - 1) * 7 || id > 50);
    };
    const { ids } = await readAll(shop, FULL, { largestPage: 10 });
    expect(shop.orders.map(({ id }) => id).filter((id) => !ids.includes(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('drops drafts, whatever the version lists', async () => {
    const shop = new FakeShop([{ id: 1, status: 'checkout-draft' }, { id: 2 }, { id: 3, status: 'auto-draft' }]);
    expect((await readAll(shop)).ids).toEqual([2]);
  });

  it('takes the newest change before it began as cursor, so that what changes meanwhile is read by the next run', async () => {
    const shop = new FakeShop(range(1, 30).map((id) => ({ id, modified: `2026-11-0${(id % 9) + 1}T10:00:00` })));
    shop.afterCall = (call) => {
      const [first] = shop.orders;
      if (call === 2 && first) first.modified = '2026-11-20T10:00:00';
    };
    expect((await readAll(shop, FULL, { largestPage: 10 })).cursor).toEqual({ modifiedAfter: '2026-11-09T10:00:00' });
  });

  it('does not let a date in the future hide later changes', async () => {
    const shop = new FakeShop([{ id: 1, modified: '2031-01-01T00:00:00' }]);
    expect((await readAll(shop)).cursor).toEqual({ modifiedAfter: '2026-11-23T12:00:00' });
  });
});

describe('a full pass with the trash', () => {
  const plan: ReadPlan = { ...FULL, trash: true };

  it('reads the trash after everything else, each order once, and ends with the cursor', async () => {
    const shop = new FakeShop(range(1, 25).map((id) => (id % 4 === 0 ? { id, status: 'trash' } : { id })));
    const { ids, cursor, pages } = await readAll(shop, plan, { largestPage: 10 });
    expect(ids).toEqual([...range(1, 25).filter((id) => id % 4 !== 0), 4, 8, 12, 16, 20, 24]);
    expect(cursor).toEqual({ modifiedAfter: '2026-01-01T00:00:00' });
    expect(pages.slice(0, -1).every((page) => page.cursor === null)).toBe(true);
    expect((await readAll(shop)).ids).toHaveLength(19);
  });

  it('shows an order that is thrown away behind the scan', async () => {
    const shop = FakeShop.of(30);
    shop.afterCall = (call) => {
      if (call === 3) shop.orders = shop.orders.map((order) => (order.id === 2 ? { id: 2, status: 'trash' } : order));
    };
    const { records } = await readAll(shop, plan, { largestPage: 10 });
    expect(records.filter(({ sourceId }) => sourceId === 'woo:2').map(({ raw }) => raw)).toMatchObject([
      { status: 'processing' },
      { status: 'trash' },
    ]);
  });
});

describe('an incremental pass', () => {
  const plan: ReadPlan = { ...FULL, modifiedAfter: '2026-11-20T10:00:00' };

  it('reads from more than an hour before the cursor, as bare UTC', async () => {
    const shop = new FakeShop([
      { id: 1, modified: '2026-11-20T08:54:59' },
      { id: 2, modified: '2026-11-20T08:55:00' },
      { id: 3, modified: '2026-11-20T08:55:01' },
      { id: 4, modified: '2026-11-21T00:00:00' },
    ]);
    const { ids, cursor } = await readAll(shop, plan);
    expect(ids).toEqual([3, 4]);
    expect(cursor).toEqual({ modifiedAfter: '2026-11-21T00:00:00' });
    expect(shop.params[1]).toMatchObject({
      status: 'any',
      modified_after: '2026-11-20T08:55:00',
      dates_are_gmt: 'true',
      orderby: 'id',
      order: 'asc',
    });
  });

  it('reads more than a page of changes within one second', async () => {
    const shop = new FakeShop(range(1, 250).map((id) => ({ id, modified: '2026-11-21T00:00:00' })));
    expect((await readAll(shop, plan)).ids).toEqual(range(1, 250));
  });

  it('keeps its cursor when nothing is newer', async () => {
    const shop = new FakeShop([{ id: 1, modified: '2026-11-01T00:00:00' }]);
    expect(await readAll(shop, plan)).toMatchObject({ ids: [], cursor: { modifiedAfter: '2026-11-20T10:00:00' } });
  });
});

describe('filters', () => {
  const day = (id: number): FakeOrder => ({
    id,
    created: `2026-11-0${id}T00:00:00`,
    modified: `2026-11-0${id}T00:00:00`,
  });

  it.each([
    [{ createdAfter: '2026-11-03T00:00:00Z' }, [4, 5, 6]],
    [{ createdAfter: '2026-11-03T01:59:59+02:00' }, [3, 4, 5, 6]],
    [{ createdBefore: '2026-11-03T00:00:00Z' }, [1, 2]],
    [{ createdBefore: '2026-11-03T00:00:00.500Z' }, [1, 2, 3]],
    [{ modifiedAfter: '2026-11-04T00:00:00.000Z' }, [5, 6]],
    [{ createdAfter: '2026-11-01T12:00:00Z', createdBefore: '2026-11-04T12:00:00Z' }, [2, 3, 4]],
  ])('%j are exact to the second', async (filters, expected) => {
    expect((await readAll(new FakeShop(range(1, 6).map(day)), { ...FULL, filters })).ids).toEqual(expected);
  });

  it('asks the shop for chosen statuses only', async () => {
    const shop = new FakeShop([{ id: 1, status: 'on-hold' }, { id: 2, status: 'completed' }, { id: 3 }]);
    expect((await readAll(shop, { ...FULL, filters: { status: ['on-hold', 'completed'] } })).ids).toEqual([1, 2]);
  });
});

describe('a pass over ids', () => {
  it('finds orders of any status, trash included, and reports the missing ones', async () => {
    const shop = new FakeShop([
      { id: 1, status: 'pending' },
      { id: 2, status: 'trash' },
      { id: 3, status: 'checkout-draft' },
      { id: 4, status: 'archived' },
    ]);
    const { records, cursor } = await readAll(shop, { ...FULL, ids: ['1', 'woo:2', '2', '3', '4', '99', 'abc', '0'] });
    expect(records).toEqual([
      { sourceId: 'woo:1', raw: expect.objectContaining({ status: 'pending' }) },
      { sourceId: 'woo:2', raw: expect.objectContaining({ status: 'trash' }) },
      { sourceId: 'woo:3' },
      { sourceId: 'woo:4', raw: expect.objectContaining({ status: 'archived' }) },
      { sourceId: 'woo:99' },
      { sourceId: 'woo:abc' },
      { sourceId: 'woo:0' },
    ]);
    expect(cursor).toBeNull();
  });

  it('asks in chunks and goes on from a stored position', async () => {
    const shop = FakeShop.of(250);
    const { ids, pages } = await readAll(shop, { ...FULL, ids: range(1, 250).map(String) });
    expect(ids).toEqual(range(1, 250));
    expect(pages).toHaveLength(3);
    expect(shop.params.every(({ include }) => String(include).split(',').length <= 100)).toBe(true);
  });

  it('makes no call for no ids', async () => {
    const { records, pages } = await readAll(FakeShop.of(3), { ...FULL, ids: [] });
    expect([records, pages[0]?.remoteCalls]).toEqual([[], 0]);
  });
});

describe('page size', () => {
  it.each([
    ['a scan', FULL],
    ['ids', { ...FULL, ids: range(1, 120).map(String) }],
  ])('shrinks when the shop cannot build large pages, and loses nothing: %s', async (_what, plan) => {
    const shop = FakeShop.of(120);
    shop.largestPossiblePage = 30;
    expect((await readAll(shop, plan)).ids).toEqual(range(1, 120));
  });

  it('grows back after a while', async () => {
    const shop = FakeShop.of(2_000);
    shop.largestPossiblePage = 60;
    shop.afterCall = (call) => {
      if (call === 6) shop.largestPossiblePage = 100;
    };
    const { ids } = await readAll(shop);
    expect(ids).toEqual(range(1, 2_000));
    expect(shop.params.at(-1)).toMatchObject({ per_page: 100 });
  });

  it('is the shop that fails when even the smallest page does', async () => {
    const shop = FakeShop.of(20);
    const reader = createOrderReader({ client: shop.client(), clock: new ManualClock(NOW) });
    shop.largestPossiblePage = 0;
    await expect(reader.readPage(null, FULL)).rejects.toMatchObject({ code: 'source_unavailable' });
  });
});

it('refuses a position that is not its own', async () => {
  const reader = createOrderReader({ client: FakeShop.of(1).client(), clock: new ManualClock(NOW) });
  await expect(reader.readPage({ kind: 'page', page: 3 }, FULL)).rejects.toMatchObject({ code: 'position_unreadable' });
});
