import { CanonicalCustomer, CanonicalProduct, type RelatedRecords } from '@tillstream/contracts';
import { generateShop, type WooSandbox } from '@tillstream/sandbox';
import {
  createCustomerReader,
  createOrderReader,
  createProductReader,
  parseCustomer,
  parseProduct,
} from '@tillstream/woocommerce';
import { afterEach, describe, expect, it } from 'vitest';
import { FULL, readAll, shopClock as clock, WooShops } from './support/woo-shop.js';

/** Customers, products and refunds as the shop simulator serves them; it was built from the same facts by other hands. */
const shops = new WooShops();
afterEach(() => shops.close());

const sorted = (ids: Iterable<unknown>): string[] => [...ids].map(String).sort();
const wooIds = (raws: readonly { readonly id?: unknown }[]): string[] =>
  sorted(raws.map(({ id }) => `woo:${String(id)}`));
const buyers = (shop: WooSandbox) => shop.rawCustomers().filter(({ role }) => role === 'customer');
const isLive = ({ status }: { readonly status?: unknown }): boolean => status !== 'trash';
const generated = () => generateShop({ seed: 11, orders: 200, planted: {} });

describe('customers', () => {
  it('are read completely in every pass, each as the shop serves it, and every one parses', async () => {
    const shop = await shops.start({ shop: generated() });
    const client = shops.connect(shop);
    const { known, cursor } = await readAll(createCustomerReader({ client, clock, largestPage: 10 }), FULL);
    expect(sorted(known.keys())).toEqual(wooIds(buyers(shop)));
    for (const raw of buyers(shop)) expect(known.get(`woo:${String(raw.id)}`)).toEqual({ raw });
    for (const { raw } of known.values()) {
      const parsed = parseCustomer(raw);
      expect(parsed.ok && CanonicalCustomer.safeParse(parsed.customer).success).toBe(true);
    }
    const next = await readAll(createCustomerReader({ client, clock }), { ...FULL, modifiedAfter: cursor });
    expect(next.known.size).toBe(known.size);
  });

  it('are found by id, and one that was deleted is missing', async () => {
    const shop = await shops.start({ shop: generated() });
    const [first, second] = buyers(shop).map(({ id }) => Number(id));
    shop.mutate({ action: 'deleteCustomer', id: second ?? 0 });
    const reader = createCustomerReader({ client: shops.connect(shop), clock });
    const { known } = await readAll(reader, { ...FULL, ids: [`woo:${first}`, `woo:${second}`] });
    expect(known.get(`woo:${first}`)?.raw).toMatchObject({ id: first });
    expect(known.get(`woo:${second}`)).toEqual({});
  });
});

describe('products', () => {
  it('are read with their variations, each as the shop serves it, and every one parses', async () => {
    const shop = await shops.start({ shop: generated() });
    const { known } = await readAll(createProductReader({ client: shops.connect(shop), clock, largestPage: 7 }), FULL);
    const products = shop.rawProducts().filter(isLive);
    const variations = shop.rawVariations().filter(({ raw }) => isLive(raw));
    expect(variations.length).toBeGreaterThan(0);
    expect(sorted(known.keys())).toEqual(wooIds([...products, ...variations.map(({ raw }) => raw)]));
    for (const raw of products) expect(known.get(`woo:${String(raw.id)}`)?.raw).toEqual(raw);
    for (const { parentId, raw } of variations) {
      const seen = known.get(`woo:${String(raw.id)}`);
      expect(seen?.raw).toEqual(raw);
      expect(seen?.related).toMatchObject({ parent: { id: String(parentId) }, currency: shop.store.site.currency });
    }
    for (const { raw, related } of known.values()) {
      const parsed = parseProduct(raw, related as RelatedRecords);
      expect(parsed.ok && CanonicalProduct.safeParse(parsed.product).success).toBe(true);
    }
  });

  it('an edit of a variation is met by the next incremental pass, which reads little else', async () => {
    const shop = await shops.start({ shop: generated() });
    const client = shops.connect(shop);
    const { known } = await readAll(createProductReader({ client, clock }), FULL);
    const now = new Date(clock.now()).toISOString().slice(0, 19);
    const [variation] = shop.rawVariations();
    const id = Number(variation?.raw.id);
    shop.mutate({ action: 'editProduct', id, fields: { price: '77.00' } });
    const next = await readAll(createProductReader({ client, clock }), { ...FULL, modifiedAfter: now });
    expect(next.known.get(`woo:${id}`)?.raw).toMatchObject({ price: '77.00' });
    expect(next.known.size).toBeLessThan(known.size);
  });

  it('in the trash are seen by a full pass, and a variation looks the same whichever way it was asked for', async () => {
    const shop = await shops.start({ shop: generated() });
    const client = shops.connect(shop);
    const simple = shop.rawProducts().find(({ type }) => type === 'simple');
    shop.mutate({ action: 'trashProduct', id: Number(simple?.id) });
    const { known } = await readAll(createProductReader({ client, clock }), { ...FULL, trash: true });
    expect(known.get(`woo:${String(simple?.id)}`)?.raw).toMatchObject({ status: 'trash' });
    const ids = [...known.keys()];
    const asked = await readAll(createProductReader({ client, clock }), { ...FULL, ids: [...ids, 'woo:99999999'] });
    expect(asked.known.get('woo:99999999')).toEqual({});
    for (const id of ids) expect(asked.known.get(id)).toEqual(known.get(id));
  });
});

