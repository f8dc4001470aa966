import { afterEach, describe, expect, it } from 'vitest';
import { generateShop } from '../../generator/index.js';
import type { Mutation } from '../index.js';
import { NOON, type Shop, newOrder, request, startShop } from './helpers.js';

let shop: Shop;
afterEach(() => shop.sandbox.close());

const draft = newOrder().draft;
const LATER = '2026-01-05T12:01:00';

/** date_modified_gmt of order 1 a minute after it was made and this happened to it. */
async function modifiedAfter(mutation: Mutation, hpos: boolean): Promise<unknown> {
  shop = await startShop({ site: { hpos } });
  shop.sandbox.store.addOrder(newOrder({ id: 1 }));
  shop.clock.advance(60_000);
  shop.sandbox.mutate(mutation);
  return (await shop.get('/orders/1')).object['date_modified_gmt'];
}

describe('what moves date_modified', () => {
  const always: Mutation[] = [
    { action: 'setStatus', id: 1, status: 'completed' },
    { action: 'setNote', id: 1, note: 'hello' },
    { action: 'addRefund', id: 1, amount: '1.00' },
    { action: 'trash', id: 1 },
  ];
  const withOwnTables: Mutation[] = [
    { action: 'touch', id: 1 },
    { action: 'recalculate', id: 1, draft },
    { action: 'edit', id: 1, fields: { metaData: [{ id: 1, key: 'a', value: 'b' }] } },
  ];
  const never: Mutation[] = [{ action: 'editItemSilently', id: 1, lineIndex: 0, fields: { total: '9.00' } }];

  it.each(always)('$action moves it under both storages', async (mutation) => {
    expect(await modifiedAfter(mutation, true)).toBe(LATER);
    await shop.sandbox.close();
    expect(await modifiedAfter(mutation, false)).toBe(LATER);
  });

  it.each(withOwnTables)('$action moves it under HPOS only', async (mutation) => {
    expect(await modifiedAfter(mutation, true)).toBe(LATER);
    await shop.sandbox.close();
    expect(await modifiedAfter(mutation, false)).toBe('2026-01-05T12:00:00');
  });

  it.each(never)('$action moves nothing, yet changes the order', async (mutation) => {
    expect(await modifiedAfter(mutation, true)).toBe('2026-01-05T12:00:00');
    expect((await shop.get('/orders/1')).object).toMatchObject({ line_items: [{ total: '9.00' }], total: '10.00' });
  });

  it('deleting a refund is silent', async () => {
    shop = await startShop();
    shop.sandbox.store.addOrder(newOrder({ id: 1 }));
    const refundId = Number(shop.sandbox.mutate({ action: 'addRefund', id: 1, amount: '4.50', reason: 'damaged' }));
    expect((await shop.get('/orders/1')).object).toMatchObject({
      total: '10.00',
      refunds: [{ id: refundId, reason: 'damaged', total: '-4.50' }],
    });
    expect((await shop.get('/orders/1/refunds')).list).toMatchObject([{ id: refundId, amount: '4.50' }]);
    expect((await shop.get('/refunds')).list).toMatchObject([{ id: refundId, parent_id: 1 }]);
    shop.clock.advance(60_000);
    shop.sandbox.mutate({ action: 'deleteRefund', id: 1, refundId });
    expect((await shop.get('/orders/1')).object).toMatchObject({
      refunds: [],
      date_modified_gmt: '2026-01-05T12:00:00',
    });
    expect((await shop.get('/orders/999/refunds')).list).toEqual([]);
  });
});

describe('products', () => {
  it('shows the parent’s SKU on variations, and finds them by SKU though not in the list', async () => {
    const data = generateShop({ seed: 1, orders: 60 });
    shop = await startShop({ shop: data });
    const bare = data.products.find((product) => product.type === 'variation' && product.sku === '');
    const parent = data.products.find((product) => product.id === bare?.parentId);
    expect((await shop.get(`/products/${parent?.id}/variations/${bare?.id}`)).object).toMatchObject({
      sku: parent?.sku,
    });
    const plain = await shop.get('/products?per_page=100');
    expect(plain.list.filter((row) => row['type'] === 'variation')).toEqual([]);
    const found = await shop.ids(`/products?sku=${parent?.sku}&per_page=100`);
    expect(found).toEqual(expect.arrayContaining([bare?.id, parent?.id]));
  });

  it('keeps the line of a trashed product, empties that of a force-deleted one, moves neither order', async () => {
    const data = generateShop({ seed: 1, orders: 60 });
    shop = await startShop({ shop: data });
    const order = data.orders.find((each) => each.draft.lines.every((line) => line.productId !== 0));
    const line = order?.money.line_items[0];
    const productId = line?.product_id ?? 0;
    const path = `/orders/${order?.id}`;
    const before = (await shop.get(path)).object;
    shop.sandbox.mutate({ action: 'trashProduct', id: productId });
    expect((await shop.get(path)).object).toEqual(before);
    shop.sandbox.mutate({ action: 'forceDeleteProduct', id: productId });
    const after = (await shop.get(path)).object;
    expect(after).toMatchObject({ date_modified_gmt: before['date_modified_gmt'], total: before['total'] });
    expect(after['line_items']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: line?.id, product_id: 0, sku: null, image: { id: 0, src: '' } }),
      ]),
    );
    expect((await shop.get(`/products/${productId}`)).status).toBe(404);
  });
});

