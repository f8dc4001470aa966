import { afterEach, describe, expect, it } from 'vitest';
import { generateShop } from '../../generator/index.js';
import { NOON, type Shop, newOrder, startShop } from './helpers.js';

let shop: Shop;
afterEach(() => shop.sandbox.close());

const MINUTE = 60_000;
const stamp = (at: number) => new Date(at).toISOString().slice(0, 19);
const ids = (rows: readonly Record<string, unknown>[]) => rows.map((row) => row['id']);

describe('customers', () => {
  async function withCustomers(): Promise<void> {
    shop = await startShop();
    const add = shop.sandbox.store;
    add.addCustomer({ id: 11, email: 'b@example.com', firstName: 'bob', lastName: 'Lee', createdAt: NOON - 2000 });
    add.addCustomer({ id: 12, email: 'a@example.com', firstName: 'Ann', lastName: 'Lee', createdAt: NOON - 1000 });
    add.addCustomer({ id: 13, email: 's@example.com', firstName: 'Sam', role: 'subscriber' });
  }

  it('lists accounts of role customer by name, and every role only when asked', async () => {
    await withCustomers();
    expect(await shop.ids('/customers')).toEqual([12, 11]);
    expect(await shop.ids('/customers?role=all&orderby=id&order=asc')).toEqual([11, 12, 13]);
    expect(await shop.ids('/customers?role=subscriber')).toEqual([13]);
    expect((await shop.get('/customers?role=boss')).object).toMatchObject({ code: 'rest_invalid_param' });
    expect((await shop.get('/customers/13')).object).toMatchObject({ id: 13, role: 'subscriber' });
  });

  it('sorts by registration and by the asked ids, pages with totals', async () => {
    await withCustomers();
    expect(await shop.ids('/customers?orderby=registered_date&order=desc')).toEqual([12, 11]);
    expect(await shop.ids('/customers?orderby=include&include=11,12')).toEqual([11, 12]);
    expect((await shop.get('/customers?orderby=modified')).object).toMatchObject({ code: 'rest_invalid_param' });
    const beyond = await shop.get('/customers?per_page=1&page=9');
    expect([beyond.list, beyond.headers.get('x-wp-total')]).toEqual([[], '2']);
  });

  it('ignores modified_after silently', async () => {
    await withCustomers();
    expect(await shop.ids('/customers?modified_after=2030-01-01T00:00:00&orderby=id&order=asc')).toEqual([11, 12]);
  });

  it('has no entry for a guest, and none of a deleted account', async () => {
    await withCustomers();
    shop.sandbox.store.addOrder(newOrder({ id: 500 }));
    expect((await shop.get('/customers?email=ann@example.com')).list).toEqual([]);
    shop.sandbox.mutate({ action: 'deleteCustomer', id: 11 });
    expect((await shop.get('/customers/11')).object).toMatchObject({
      code: 'wc_user_invalid_id',
      data: { status: 404 },
    });
  });

  it('moves date_modified by an edit, and by a paid order of the account', async () => {
    await withCustomers();
    shop.clock.advance(MINUTE);
    shop.sandbox.mutate({ action: 'editCustomer', id: 11, fields: { email: 'new@example.com' } });
    expect((await shop.get('/customers/11')).object).toMatchObject({
      email: 'new@example.com',
      date_modified_gmt: stamp(NOON + MINUTE),
    });
    shop.sandbox.store.addOrder(newOrder({ id: 500, customerId: 12 }));
    shop.clock.advance(MINUTE);
    shop.sandbox.mutate({ action: 'setPaid', id: 500 });
    expect((await shop.get('/customers/12')).object).toMatchObject({
      is_paying_customer: true,
      date_modified_gmt: stamp(NOON + 2 * MINUTE),
    });
  });
});

