import { afterEach, describe, expect, it } from 'vitest';
import { generateShop } from '../../generator/index.js';
import type { WooSandboxOptions } from '../index.js';
import { NOON, type Shop, newOrder, startShop } from './helpers.js';

let shop: Shop;
afterEach(() => shop.sandbox.close());

const MINUTE = 60_000;

async function withOrders(count: number, options: Partial<WooSandboxOptions> = {}): Promise<void> {
  shop = await startShop(options);
  for (let i = 1; i <= count; i += 1) {
    const at = NOON - (count - i) * MINUTE;
    shop.sandbox.store.addOrder(newOrder({ id: 100 + i, createdAt: at, modifiedAt: at }));
  }
}

describe('paging', () => {
  it('gives ten rows, newest first, totals and links, and lets offset win over page', async () => {
    await withOrders(25);
    const first = await shop.get('/orders');
    expect(first.list.map((row) => row['id'])).toEqual([125, 124, 123, 122, 121, 120, 119, 118, 117, 116]);
    expect(first.headers.get('x-wp-total')).toBe('25');
    expect(first.headers.get('x-wp-totalpages')).toBe('3');
    expect(first.headers.get('link')).toMatch(/^<http.*page=2>; rel="next"$/);
    const middle = await shop.get('/orders?page=2');
    expect(middle.headers.get('link')).toMatch(/page=1>; rel="prev", .*page=3>; rel="next"$/);
    expect(await shop.ids('/orders?page=3&offset=2&per_page=2')).toEqual([123, 122]);
  });

  it('answers HEAD with the totals and no body', async () => {
    await withOrders(25);
    const head = await shop.get('/orders?per_page=5', { method: 'HEAD', ...headersOf() });
    expect(head.headers.get('x-wp-totalpages')).toBe('5');
    expect(head.text).toBe('');
  });

  it.each([
    ['per_page=101', 'rest_out_of_bounds'],
    ['per_page=0', 'rest_out_of_bounds'],
    ['per_page=-1', 'rest_out_of_bounds'],
    ['page=x', 'rest_invalid_type'],
    ['orderby=colour', 'rest_not_in_enum'],
    ['status=sold', 'rest_not_in_enum'],
    ['modified_after=2026-01-05', 'rest_invalid_date'],
  ])('refuses %s with %s', async (query, detail) => {
    await withOrders(1);
    const { status, object } = await shop.get(`/orders?${query}`);
    const name = query.split('=')[0] ?? '';
    expect(status).toBe(400);
    expect(object).toMatchObject({
      code: 'rest_invalid_param',
      data: { status: 400, details: { [name]: { code: detail } } },
    });
  });

  it('forgets the total beyond the end for orders under HPOS only', async () => {
    await withOrders(3);
    const beyond = await shop.get('/orders?page=9');
    expect(beyond.list).toEqual([]);
    expect(beyond.headers.get('x-wp-total')).toBe('0');
    expect(beyond.headers.get('link')).toMatch(/page=0>; rel="prev"$/);
    shop.sandbox.mutate({ action: 'site', site: { hpos: false } });
    expect((await shop.get('/orders?page=9')).headers.get('x-wp-total')).toBe('3');
  });

  it('ignores unknown parameters and trims to _fields', async () => {
    await withOrders(1);
    expect((await shop.get('/orders?search=none&meta_key=x&_fields=id,status')).list).toEqual([
      { id: 101, status: 'processing' },
    ]);
  });

  it('breaks ties by id in the direction of the sort', async () => {
    shop = await startShop();
    for (const id of [7, 5, 6]) {
      shop.sandbox.store.addOrder(newOrder({ id, createdAt: NOON, modifiedAt: NOON + 400 }));
    }
    expect(await shop.ids('/orders?orderby=modified&order=asc')).toEqual([5, 6, 7]);
    expect(await shop.ids('/orders?orderby=date&order=desc')).toEqual([7, 6, 5]);
    expect(await shop.ids('/orders?include=6,5,7&orderby=include')).toEqual([6, 5, 7]);
    expect(await shop.ids('/orders?exclude[]=5&exclude[]=7')).toEqual([6]);
  });
});

describe('statuses', () => {
  it('lists checkout drafts in any (unless switched off), trashed ones only when asked alone', async () => {
    shop = await startShop();
    const statuses = ['processing', 'checkout-draft', 'trash', 'completed'];
    statuses.forEach((status, i) => shop.sandbox.store.addOrder(newOrder({ id: i + 1, status })));
    expect(await shop.ids('/orders?order=asc')).toEqual([1, 2, 4]);
    expect(await shop.ids('/orders?order=asc&status=any,trash')).toEqual([1, 2, 4]);
    expect(await shop.ids('/orders?status=trash')).toEqual([3]);
    expect(await shop.ids('/orders?order=asc&status=processing,completed')).toEqual([1, 4]);
    expect(await shop.ids('/orders?order=asc&status[]=processing&status[]=completed')).toEqual([1, 4]);
    shop.sandbox.mutate({ action: 'site', site: { draftsInAny: false } });
    expect(await shop.ids('/orders?order=asc')).toEqual([1, 4]);
  });

  it('drops checkout drafts silently after a day', async () => {
    shop = await startShop();
    shop.sandbox.store.addOrder(newOrder({ id: 1, status: 'checkout-draft' }));
    expect(shop.sandbox.mutate({ action: 'expireDrafts' })).toEqual([]);
    shop.clock.advance(86_401_000);
    expect(shop.sandbox.mutate({ action: 'expireDrafts' })).toEqual([1]);
    expect((await shop.get('/orders/1')).object).toMatchObject({
      code: 'woocommerce_rest_shop_order_invalid_id',
      data: { status: 404 },
    });
  });
});

describe('drift', () => {
  it('a row touched after page 1 jumps to the end, and its neighbour is skipped', async () => {
    await withOrders(6);
    shop.clock.advance(MINUTE);
    shop.sandbox.drift({ list: 'orders', page: 1, mutations: [{ action: 'touch', id: 102 }] });
    const page = (number: number) => shop.ids(`/orders?orderby=modified&order=asc&per_page=2&page=${number}`);
    expect(await page(1)).toEqual([101, 102]);
    expect(await page(2)).toEqual([104, 105]);
    expect(await page(3)).toEqual([106, 102]);
    expect(await page(1)).toEqual([101, 103]);
  });
});

describe('a generated shop over HTTP', () => {
  it('is paged through completely, and what it lists is what its ledger says', async () => {
    shop = await startShop({ shop: generateShop({ seed: 2, orders: 300, planted: 8 }) });
    const seen = new Map<number, Record<string, unknown>>();
    for (let page = 1; page <= 4; page += 1) {
      const { list } = await shop.get(`/orders?per_page=100&orderby=modified&order=asc&page=${page}`);
      for (const row of list) seen.set(Number(row['id']), row);
    }
    const truths = shop.sandbox.orders();
    expect(seen.size).toBe(truths.length);
    for (const truth of truths) {
      const row = seen.get(truth.id);
      expect(row).toMatchObject({
        number: truth.number,
        total: truth.total,
        total_tax: truth.totalTax,
        date_created: truth.dateCreated,
        date_paid: truth.datePaid,
      });
      expect(row).not.toHaveProperty('planted');
    }
    expect(shop.sandbox.counters()).toEqual({ 'GET /wp-json/wc/v3/orders': 4 });
  });
});

function headersOf(): RequestInit {
  return {
    headers: { authorization: `Basic ${Buffer.from('ck_sandbox_read:cs_sandbox_read').toString('base64')}` },
  };
}
