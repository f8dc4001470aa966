import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toMicro } from './fixed.js';
import { orderMoney } from './order-money.js';
import type { TaxRate } from './tax.js';
import type { DraftLine, MoneySettings, OrderDraft, OrderMoney } from './types.js';

const ratesArbitrary = fc
  .array(fc.record({ percent: fc.integer({ min: 0, max: 250_000 }), compound: fc.boolean() }), { maxLength: 3 })
  .map((list) =>
    list.map(
      ({ percent, compound }, index): TaxRate => ({
        id: index + 1,
        code: `R-${index}`,
        label: 'Tax',
        percent: (percent / 10_000).toFixed(4),
        compound,
        shipping: true,
        priority: index,
        class: '',
        country: 'US',
        state: '',
      }),
    ),
  );

const settingsArbitrary = fc.record({
  currency: fc.constant('XXX'),
  decimals: fc.constantFrom(0, 2, 3),
  pricesIncludeTax: fc.boolean(),
  roundAtSubtotal: fc.boolean(),
});

/** Amounts in thousandths, so that every number of decimals is reached. */
const amount = (min: number, max: number) => fc.integer({ min, max }).map((value) => (value / 1000).toFixed(3));

const draftArbitrary: fc.Arbitrary<OrderDraft> = ratesArbitrary.chain((rates) => {
  const lineArbitrary: fc.Arbitrary<DraftLine> = fc.record({
    productId: fc.integer({ min: 1, max: 9 }),
    variationId: fc.constant(0),
    name: fc.constant('Goods'),
    parentName: fc.constant(null),
    sku: fc.constant(''),
    imageId: fc.constant<''>(''),
    quantity: fc.constantFrom('1', '2', '3', '2.5', '0.333'),
    price: amount(0, 200_000),
    taxClass: fc.constant(''),
    rates: fc.constantFrom(rates, []),
  });
  return fc.record({
    path: fc.constantFrom('checkout', 'admin'),
    lines: fc.array(lineArbitrary, { minLength: 1, maxLength: 12 }),
    shipping: fc.array(
      fc.record({
        methodId: fc.constant('flat_rate'),
        title: fc.constant('Flat'),
        total: amount(0, 20_000),
        rates: fc.constant(rates),
      }),
      { maxLength: 2 },
    ),
    fees: fc.array(
      fc.record({
        name: fc.constant('Fee'),
        amount: amount(-30_000, 30_000),
        taxClass: fc.constant(''),
        taxable: fc.boolean(),
        rates: fc.constant(rates),
      }),
      { maxLength: 2 },
    ),
    coupons: fc.array(
      fc.record({
        code: fc.constant('c'),
        type: fc.constantFrom('percent', 'fixed_cart', 'fixed_product'),
        amount: amount(0, 60_000),
      }),
      { maxLength: 2 },
    ),
  });
});

function compute(draft: OrderDraft, settings: MoneySettings): OrderMoney {
  let id = 0;
  return orderMoney(draft, settings, () => {
    id += 1;
    return id;
  });
}

const add = (texts: readonly string[]) => texts.reduce((total, text) => total + toMicro(text), 0n);
const unit = (settings: MoneySettings) => 10n ** BigInt(6 - settings.decimals);
const absolute = (value: bigint) => (value < 0n ? -value : value);

function parts(order: OrderMoney): bigint {
  return (
    add(order.line_items.map((line) => line.total)) +
    add(order.fee_lines.map((fee) => fee.total)) +
    add([order.shipping_total, order.total_tax])
  );
}

describe('order arithmetic, any basket', () => {
  it('with per-line rounding: every sum holds exactly', () => {
    fc.assert(
      fc.property(draftArbitrary, settingsArbitrary, (draft, base) => {
        const order = compute(draft, { ...base, roundAtSubtotal: false });
        const sum = parts(order);
        expect(toMicro(order.total)).toBe(draft.path === 'checkout' && sum < 0n ? 0n : sum);
        expect(toMicro(order.total_tax)).toBe(add([order.cart_tax, order.shipping_tax]));
        expect(toMicro(order.cart_tax)).toBe(add(order.tax_lines.map((line) => line.tax_total)));
        expect(toMicro(order.cart_tax)).toBe(
          add([...order.line_items, ...order.fee_lines].map((line) => line.total_tax)),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('with rounding at the subtotal: off by at most half a unit per line and one for the sum', () => {
    fc.assert(
      fc.property(draftArbitrary, settingsArbitrary, (draft, base) => {
        const settings = { ...base, roundAtSubtotal: true };
        const order = compute(draft, settings);
        const sum = parts(order);
        if (draft.path === 'checkout' && toMicro(order.total) === 0n && sum < 0n) return;
        const gap = absolute(toMicro(order.total) - sum);
        expect(gap * 2n).toBeLessThanOrEqual(unit(settings) * BigInt(order.line_items.length + 2));
      }),
      { numRuns: 300 },
    );
  });

  it('always: shipping sums, taxes of an item, padding, and fees that never exceed what they reduce', () => {
    fc.assert(
      fc.property(draftArbitrary, settingsArbitrary, (draft, settings) => {
        const order = compute(draft, settings);
        expect(toMicro(order.shipping_total)).toBe(add(order.shipping_lines.map((line) => line.total)));
        expect(toMicro(order.shipping_tax)).toBe(add(order.shipping_lines.map((line) => line.total_tax)));
        for (const line of [...order.line_items, ...order.fee_lines, ...order.shipping_lines]) {
          expect(toMicro(line.total_tax)).toBe(add(line.taxes.map((tax) => tax.total)));
          expect(line.total.split('.')[1]?.length ?? 0).toBe(settings.decimals);
        }
        for (const line of order.line_items) {
          expect(toMicro(line.total)).toBeGreaterThanOrEqual(0n);
          expect(toMicro(line.total)).toBeLessThanOrEqual(toMicro(line.subtotal));
        }
        const nets = parts(order) - toMicro(order.total_tax);
        expect(nets).toBeGreaterThanOrEqual(-unit(settings) * BigInt(order.line_items.length + 1));
      }),
      { numRuns: 300 },
    );
  });

  it('prices with tax: net and taxes of a line give its price back, to half a unit per figure shown', () => {
    fc.assert(
      fc.property(draftArbitrary, settingsArbitrary, (draft, base) => {
        const settings = { ...base, pricesIncludeTax: true };
        const order = compute({ ...draft, path: 'admin', coupons: [], fees: [] }, settings);
        order.line_items.forEach((line, index) => {
          const source = draft.lines[index];
          const gross = (toMicro(source?.price ?? '0') * toMicro(source?.quantity ?? '0')) / 1_000_000n;
          const shown = add([line.total, line.total_tax]);
          const figures = BigInt(line.taxes.length + 1);
          expect(absolute(shown - gross) * 2n).toBeLessThanOrEqual(figures * unit(settings) + 20n);
        });
      }),
      { numRuns: 200 },
    );
  });
});