describe('products and variations', () => {
  async function withFamily(): Promise<void> {
    shop = await startShop();
    const { store } = shop.sandbox;
    store.addProduct({ id: 20, name: 'Mug', sku: 'M', price: '9.00', createdAt: NOON - 3000 });
    store.addProduct({ id: 30, name: 'Shirt', sku: 'S', type: 'variable', manageStock: true, stockQuantity: 7 });
    const colour = (option: string) => [{ name: 'Colour', option }];
    store.addProduct({ id: 31, parentId: 30, name: 'Shirt - Blue', price: '12.00', attributes: colour('Blue') });
    store.addProduct({
      id: 32,
      parentId: 30,
      name: 'Shirt - Red',
      sku: 'S-R',
      price: '11.00',
      createdAt: NOON + 1000,
      manageStock: true,
      stockQuantity: 2,
      attributes: colour('Red'),
    });
  }

  it('shows a variable product with its variations, lowest price and offered options', async () => {
    await withFamily();
    expect((await shop.get('/products/30')).object).toMatchObject({
      type: 'variable',
      price: '11.00',
      regular_price: '',
      variations: [31, 32],
      attributes: [{ name: 'Colour', variation: true, options: ['Blue', 'Red'] }],
      manage_stock: true,
      stock_quantity: 7,
    });
  });

  it('lists variations of one parent, newest first, with the parent’s SKU and stock where they have none', async () => {
    await withFamily();
    const { list, headers } = await shop.get('/products/30/variations');
    expect(ids(list)).toEqual([32, 31]);
    expect(headers.get('x-wp-total')).toBe('2');
    expect(list[0]).toMatchObject({ sku: 'S-R', manage_stock: true, stock_quantity: 2, name: 'Red', parent_id: 30 });
    expect(list[1]).toMatchObject({ sku: 'S', manage_stock: 'parent', stock_quantity: 7, name: 'Blue', image: null });
    expect(await shop.ids('/products/30/variations?orderby=id&order=asc&per_page=1&page=2')).toEqual([32]);
    expect(await shop.ids('/products/30/variations?include=31')).toEqual([31]);
    expect((await shop.get('/products/99/variations')).object).toMatchObject({
      code: 'woocommerce_rest_product_invalid_id',
    });
    expect((await shop.get('/products/20/variations/31')).object).toMatchObject({
      code: 'woocommerce_rest_product_variation_invalid_id',
    });
  });

  it('shows a variation by its own id with its long name', async () => {
    await withFamily();
    expect((await shop.get('/products/31')).object).toMatchObject({
      type: 'variation',
      name: 'Shirt - Blue',
      parent_id: 30,
    });
    expect(await shop.ids('/products?orderby=id&order=asc')).toEqual([20, 30]);
    expect(await shop.ids('/products?sku=S,M&orderby=id&order=asc')).toEqual([20, 30, 31]);
  });

  it('leaves out name and parent_id where older versions do', async () => {
    await withFamily();
    shop.sandbox.mutate({ action: 'site', site: { variationNames: false, variationParentIds: false } });
    const old = (await shop.get('/products/30/variations/31')).object;
    expect(old).not.toHaveProperty('name');
    expect(old).not.toHaveProperty('parent_id');
  });

  it('moves the dates of a variation and its parent, and neither by a silent edit', async () => {
    await withFamily();
    shop.clock.advance(MINUTE);
    shop.sandbox.mutate({ action: 'editProduct', id: 32, fields: { stockQuantity: 1 }, dates: 'silent' });
    const since = `/products?modified_after=${stamp(NOON + 1000)}&dates_are_gmt=true`;
    expect(await shop.ids(since)).toEqual([]);
    shop.sandbox.mutate({ action: 'editProduct', id: 32, fields: { price: '10.00' } });
    expect(await shop.ids(since)).toEqual([30]);
    expect((await shop.get('/products/30/variations/32')).object).toMatchObject({
      price: '10.00',
      stock_quantity: 1,
      date_modified_gmt: stamp(NOON + MINUTE),
    });
  });

  it('compares bounds without dates_are_gmt with local dates', async () => {
    await withFamily();
    shop.clock.advance(MINUTE);
    shop.sandbox.mutate({ action: 'editProduct', id: 20, fields: { price: '8.00' } });
    // New York is five hours behind: noon in UTC is 07:00 there.
    expect(await shop.ids('/products?modified_after=2026-01-05T07:00:30')).toEqual([20]);
    expect(await shop.ids(`/products?modified_after=${stamp(NOON + 30_000)}Z&dates_are_gmt=true`)).toEqual([30, 20]);
  });

  it('takes trashed products and variations out of the lists only, deleted ones out of everything', async () => {
    await withFamily();
    shop.sandbox.mutate({ action: 'trashProduct', id: 20 });
    shop.sandbox.mutate({ action: 'trashProduct', id: 31 });
    expect(await shop.ids('/products')).toEqual([30]);
    expect(await shop.ids('/products?status=trash')).toEqual([20]);
    expect(await shop.ids('/products/30/variations')).toEqual([32]);
    expect((await shop.get('/products/30')).object).toMatchObject({ variations: [32] });
    expect((await shop.get('/products/30/variations/31')).object).toMatchObject({ status: 'trash' });
    shop.sandbox.mutate({ action: 'forceDeleteProduct', id: 30 });
    expect((await shop.get('/products/30')).status).toBe(404);
    expect((await shop.get('/products/32')).status).toBe(404);
    expect((await shop.get('/products?status=sold')).object).toMatchObject({ code: 'rest_invalid_param' });
  });
});

