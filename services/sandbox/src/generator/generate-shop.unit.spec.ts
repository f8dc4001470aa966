import { describe, expect, it } from 'vitest';
import { toMicro } from '../woocommerce/domain/fixed.js';
import type { ShopOrder } from '../woocommerce/index.js';
import { type CompanyProfile, type GeneratedShop, generateShop } from './index.js';
import { PLANTED_CODES } from './planted.js';

const PROFILE_NAMES: readonly CompanyProfile[] = ['us', 'global', 'jpy'];

function unit(shop: GeneratedShop): bigint {
  return shop.site.decimals === 0 ? 1_000_000n : 10_000n;
}

function partsOf({ money }: ShopOrder): bigint {
  const add = (texts: readonly string[]) => texts.reduce((total, text) => total + toMicro(text), 0n);
  return (
    add(money.line_items.map((line) => line.total)) +
    add(money.fee_lines.map((fee) => fee.total)) +
    add([money.shipping_total, money.total_tax])
  );
}

function bound({ money }: ShopOrder): bigint {
  const lines = money.line_items.length + money.fee_lines.length + money.shipping_lines.length + money.tax_lines.length;
  return BigInt(Math.max(5, Math.ceil(0.5 * lines) + 1));
}

function gap(order: ShopOrder, shop: GeneratedShop): bigint {
  const difference = (toMicro(order.money.total) - partsOf(order)) / unit(shop);
  return difference < 0n ? -difference : difference;
}

function rateSets(order: ShopOrder): string[] {
  const { line_items, fee_lines, shipping_lines } = order.money;
  return [...line_items, ...fee_lines, ...shipping_lines].map((line) =>
    line.taxes
      .map((tax) => tax.id)
      .toSorted((a, b) => a - b)
      .join('+'),
  );
}

describe('generateShop', () => {
  it('gives the same shop for the same options, and another for another seed', () => {
    const options = { seed: 7, orders: 120, planted: 8 } as const;
    expect(generateShop(options)).toEqual(generateShop(options));
    expect(generateShop({ ...options, seed: 8 }).orders).not.toEqual(generateShop(options).orders);
  });

  it.each(PROFILE_NAMES)('makes nothing in %s that ought to be held unless asked to', (profile) => {
    for (const seed of [1, 2, 3, 4]) {
      const shop = generateShop({ seed, orders: 300, profile });
      const codes = shop.quickbooksSeed.taxCodes;
      const sold = shop.orders.filter((order) => shop.expected.selected.includes(order.id));
      expect(shop.expected.held).toEqual([]);
      for (const order of sold) {
        expect(order.money.currency).toBe(shop.site.currency);
        expect(toMicro(order.money.total)).toBeGreaterThanOrEqual(0n);
        expect(toMicro(order.money.total_tax)).toBeGreaterThanOrEqual(0n);
        expect(gap(order, shop), `order ${order.id}`).toBeLessThanOrEqual(bound(order));
        expect(order.refunds).toEqual([]);
        if (profile === 'us') continue;
        for (const set of rateSets(order)) {
          expect(
            codes.filter((code) => code.wooRateSets.includes(set)),
            `set ${set}`,
          ).toHaveLength(1);
        }
      }
      expect(new Set(sold.map((order) => order.number)).size).toBe(sold.length);
    }
  });

  it('gives each tax code of the company a combined rate of its own', () => {
    for (const profile of ['global', 'jpy'] as const) {
      const { taxCodes } = generateShop({ seed: 1, orders: 1, profile }).quickbooksSeed;
      for (const figure of ['combinedPercent', 'sumPercent'] as const) {
        expect(new Set(taxCodes.map((code) => code[figure])).size).toBe(taxCodes.length);
      }
    }
  });

  it('plants as many bad records as asked, each with its code', () => {
    const shop = generateShop({ seed: 3, orders: 50, planted: 16 });
    expect(shop.orders).toHaveLength(66);
    for (const code of PLANTED_CODES) {
      expect(shop.expected.held.filter((hold) => hold.code === code)).toHaveLength(2);
    }
    const only = generateShop({ seed: 3, orders: 50, planted: { total_mismatch: 3 } });
    expect(only.expected.held.map((hold) => hold.code)).toEqual(Array.from({ length: 3 }, () => 'total_mismatch'));
  });

  it.each(PROFILE_NAMES)('spoils planted records in %s in the way their code says, and only so', (profile) => {
    const shop = generateShop({ seed: 5, orders: 60, planted: 16, profile });
    const byCode = (code: string) => shop.orders.filter((order) => order.planted === code);
    for (const order of byCode('negative_total')) {
      expect(toMicro(order.money.total)).toBeLessThan(0n);
      expect(gap(order, shop)).toBeLessThanOrEqual(bound(order));
    }
    for (const order of byCode('currency_unsupported')) expect(order.money.currency).not.toBe(shop.site.currency);
    for (const order of byCode('total_mismatch')) {
      const shown = toMicro(String(order.overrides?.['total']));
      expect((shown - partsOf(order)) / unit(shop)).toBeGreaterThan(bound(order) * 5n);
    }
    expect(byCode('source_invalid').map((order) => order.overrides?.['total'] ?? order.omit)).toEqual([
      'abc',
      ['line_items'],
    ]);
    for (const order of byCode('order_has_refunds')) expect(order.refunds).toHaveLength(1);
    for (const order of byCode('doc_number_taken')) {
      expect(shop.quickbooksSeed.invoices.map((invoice) => invoice.docNumber)).toContain(order.number);
    }
  });

  it('keeps what planted records need away from good ones', () => {
    const shop = generateShop({ seed: 5, orders: 300, planted: 24 });
    const twins = new Map<string, number>();
    for (const { email } of shop.quickbooksSeed.customers) {
      if (email !== undefined) twins.set(email.toLowerCase(), (twins.get(email.toLowerCase()) ?? 0) + 1);
    }
    const good = shop.orders.filter((order) => order.planted === undefined);
    expect(good.filter((order) => (twins.get(order.billing.email.toLowerCase()) ?? 0) > 1)).toEqual([]);
    expect(good.filter((order) => order.money.line_items.some((line) => line.sku === 'AMBIG-1'))).toEqual([]);
    const taken = new Set(shop.quickbooksSeed.invoices.map((invoice) => invoice.docNumber));
    expect(good.filter((order) => taken.has(order.number))).toEqual([]);
  });

  it('puts more orders into one second of date_modified than a page can hold', () => {
    const { orders } = generateShop({ seed: 1, orders: 300 });
    const perSecond = new Map<number, number>();
    for (const { modifiedAt } of orders) perSecond.set(modifiedAt, (perSecond.get(modifiedAt) ?? 0) + 1);
    expect(Math.max(...perSecond.values())).toBeGreaterThan(100);
  });

  it('drifts where taxes are rounded at the subtotal, and nowhere else', () => {
    const drifting = (shop: GeneratedShop) => shop.orders.filter((order) => gap(order, shop) > 0n).length;
    expect(drifting(generateShop({ seed: 1, orders: 300, profile: 'global' }))).toBeGreaterThan(5);
    expect(drifting(generateShop({ seed: 1, orders: 300, profile: 'us' }))).toBe(0);
    expect(
      drifting(generateShop({ seed: 1, orders: 300, profile: 'us', site: { roundAtSubtotal: true } })),
    ).toBeGreaterThan(0);
    expect(drifting(generateShop({ seed: 1, orders: 300, profile: 'jpy' }))).toBe(0);
  });
});

