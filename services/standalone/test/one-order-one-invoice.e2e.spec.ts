import { BAD_DAY, BAD_DAY_SHOP } from '@tillstream/sandbox';
import { describe, expect, it } from 'vitest';
import { agrees } from '../src/audit/audit.js';
import { Product, type ProductOptions } from './support/product.js';

const ORDERS = 36;

/** Runs `use` on a product that is gone afterwards. */
async function withProduct(options: ProductOptions, use: (product: Product) => Promise<void>): Promise<void> {
  const product = await Product.start(options);
  try {
    await use(product);
  } finally {
    await product.close();
  }
}

interface Shop {
  readonly profile: 'us' | 'global' | 'jpy';
  readonly site?: NonNullable<ProductOptions['shop']['site']>;
  readonly company?: NonNullable<ProductOptions['company']>;
  readonly badDay?: boolean;
}

const SHOPS: readonly (readonly [string, Shop])[] = [
  ['US, tax override', { profile: 'us' }],
  ['US, prices with tax', { profile: 'us', site: { pricesIncludeTax: true } }],
  ['US, rounded at the subtotal', { profile: 'us', site: { roundAtSubtotal: true }, badDay: true }],
  ['US, automated sales tax', { profile: 'us', company: { partnerTaxEnabled: true }, badDay: true }],
  ['global, sent tax honoured', { profile: 'global', badDay: true }],
  ['global, tax recomputed', { profile: 'global', company: { sentTaxLines: 'recomputed' } }],
  ['global, prices without tax', { profile: 'global', site: { pricesIncludeTax: false }, badDay: true }],
  ['global, rounded per line', { profile: 'global', site: { roundAtSubtotal: false } }],
  ['JPY', { profile: 'jpy', badDay: true }],
  ['JPY, rounded at the subtotal', { profile: 'jpy', site: { roundAtSubtotal: true } }],
];

describe('one order, one invoice, to the cent', () => {
  it.each(SHOPS.map(([name, shop], index) => [name, 100 + index, shop] as const))('%s', async (_name, seed, shop) => {
    const { profile, site, company, badDay } = shop;
    const options: ProductOptions = {
      shop: { seed, orders: ORDERS, planted: 8, profile, ...(site && { site }) },
      ...(company && { company }),
      ...(badDay && { quickbooksFaults: BAD_DAY, shopFaults: BAD_DAY_SHOP }),
    };
    await withProduct(options, async (product) => {
      const run = await product.sync();
      const report = await product.audit();
      expect(report.problems).toEqual([]);
      expect(agrees(report)).toBe(true);
      expect(run).toMatchObject({ status: 'completed_with_errors', counts: { held: 8, failed: 0, pending: 0 } });
      expect(run.counts['created']).toBe(report.documents);
      expect(product.woo.writes()).toBe(0);
    });
  });
});