describe('faults and control', () => {
  it('answers as hosts do when they are told to fail, then recovers', async () => {
    shop = await startShop({
      faults: [
        { kind: 'html', status: 429, retryAfterSeconds: 7, nth: 1 },
        { kind: 'html', status: 503, nth: 2 },
        { kind: 'reset', nth: 3 },
        { kind: 'truncatedJson', nth: 4 },
        { kind: 'phpNotice', nth: 5 },
        { kind: 'empty', nth: 6 },
      ],
    });
    shop.sandbox.store.addOrder(newOrder({ id: 1 }));
    const limited = await shop.get('/orders');
    expect([limited.status, limited.headers.get('retry-after'), limited.text.slice(0, 6)]).toEqual([
      429,
      '7',
      '<html>',
    ]);
    const down = await shop.get('/orders');
    expect([down.status, down.headers.get('retry-after')]).toEqual([503, null]);
    await expect(shop.get('/orders')).rejects.toThrow('fetch failed');
    const cut = await shop.get('/orders');
    expect(cut.status).toBe(200);
    expect(() => JSON.parse(cut.text)).toThrow(SyntaxError);
    const noisy = await shop.get('/orders');
    expect(noisy.text).toMatch(/^<br \/>\n<b>Notice/);
    const empty = await shop.get('/orders');
    expect([empty.status, empty.text]).toEqual([200, '']);
    expect(await shop.ids('/orders')).toEqual([1]);
    expect(shop.sandbox.faults.fired).toHaveLength(6);
    expect(shop.sandbox.calls.map((call) => call.status)).toEqual([429, 503, 0, 200, 200, 200, 200]);
  });

  it('delays by its own clock', async () => {
    shop = await startShop({ faults: [{ kind: 'delay', ms: 61_000, path: '/orders/1$' }] });
    shop.sandbox.store.addOrder(newOrder({ id: 1 }));
    let done = false;
    const slow = shop.get('/orders/1').then((answer) => {
      done = true;
      return answer;
    });
    await shop.get('/orders');
    while (shop.clock.nextTimerAt() === undefined) await new Promise((resolve) => setImmediate(resolve));
    expect(done).toBe(false);
    expect(shop.clock.nextTimerAt()).toBe(NOON + 61_000);
    shop.clock.advance(61_000);
    expect((await slow).status).toBe(200);
  });

  it('fails with the same requests for the same seed', async () => {
    const pattern = async (seed: number) => {
      shop = await startShop({ seed, faults: [{ kind: 'html', status: 502, probability: 0.4 }] });
      const statuses: number[] = [];
      for (let i = 0; i < 20; i += 1) statuses.push((await shop.get('/orders')).status);
      await shop.sandbox.close();
      return statuses;
    };
    const first = await pattern(1);
    expect(await pattern(1)).toEqual(first);
    expect(new Set(first)).toEqual(new Set([200, 502]));
    expect(await pattern(2)).not.toEqual(first);
  });

  it('can be steered over HTTP as its own process', async () => {
    shop = await startShop();
    const control = (method: string, path: string, body?: unknown) =>
      request(`${shop.sandbox.url}/__sandbox/${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    expect((await control('POST', 'mutations', { action: 'add', order: newOrder({ id: 9 }) })).status).toBe(200);
    expect((await control('GET', 'orders')).list).toMatchObject([{ id: 9, total: '10.00', status: 'processing' }]);
    await control('POST', 'faults', { kind: 'html', status: 502, times: 1 });
    expect((await shop.get('/orders')).status).toBe(502);
    expect((await shop.get('/orders')).status).toBe(200);
    expect((await control('GET', 'calls')).object).toMatchObject({ writes: 0 });
    expect((await control('POST', 'mutations', { action: 'touch', id: 1234 })).status).toBe(400);
    expect((await control('POST', 'mutations', { action: 'explode' })).status).toBe(400);
  });

  it('has the routes a connection test reads', async () => {
    shop = await startShop({ shop: generateShop({ seed: 1, orders: 30, profile: 'global' }) });
    const value = (answer: { list: readonly Record<string, unknown>[] }, id: string) =>
      answer.list.find((row) => row['id'] === id)?.['value'];
    expect(value(await shop.get('/settings/general'), 'woocommerce_currency')).toBe('EUR');
    const tax = await shop.get('/settings/tax');
    expect(value(tax, 'woocommerce_prices_include_tax')).toBe('yes');
    expect(value(tax, 'woocommerce_tax_round_at_subtotal')).toBe('yes');
    expect((await shop.get('/data/currencies/current')).object).toMatchObject({ code: 'EUR' });
    expect((await shop.get('/taxes?per_page=100')).list).toContainEqual(
      expect.objectContaining({ id: 1, country: 'DE', rate: '19.0000', class: 'standard' }),
    );
    const known = await shop.get('/customers?email=CARLA.known@example.com');
    expect(known.list).toMatchObject([{ last_name: 'Known', role: 'customer' }]);
    expect((await shop.get('/customers/99999')).object).toMatchObject({ code: 'wc_user_invalid_id' });
    expect((await shop.get('/products/99999')).object).toMatchObject({ code: 'woocommerce_rest_product_invalid_id' });
    expect((await shop.get('/nothing')).object).toMatchObject({ code: 'rest_no_route' });
    expect((await shop.get('/orders/abc')).object).toMatchObject({ code: 'rest_no_route' });
  });
});