describe('what only readers of accounts, goods and refunds see', () => {
  const shop = generateShop({ seed: 1, orders: 300 });

  it('has accounts whose e-mail also bought as a guest, in another letter case, too', () => {
    const guests = new Set(
      shop.orders.filter((order) => order.customerId === 0).map((order) => order.billing.email.toLowerCase()),
    );
    const shared = shop.customers.filter(({ email }) => guests.has(email.toLowerCase()));
    expect(shared.some(({ email }) => email === email.toLowerCase())).toBe(true);
    expect(shared.some(({ email }) => email !== email.toLowerCase())).toBe(true);
    expect(new Set(shop.customers.map(({ id }) => id)).size).toBe(shop.customers.length);
  });

  it('has a draft and a trashed product that no order sells', () => {
    for (const status of ['draft', 'trash']) {
      const product = shop.products.find((each) => each.status === status);
      expect(product).toBeDefined();
      expect(shop.orders.some(({ money }) => money.line_items.some((line) => line.product_id === product?.id))).toBe(
        false,
      );
    }
  });

  it('gives refunds only when asked, without changing the rest of the shop', () => {
    const refunded = generateShop({ seed: 1, orders: 300, refunds: 12 });
    const ids = new Set(refunded.expected.refunded);
    expect(ids.size).toBe(12);
    expect(refunded.expected.held.map(({ id, code }) => [id, code])).toEqual(
      [...ids].map((id) => [id, 'order_has_refunds']),
    );
    expect(refunded.orders.filter(({ id }) => !ids.has(id))).toEqual(shop.orders.filter(({ id }) => !ids.has(id)));
    const given = refunded.orders.flatMap(({ refunds }) => refunds);
    expect(given.filter(({ lineItems }) => lineItems.length === 0)).toHaveLength(4);
    expect(given.filter(({ lineItems }) => lineItems.length > 0)).toHaveLength(8);
    expect(refunded.orders.filter(({ status }) => status === 'refunded')).toHaveLength(4);
    const orderIds = new Set(refunded.orders.map(({ id }) => id));
    expect(given.some(({ id }) => orderIds.has(id))).toBe(false);
  });
});