describe('refunds', () => {
  const refunded = (shop: WooSandbox): number[] =>
    shop
      .orders()
      .map(({ id }) => id)
      .filter((id) => shop.rawRefunds(id).length > 0);

  it('come with their order, all of them', async () => {
    const shop = await shops.start({ shop: generated() });
    const paid = shop.orders().filter(({ status }) => status === 'completed');
    for (const { id } of [...paid.slice(0, 7), ...paid.slice(0, 3)]) {
      shop.mutate({ action: 'addRefund', id, amount: '0.10' });
    }
    const { known } = await readAll(createOrderReader({ client: shops.connect(shop), clock, largestPage: 30 }), FULL);
    expect(refunded(shop)).toHaveLength(7);
    for (const id of refunded(shop)) expect(known.get(`woo:${id}`)?.related).toEqual({ refunds: shop.rawRefunds(id) });
    expect([...known.values()].filter(({ related }) => related !== undefined)).toHaveLength(refunded(shop).length);
  });

  it('of an order that did not move are met by the next incremental pass, of one that moved only once', async () => {
    const shop = await shops.start({ shop: generated() });
    const client = shops.connect(shop);
    const { cursor } = await readAll(createOrderReader({ client, clock }), FULL);
    const paid = shop.orders().filter(({ id, status }) => status === 'completed' && shop.rawRefunds(id).length === 0);
    const [still = 0, moved = 0] = paid.map(({ id }) => id);
    const before = shop.store.order(still)?.modifiedAt ?? 0;
    shop.mutate({ action: 'addRefund', id: still, amount: '1.00' });
    shop.mutate({ action: 'addRefund', id: moved, amount: '1.00' });
    const order = shop.store.order(still);
    if (order !== undefined) Object.assign(order, { modifiedAt: before });
    const reader = createOrderReader({ client, clock });
    const seen: string[] = [];
    const { known } = await readAll(
      {
        readPage: async (...args) => {
          const page = await reader.readPage(...args);
          seen.push(...page.records.map(({ sourceId }) => sourceId));
          return page;
        },
      },
      { ...FULL, modifiedAfter: cursor },
    );
    expect(known.get(`woo:${still}`)?.related).toEqual({ refunds: shop.rawRefunds(still) });
    expect(seen.filter((id) => id === `woo:${moved}`)).toHaveLength(1);
  });

  it('a shop without a list of all refunds is read all the same', async () => {
    const shop = await shops.start({ shop: generated() });
    const real = shops.connect(shop);
    const { cursor } = await readAll(createOrderReader({ client: real, clock }), FULL);
    shop.faults.add({ kind: 'html', status: 404, path: '/wc/v3/refunds', times: 1 });
    const { known } = await readAll(createOrderReader({ client: real, clock }), { ...FULL, modifiedAfter: cursor });
    expect(known.size).toBeGreaterThan(0);
  });
});
