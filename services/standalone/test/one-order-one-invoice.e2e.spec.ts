import { BAD_DAY, BAD_DAY_SHOP } from '@tillstream/sandbox';
import { describe, expect, it } from 'vitest';
import { agrees } from '../src/audit/audit.js';
import { type ProductOptions, withProduct } from './support/product.js';

const ORDERS = 36;
const PLANTED = 8;

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
  ['global, prices without tax', { profile: 'global', site: { pricesIncludeTax: false }, badDay: true }],
  ['global, rounded per line', { profile: 'global', site: { roundAtSubtotal: false } }],
  ['JPY', { profile: 'jpy', badDay: true }],
  ['JPY, rounded at the subtotal', { profile: 'jpy', site: { roundAtSubtotal: true } }],
];

function optionsOf({ profile, site, company, badDay }: Shop, seed: number): ProductOptions {
  return {
    shop: { seed, orders: ORDERS, planted: PLANTED, profile, ...(site && { site }) },
    ...(company && { company }),
    ...(badDay && { quickbooksFaults: BAD_DAY, shopFaults: BAD_DAY_SHOP }),
  };
}

describe('one order, one invoice, to the cent', () => {
  it.each(SHOPS.map(([name, shop], index) => [name, 100 + index, shop] as const))('%s', async (_name, seed, shop) => {
    await withProduct(optionsOf(shop, seed), async (product) => {
      const run = await product.sync();
      const report = await product.audit();
      expect(report.problems).toEqual([]);
      expect(agrees(report)).toBe(true);
      expect(run).toMatchObject({ status: 'completed_with_errors', counts: { failed: 0, pending: 0 } });
      expect(run.counts).toMatchObject({ held: PLANTED, created: report.documents });
      expect(product.woo.writes()).toBe(0);
    });
  });

  it('holds nothing of a shop that has nothing wrong (B16)', async () => {
    await withProduct({ shop: { seed: 7, orders: 120 } }, async (product) => {
      const run = await product.sync();
      const report = await product.audit();
      expect(report.problems).toEqual([]);
      expect(report.held / report.orders).toBeLessThanOrEqual(0.005);
      expect(run).toMatchObject({ status: 'completed', counts: { discovered: report.documents + report.held } });
    });
  });
});

describe('a company that computes the tax itself', () => {
  const COMPUTING: readonly (readonly [string, Shop])[] = [
    [
      'US, automated sales tax wins',
      { profile: 'us', company: { partnerTaxEnabled: true, astOverridesTotalTax: true } },
    ],
    ['global, tax recomputed', { profile: 'global', company: { sentTaxLines: 'recomputed' } }],
    [
      'global, tax recomputed, prices without tax',
      {
        profile: 'global',
        site: { pricesIncludeTax: false, roundAtSubtotal: false },
        company: { sentTaxLines: 'recomputed' },
      },
    ],
  ];

  it.each(COMPUTING)('keeps no invoice that differs: %s', async (_name, shop) => {
    await withProduct(optionsOf(shop, 120), async (product) => {
      await product.sync();
      const report = await product.audit();
      const differing = [...(await product.held()).values()].filter(({ code }) => code === 'remote_total_differs');
      const numbers = new Set(differing.map(({ sourceNumber }) => sourceNumber));
      expect(differing.length).toBeGreaterThan(0);
      const unexplained = report.problems.filter(
        ({ kind, order }) => kind !== 'held_unexpectedly' || !numbers.has(order),
      );
      expect(unexplained).toEqual([]);
      expect(agrees({ ...report, problems: [] })).toBe(true);
      for (const { entityId } of differing) expect(product.invoicesOf(Number(entityId))).toEqual([]);
    });
  });
});
