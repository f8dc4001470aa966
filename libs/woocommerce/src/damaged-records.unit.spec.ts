import { ManualClock } from '@tillstream/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FakeOrder, FakeShop } from '../test/fake-shop.js';
import { createOrderReader, type ReadPlan, type ReadRecord } from './index.js';

const FULL: ReadPlan = { ids: null, modifiedAfter: null, filters: {} };
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

async function readAll(shop: FakeShop, plan: ReadPlan = FULL, largestPage = 100) {
  const reader = createOrderReader({ client: shop.client(), clock: new ManualClock(0), largestPage });
  const records: ReadRecord[] = [];
  let remoteCalls = 0;
  for (let position: unknown = null; ; ) {
    const page = await reader.readPage(position, plan);
    records.push(...page.records);
    remoteCalls += page.remoteCalls;
    if (page.next === null) return { records, remoteCalls, cursor: page.cursor };
    position = JSON.parse(JSON.stringify(page.next));
  }
}

function split(records: readonly ReadRecord[]) {
  const good = records.filter(({ damage }) => damage === undefined).map(({ sourceId }) => Number(sourceId.slice(4)));
  const damaged = records.filter(({ damage }) => damage !== undefined);
  return { good, damaged: Object.fromEntries(damaged.map(({ sourceId, damage }) => [sourceId, damage?.code])) };
}

function nested(depth: number): unknown {
  let value: unknown = 'x';
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

const UNREADABLE = 'source_unreadable';
const SORTS: readonly (readonly [string, Partial<FakeOrder>, string, string])[] = [
  ['kills PHP wherever it is listed', { dies: { status: 500 } }, 'woo:5', UNREADABLE],
  ['kills PHP unless only ids are asked for', { dies: { status: 500, only: 'full' } }, 'woo:5', UNREADABLE],
  ['comes as null', { shown: null }, 'woo:5', UNREADABLE],
  ['comes as text', { shown: 'Fatal error' }, 'woo:5', UNREADABLE],
  ['has a text for its id', { shown: { id: 'abc/1' } }, 'woo:abc-1', UNREADABLE],
  ['is too large', { dies: { reason: 'too_large', only: 'full' } }, 'woo:5', 'source_too_large'],
  ['ends early', { dies: { reason: 'truncated' } }, 'woo:5', UNREADABLE],
  ['is no JSON', { dies: { reason: 'not_json' } }, 'woo:5', UNREADABLE],
  ['never comes', { dies: { reason: 'deadline' } }, 'woo:5', UNREADABLE],
  ['is nested 20,000 deep', { shown: { meta_data: nested(20_000) } }, 'woo:5', UNREADABLE],
  ['has refunds without end', { refunds: 5_000_000 }, 'woo:5', 'source_too_large'],
];

describe('one record that the shop cannot serve (D9)', () => {
  it.each(SORTS)('that %s is named, and everything else is read', async (_what, sort, sourceId, code) => {
    for (const [count, at] of [
      [10, 5],
      [250, 5],
      [5, 5],
    ] as const) {
      const shop = FakeShop.of(count);
      shop.orders[at - 1] = { id: at, ...sort };
      const { records, cursor } = await readAll(shop);
      const { good, damaged } = split(records);
      expect(good).toEqual(range(1, count).filter((id) => id !== at));
      expect(damaged).toEqual({ [sourceId]: code });
      expect(cursor).not.toBeNull();
    }
  });

  it.each(SORTS)('that %s is named when it is asked for by its id', async (_what, sort, _id, code) => {
    const shop = FakeShop.of(10);
    shop.orders[4] = { id: 5, ...sort };
    const { good, damaged } = split((await readAll(shop, { ...FULL, ids: ['4', '5', '6'] })).records);
    expect(good).toEqual([4, 6]);
    expect(damaged).toEqual({ 'woo:5': code });
  });

  it('is found when it is the newest change, the first, the last or the only one', async () => {
    for (const ids of [[1], [1, 2], range(1, 7)]) {
      for (const dead of [ids[0], ids.at(-1)]) {
        const shop = new FakeShop(
          ids.map((id) => (id === dead ? { id, dies: { status: 500 }, modified: '2026-02-01T00:00:00' } : { id })),
        );
        const { good, damaged } = split((await readAll(shop)).records);
        expect(good).toEqual(ids.filter((id) => id !== dead));
        expect(Object.keys(damaged)).toEqual([`woo:${dead}`]);
      }
    }
  });

  it('is told by its place when its id is out of reach', async () => {
    const shop = new FakeShop([{ id: 1 }, { id: 5_000, dies: { status: 500 } }, { id: 9_000 }]);
    const { good, damaged } = split((await readAll(shop)).records);
    expect([good, damaged]).toEqual([[1, 9_000], { 'woo:after-1': UNREADABLE }]);
  });

  it('costs few calls beside those that read the shop', async () => {
    const calm = (await readAll(FakeShop.of(1_000))).remoteCalls;
    const shop = FakeShop.of(1_000);
    shop.orders[499] = { id: 500, dies: { status: 500 } };
    expect((await readAll(shop)).remoteCalls - calm).toBeLessThan(40);
  });

  it('is no excuse for a shop that is down: that is trouble of the shop', async () => {
    const shop = FakeShop.of(10);
    shop.isDown = true;
    await expect(readAll(shop)).rejects.toMatchObject({ code: 'source_unavailable' });
    await expect(readAll(shop, { ...FULL, ids: ['3'] })).rejects.toMatchObject({ code: 'source_unavailable' });
  });

  it('loses nothing and invents nothing, whatever is damaged where and whatever the size of a page', async () => {
    const sort = fc.integer({ min: 0, max: SORTS.length - 1 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 59 }), sort), { maxLength: 8 }),
        fc.integer({ min: 2, max: 30 }),
        async (count, damages, largestPage) => {
          const shop = FakeShop.of(count);
          const dead = new Set<number>();
          for (const [index, which] of damages) {
            if (index >= count) continue;
            shop.orders[index] = { id: index + 1, ...SORTS[which]?.[1] };
            dead.add(index + 1);
          }
          const { good, damaged } = split((await readAll(shop, FULL, largestPage)).records);
          expect(good).toEqual(range(1, count).filter((id) => !dead.has(id)));
          expect(Object.keys(damaged).length).toBeGreaterThanOrEqual(Math.min(1, dead.size));
          expect(Object.keys(damaged).length).toBeLessThanOrEqual(dead.size);
        },
      ),
      { numRuns: 200 },
    );
  });
});
