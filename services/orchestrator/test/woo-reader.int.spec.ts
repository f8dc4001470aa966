import { CanonicalOrder } from '@tillstream/contracts';
import { generateShop, SANDBOX_READ_KEY, type WooSandbox } from '@tillstream/sandbox';
import {
  countOrdersPerYear,
  createOrderReader,
  describeShop,
  orderContentHash,
  parseOrder,
  type ReadPlan,
  type WooClient,
} from '@tillstream/woocommerce';
import { afterEach, describe, expect, it } from 'vitest';
import { type ConnectOptions, FULL, readAll, shopClock, WooShops } from './support/woo-shop.js';

/** The reader against the shop simulator, which was built from the same facts by other hands. */
const clock = shopClock;
const SECOND_MS = 1_000;

const shops = new WooShops();
afterEach(() => shops.close());
const startShop = (options: Parameters<WooShops['start']>[0]) => shops.start(options);
const connect = (shop: WooSandbox, options: ConnectOptions = {}) => shops.connect(shop, options);

/** One pass over the orders, as the raw records that were seen last. */
async function pass(client: WooClient, plan: ReadPlan, known = new Map<string, unknown>(), largestPage = 100) {
  const { known: seen, cursor } = await readAll(createOrderReader({ client, clock, largestPage }), plan);
  for (const [id, { raw }] of seen) known.set(id, raw);
  return { known, cursor };
}

const idsOf = (known: ReadonlyMap<string, unknown>): number[] =>
  [...known.keys()].map((id) => Number(id.slice('woo:'.length))).sort((a, b) => a - b);

/** What a scan can see of a shop: everything but the trash and drafts. */
const visibleIds = (shop: WooSandbox): number[] =>
  [...shop.store.orders.values()]
    .filter(({ status }) => !['trash', 'checkout-draft', 'auto-draft'].includes(status))
    .map(({ id }) => id)
    .sort((a, b) => a - b);

describe('a full pass', () => {
  it("reads every order of a generated shop, every one parses, and the money is the shop's own", async () => {
    const shop = await startShop({ shop: generateShop({ seed: 11, orders: 400, planted: {} }) });
    const { known } = await pass(connect(shop), FULL);
    expect(idsOf(known)).toEqual(visibleIds(shop));
    const truths = new Map(shop.orders().map((truth) => [truth.id, truth]));
    for (const raw of known.values()) {
      const parsed = parseOrder(raw);
      if (!parsed.ok) throw new Error(`${parsed.id}: ${parsed.message}`);
      const order = CanonicalOrder.parse(parsed.order);
      const truth = truths.get(Number(order.id));
      expect(order).toMatchObject({ number: truth?.number, status: truth?.status, currency: truth?.currency });
      expect([order.createdDate, order.paidDate]).toEqual([
        truth?.dateCreated.slice(0, 10),
        truth?.datePaid?.slice(0, 10) ?? null,
      ]);
      expect(order.totalMinor).toBe(Math.round(Number(truth?.total) * 10 ** (order.currency === 'JPY' ? 0 : 2)));
      expect(order.lines).toHaveLength(truth?.lineCount ?? -1);
    }
    expect(shop.writes()).toBe(0);
  });

  it.each([
    ['America/New_York', true],
    ['America/New_York', false],
    ['Europe/Berlin', true],
    ['Asia/Kolkata', false],
  ])('and incremental ones after it miss nothing while the shop lives on: %s, HPOS %s', async (zone, hpos) => {
    const shop = await startShop({ shop: generateShop({ seed: 5, orders: 150, site: { zone, hpos } }) });
    let quiet = false;
    let turn = 0;
    const live = (): void => {
      turn += 1;
      const pick = (step: number): number => {
        const ids = visibleIds(shop);
        return ids[(turn * step) % ids.length] ?? 0;
      };
      shop.mutate({ action: 'trash', id: pick(7) });
      if (turn % 3 === 0) shop.mutate({ action: 'forceDelete', id: pick(3) });
      shop.mutate({ action: 'setNote', id: pick(31), note: `turn ${turn}` });
      shop.mutate({ action: 'setStatus', id: pick(53), status: 'on-hold' });
      const like = shop.store.order(pick(11));
      if (like)
        shop.mutate({ action: 'add', order: { status: 'processing', billing: like.billing, draft: like.draft } });
    };
    const client = connect(shop, { afterCall: () => void (quiet || live()) });
    const atStart = visibleIds(shop);

    const { known, cursor } = await pass(client, FULL, new Map(), 12);
    const throughout = atStart.filter((id) => visibleIds(shop).includes(id));
    expect(throughout.filter((id) => !known.has(`woo:${id}`))).toEqual([]);

    const second = await pass(client, { ...FULL, modifiedAfter: cursor }, known, 12);
    quiet = true;
    const third = await pass(client, { ...FULL, modifiedAfter: second.cursor }, known, 12);
    const truth = await pass(client, FULL);
    const stale = idsOf(truth.known).filter((id) => {
      const [seen, now] = [known.get(`woo:${id}`), truth.known.get(`woo:${id}`)];
      return seen === undefined || orderContentHash(seen) !== orderContentHash(now);
    });
    expect(stale).toEqual([]);
    expect(third.cursor >= second.cursor && second.cursor >= cursor).toBe(true);
    expect(turn).toBeGreaterThan(20);
  });

  it('gets through everything hosts do to it, and past pages that are too large', async () => {
    const generated = generateShop({ seed: 3, orders: 120 });
    const shop = await startShop({ shop: generated });
    const kinds = ['reset', 'truncatedJson', 'phpNotice', 'empty'] as const;
    kinds.forEach((kind, index) => shop.faults.add({ kind, path: '/orders', every: 7 + index }));
    [429, 502, 503].forEach((status, index) => {
      shop.faults.add({ kind: 'html', path: '/orders', status, retryAfterSeconds: 0, every: 5 + index });
    });
    shop.faults.add({ kind: 'delay', ms: 30_000, path: 'per_page=(100|50)&?' });
    const { known } = await pass(connect(shop, { deadlineMs: 250 }), FULL);
    expect(idsOf(known)).toEqual(visibleIds(shop));
    expect(new Set(shop.faults.fired.map(({ kind }) => kind)).size).toBe(6);
  });
});