describe('refunds', () => {
  const rates = [
    { id: 1, country: 'US', state: 'NV', percent: '8', label: 'Tax', code: 'US-NV-TAX-1', priority: 1 },
  ].map((rate) => ({ ...rate, compound: false, shipping: true, class: '' }));
  const draft = newOrder().draft;
  const [mug] = draft.lines;

  async function withOrder(): Promise<{ lineId: number; shippingId: number }> {
    shop = await startShop();
    const lines = mug === undefined ? [] : [{ ...mug, quantity: '3', rates }];
    const shipping = [{ methodId: 'flat_rate', title: 'Flat rate', total: '5.00', rates }];
    const order = shop.sandbox.store.addOrder(newOrder({ id: 1, draft: { ...draft, lines, shipping } }));
    shop.clock.advance(MINUTE);
    return {
      lineId: order.money.line_items[0]?.id ?? 0,
      shippingId: order.money.shipping_lines[0]?.id ?? 0,
    };
  }

  it('shows a refund by line with negative units and totals that refer to the line', async () => {
    const { lineId } = await withOrder();
    const id = shop.sandbox.mutate({ action: 'refundItems', id: 1, items: [{ item: lineId, quantity: 1 }] });
    const { list } = await shop.get('/orders/1/refunds');
    expect(list).toMatchObject([
      {
        id,
        amount: '10.80',
        line_items: [
          {
            product_id: 88,
            quantity: -1,
            subtotal: '-10.00',
            total: '-10.00',
            total_tax: '-0.80',
            taxes: [{ id: 1, total: '-0.80', subtotal: '-0.80' }],
            meta_data: [{ key: '_refunded_item_id', value: String(lineId) }],
            sku: 'MUG',
          },
        ],
        tax_lines: [{ rate_id: 1, tax_total: '-0.80', shipping_tax_total: '0.00' }],
        shipping_lines: [],
        fee_lines: [],
      },
    ]);
    expect(list[0]).not.toHaveProperty('parent_id');
    expect((await shop.get(`/orders/1/refunds/${String(id)}`)).object).toEqual(list[0]);
    expect((await shop.get('/orders/1')).object).toMatchObject({
      status: 'processing',
      refunds: [{ id, total: '-10.80' }],
      date_modified_gmt: stamp(NOON + MINUTE),
    });
    expect((await shop.get(`/orders/${String(id)}`)).status).toBe(404);
  });

  it('gives back shipping, any amount beside its lines, or everything', async () => {
    const { shippingId } = await withOrder();
    shop.sandbox.mutate({ action: 'refundItems', id: 1, items: [{ item: shippingId }], amount: '1.00' });
    const [byHand] = shop.sandbox.rawRefunds(1);
    expect(byHand).toMatchObject({
      amount: '1.00',
      shipping_lines: [{ total: '-5.00', total_tax: '-0.40' }],
      tax_lines: [{ tax_total: '0.00', shipping_tax_total: '-0.40' }],
    });
    shop.sandbox.mutate({ action: 'refundFully', id: 1, reason: 'returned' });
    const [, whole] = shop.sandbox.rawRefunds(1);
    expect(whole).toMatchObject({ amount: '37.80', line_items: [{ quantity: -3, total: '-30.00' }] });
    expect((await shop.get('/orders/1')).object).toMatchObject({ status: 'refunded', total: '37.80' });
  });

  it('lists refunds of all orders with their parent, by date', async () => {
    const { lineId } = await withOrder();
    const first = shop.sandbox.mutate({ action: 'addRefund', id: 1, amount: '1.00' });
    shop.clock.advance(MINUTE);
    const second = shop.sandbox.mutate({ action: 'refundItems', id: 1, items: [{ item: lineId, quantity: 1 }] });
    const after = `after=${stamp(NOON + MINUTE)}&dates_are_gmt=true`;
    expect((await shop.get('/refunds')).list.map((row) => [row['id'], row['parent_id']])).toEqual([
      [second, 1],
      [first, 1],
    ]);
    expect(await shop.ids(`/refunds?${after}`)).toEqual([second]);
    expect(await shop.ids(`/refunds?modified_${after}`)).toEqual([second]);
    shop.sandbox.mutate({ action: 'deleteRefund', id: 1, refundId: Number(second) });
    expect(await shop.ids('/refunds')).toEqual([first]);
  });

  it('answers an unknown order with no refunds', async () => {
    await withOrder();
    const { status, list } = await shop.get('/orders/999/refunds');
    expect([status, list]).toEqual([200, []]);
  });
});

describe('the truth for comparison', () => {
  it('is exactly what the API serves', async () => {
    shop = await startShop({ shop: generateShop({ seed: 3, orders: 80, refunds: 9 }) });
    const { sandbox } = shop;
    for (const raw of sandbox.rawOrders()) {
      expect((await shop.get(`/orders/${Number(raw['id'])}`)).object).toEqual(raw);
      expect((await shop.get(`/orders/${Number(raw['id'])}/refunds?order=asc&orderby=id`)).list).toEqual(
        sandbox.rawRefunds(Number(raw['id'])),
      );
    }
    expect((await shop.get('/customers?role=all&orderby=id&per_page=100')).list).toEqual(sandbox.rawCustomers());
    for (const raw of sandbox.rawProducts()) {
      expect((await shop.get(`/products/${Number(raw['id'])}`)).object).toEqual(raw);
    }
    for (const { parentId, raw } of sandbox.rawVariations()) {
      expect((await shop.get(`/products/${parentId}/variations/${Number(raw['id'])}`)).object).toEqual(raw);
    }
    expect(sandbox.rawOrder(424_242)).toBeUndefined();
  });
});