describe('an incremental pass', () => {
  it('reads bursts of more than a page within one second', async () => {
    const generated = generateShop({ seed: 9, orders: 260 });
    const at = Date.UTC(2025, 10, 20, 10);
    for (const order of generated.orders) order.modifiedAt = at;
    const shop = await startShop({ shop: generated });
    const { known } = await pass(connect(shop), { ...FULL, modifiedAfter: '2025-11-20T10:00:00' });
    expect(idsOf(known)).toEqual(visibleIds(shop));
  });

  it.each([
    ['America/New_York', true, Date.UTC(2025, 2, 9, 0)],
    ['America/New_York', false, Date.UTC(2025, 2, 9, 0)],
    ['America/New_York', true, Date.UTC(2025, 10, 2, 2)],
    ['America/New_York', false, Date.UTC(2025, 10, 2, 2)],
    ['Europe/Berlin', true, Date.UTC(2025, 2, 30, 0)],
    ['Europe/Berlin', false, Date.UTC(2025, 9, 25, 22)],
    ['Australia/Lord_Howe', false, Date.UTC(2025, 3, 5, 12)],
  ])('reads every change after any cursor around a clock change: %s, HPOS %s, from %i', async (zone, hpos, from) => {
    const generated = generateShop({ seed: 21, orders: 72, site: { zone, hpos } });
    generated.orders.forEach((order, index) => {
      order.modifiedAt = from + index * 5 * 60 * SECOND_MS;
    });
    const shop = await startShop({ shop: generated });
    const client = connect(shop);
    for (let step = 0; step < 12; step += 1) {
      const cursorMs = from + step * 30 * 60 * SECOND_MS;
      const modifiedAfter = new Date(cursorMs).toISOString().slice(0, 19);
      const { known } = await pass(client, { ...FULL, modifiedAfter }, new Map(), 20);
      const later = visibleIds(shop).filter((id) => (shop.store.order(id)?.modifiedAt ?? 0) > cursorMs);
      expect(later.filter((id) => !known.has(`woo:${id}`))).toEqual([]);
    }
  });
});

describe('a full pass with the trash', () => {
  it.each([true, false])('shows what was thrown away before and behind it, HPOS %s', async (hpos) => {
    const shop = await startShop({ shop: generateShop({ seed: 12, orders: 80, site: { hpos } }) });
    const [first = 0, second = 0] = visibleIds(shop);
    shop.mutate({ action: 'trash', id: second });
    const client = connect(shop, {
      afterCall: (call) => {
        if (call === 3) shop.mutate({ action: 'trash', id: first });
      },
    });
    const { known, cursor } = await pass(client, { ...FULL, trash: true }, new Map(), 20);
    expect(known.get(`woo:${first}`)).toMatchObject({ status: 'trash' });
    expect(known.get(`woo:${second}`)).toMatchObject({ status: 'trash' });
    expect(visibleIds(shop).filter((id) => !known.has(`woo:${id}`))).toEqual([]);
    expect(cursor).not.toBe('');
  });
});

describe('a pass over ids', () => {
  it('sees the trash and says what is not there', async () => {
    const shop = await startShop({ shop: generateShop({ seed: 2, orders: 30 }) });
    const [first = 0, second = 0, third = 0] = visibleIds(shop);
    shop.mutate({ action: 'trash', id: second });
    shop.mutate({ action: 'forceDelete', id: third });
    const { known } = await pass(connect(shop), { ...FULL, ids: [first, second, third].map(String) });
    expect(known.get(`woo:${first}`)).toMatchObject({ id: first });
    expect(known.get(`woo:${second}`)).toMatchObject({ id: second, status: 'trash' });
    expect([known.has(`woo:${third}`), known.get(`woo:${third}`)]).toEqual([true, undefined]);
  });
});

describe('countOrdersPerYear', () => {
  it.each([true, false])("counts by the shop's own calendar, HPOS %s", async (hpos) => {
    const generated = generateShop({ seed: 4, orders: 40, site: { hpos, zone: 'America/New_York' } });
    // The last second of 2024 and the first of 2025 in New York, and a year without orders.
    const moments = [Date.UTC(2025, 0, 1, 4, 59, 59), Date.UTC(2025, 0, 1, 5), Date.UTC(2022, 5, 1)];
    generated.orders.forEach((order, index) => {
      order.createdAt = moments[index % moments.length] ?? 0;
    });
    const shop = await startShop({ shop: generated });
    const expected: Record<string, number> = {};
    for (const truth of shop.orders().filter(({ status }) => status === 'completed')) {
      const year = truth.dateCreated.slice(0, 4);
      expected[year] = (expected[year] ?? 0) + 1;
    }
    expect(Object.keys(expected)).toEqual(expect.arrayContaining(['2022', '2024', '2025']));
    await expect(countOrdersPerYear(connect(shop), ['completed'])).resolves.toEqual(expected);
    await expect(countOrdersPerYear(connect(shop), ['trash'])).resolves.toEqual({});
  });

  it('does not guess where the shop does not say how many there are', async () => {
    const shop = await startShop({ shop: generateShop({ seed: 4, orders: 40 }) });
    const client = connect(shop);
    const withoutTotals: WooClient = {
      storeUrl: client.storeUrl,
      calls: 0,
      get: (path, call) => client.get(path, call),
      list: async (path, call) => ({ ...(await client.list(path, call)), total: null }),
    };
    const counted = countOrdersPerYear(withoutTotals, ['completed']);
    await expect(counted).rejects.toMatchObject({ code: 'source_unavailable' });
  });
});

describe('describeShop', () => {
  const failed = (report: Awaited<ReturnType<typeof describeShop>>) =>
    report.checks.filter(({ ok, name }) => !ok && name !== 'https').map(({ name }) => name);

  it('tells what a shop is like', async () => {
    const site = {
      zone: 'Europe/Berlin',
      currency: 'EUR',
      pricesIncludeTax: true,
      roundAtSubtotal: true,
      hpos: false,
      reportedZone: 'UTC',
    };
    const shop = await startShop({ shop: generateShop({ seed: 1, orders: 5, site }) });
    const report = await describeShop(connect(shop));
    expect(report.shop).toEqual({
      version: '10.0.2',
      hpos: false,
      currency: 'EUR',
      decimals: 2,
      timeZone: 'Europe/Berlin',
      pricesIncludeTax: true,
      roundAtSubtotal: true,
    });
    expect(report.checks.map(({ name }) => name)).toEqual([
      'reachable',
      'https',
      'auth',
      'permission',
      'orders',
      'system_status',
    ]);
    expect(failed(report)).toEqual([]);
    expect(shop.writes()).toBe(0);
  });

  it.each([
    [
      'an unknown key',
      { consumerKey: 'ck_nobody', consumerSecret: 'cs_nobody' },
      ['auth', 'permission', 'orders'],
      /key/,
    ],
    [
      'a wrong secret',
      { ...SANDBOX_READ_KEY, consumerSecret: 'cs_wrong' },
      ['auth', 'permission', 'orders'],
      /signature/,
    ],
    [
      'a key that may only write',
      { consumerKey: 'ck_w', consumerSecret: 'cs_w' },
      ['permission', 'orders'],
      /permission Read/,
    ],
  ])('says what to fix for %s', async (_what, key, names, words) => {
    const shop = await startShop({
      shop: generateShop({ seed: 1, orders: 5 }),
      keys: [SANDBOX_READ_KEY, { consumerKey: 'ck_w', consumerSecret: 'cs_w', permission: 'write' }],
    });
    const report = await describeShop(connect(shop, { key }));
    expect(failed(report)).toEqual(names);
    expect(report.checks.find(({ ok, name }) => !ok && name !== 'https')?.detail).toMatch(words);
    expect(JSON.stringify(report)).not.toContain(key.consumerSecret);
  });

  it('says so when nobody answers', async () => {
    const shop = await startShop({ shop: generateShop({ seed: 1, orders: 5 }) });
    const client = connect(shop);
    await shop.close();
    const report = await describeShop(client);
    expect(failed(report)).toEqual(['reachable', 'auth', 'permission', 'orders']);
    expect(report.checks[0]?.detail).toMatch(/not reachable/);
  });
});
