import type { CanonicalOrder } from '@tillstream/contracts';
import { describe, expect, it } from 'vitest';
import { charge, germanOrder, globalCompany, line, order, planned, settings, usCompany } from '../../test/fixtures.js';
import type { CompanyProfile } from './model.js';
import { automaticBound } from './order-checks.js';
import { planOrder } from './plan-order.js';

const company = usCompany();
const plan = (changes: Partial<CanonicalOrder>, profile: CompanyProfile = company, using = settings()) =>
  planOrder(order(changes), using, profile);
const code = (result: ReturnType<typeof planOrder>) => (result.kind === 'held' ? result.code : result.kind);

describe('an order that is held before anything is created', () => {
  it('is in another currency than the books (B14)', () => {
    expect(plan({ currency: 'CAD' })).toMatchObject({ kind: 'held', code: 'currency_unsupported' });
  });

  it('has thousandths that QuickBooks cannot represent (B14)', () => {
    const kuwait = usCompany({ homeCurrency: 'KWD' });
    const base = { currency: 'KWD', totalTaxMinor: 0, taxLines: [], shipping: [] };
    const of = (minor: number) => {
      const only = line({ subtotalMinor: minor, totalMinor: minor, totalTaxMinor: 0, taxes: [] });
      return code(plan({ ...base, totalMinor: minor, lines: [only] }, kuwait));
    };
    expect(of(1235)).toBe('currency_unsupported');
    expect(of(1230)).toBe('planned');
  });

  it('has a negative total (B14)', () => {
    expect(code(plan({ totalMinor: -36 }))).toBe('negative_total');
  });

  it('has no line at all, and says what it was worth', () => {
    const result = plan({ lines: [], fees: [], shipping: [] });
    expect(result).toMatchObject({ code: 'lines_missing', message: expect.stringContaining('44.28 USD') });
  });

  it('has a refund with money in it; a refund of 0 does not count (B4)', () => {
    expect(code(plan({ refunds: [{ id: '1050', reason: 'damaged', amountMinor: 1000 }] }))).toBe('order_has_refunds');
    expect(code(plan({ refunds: [{ id: '1050', reason: 'restock', amountMinor: 0 }] }))).toBe('planned');
  });

  it('lies in a closed period, the closing date included (B2)', () => {
    expect(code(plan({}, usCompany({ bookCloseDate: '2026-11-22' })))).toBe('period_closed');
    expect(code(plan({}, usCompany({ bookCloseDate: '2026-11-21' })))).toBe('planned');
  });

  it('is judged by its currency before its sign, and by its sign before its refunds', () => {
    const refunds = [{ id: '1', reason: '', amountMinor: 5 }];
    expect(code(plan({ currency: 'CAD', totalMinor: -1, refunds }))).toBe('currency_unsupported');
    expect(code(plan({ totalMinor: -1, refunds }))).toBe('negative_total');
  });
});

describe('lines that do not add up to the total (B1)', () => {
  it('are booked with one visible untaxed rounding line of either sign', () => {
    for (const drift of [3, -3]) {
      const result = planned(order({ totalMinor: 4428 + drift }), company);
      const rounding = result.lines.filter(({ kind }) => kind === 'rounding');
      expect(rounding).toMatchObject([
        { amountMinor: drift, taxCode: 'NON', description: 'Rounding', item: 'role:rounding' },
      ]);
      expect(result.roundingMinor).toBe(drift);
    }
  });

  it('have no rounding line when they fit', () => {
    expect(planned(order(), company).lines.map(({ kind }) => kind)).toEqual(['product', 'discount', 'shipping']);
  });

  it('may differ by the bound and not by one more', () => {
    expect(code(plan({ totalMinor: 4428 + 5 }))).toBe('planned');
    expect(code(plan({ totalMinor: 4428 - 5 }))).toBe('planned');
    expect(code(plan({ totalMinor: 4428 + 6 }))).toBe('total_mismatch');
    expect(code(plan({ totalMinor: 4428 - 6 }))).toBe('total_mismatch');
  });

  it('are held with both figures in the message', () => {
    const result = plan({ totalMinor: 5000 });
    expect(result).toMatchObject({
      code: 'total_mismatch',
      message: expect.stringMatching(/44\.28 USD.*50\.00 USD.*5\.72 USD/u),
    });
  });

  it('have the bound of the settings, 0 included', () => {
    const strict = settings({ rounding: { maxAdjustmentMinor: 0 } });
    expect(code(plan({ totalMinor: 4429 }, company, strict))).toBe('total_mismatch');
    expect(code(plan({}, company, strict))).toBe('planned');
    const wide = settings({ rounding: { maxAdjustmentMinor: 572 } });
    expect(code(plan({ totalMinor: 5000 }, company, wide))).toBe('planned');
    expect(code(plan({ totalMinor: 5001 }, company, wide))).toBe('total_mismatch');
  });

  it('have a bound that grows by half a unit per product, fee, shipping and tax line', () => {
    const many = (lines: number, fees: number, shipping: number) =>
      order({
        lines: Array.from({ length: lines }, () => line()),
        fees: Array.from({ length: fees }, () => charge()),
        shipping: Array.from({ length: shipping }, () => charge()),
      });
    expect(automaticBound(many(1, 0, 0))).toBe(5);
    expect(automaticBound(many(6, 0, 1))).toBe(5);
    expect(automaticBound(many(7, 0, 1))).toBe(6);
    expect(automaticBound(many(120, 1, 1))).toBe(63);
  });

  it('are held when total_tax is far from the tax of the lines or of the tax lines, where rates are booked', () => {
    const off = 400;
    const at = (over: Partial<CanonicalOrder>) => planOrder(germanOrder(over), settings(), globalCompany());
    const { totalMinor, totalTaxMinor, taxLines } = germanOrder();
    expect(at({ totalTaxMinor: totalTaxMinor + off, totalMinor: totalMinor + off })).toMatchObject({
      code: 'total_mismatch',
    });
    const wrong = taxLines.map((tax) => ({ ...tax, taxMinor: tax.taxMinor + off }));
    expect(at({ taxLines: wrong })).toMatchObject({
      code: 'total_mismatch',
      message: expect.stringContaining('its tax lines'),
    });
  });

  it('point at the rounding setting only while the difference could be rounding', () => {
    const told = (off: number) => planOrder(order({ totalMinor: 4428 + off }), settings(), company);
    expect(told(10)).toMatchObject({ message: expect.stringContaining('maxAdjustmentMinor') });
    expect(told(2_500)).toMatchObject({
      code: 'total_mismatch',
      message: expect.not.stringContaining('maxAdjustmentMinor'),
    });
  });

  it('keep a drift of the tax within the bound out of the rounding line when the total says so', () => {
    const result = planned(order({ totalTaxMinor: 330, totalMinor: 4430 }), company);
    expect(result).toMatchObject({ roundingMinor: 0, predicted: { totalMinor: 4430, taxMinor: 330 } });
  });
});

describe('lines (B11)', () => {
  it('stand at the price before coupons, with one discount line per set of rates', () => {
    const result = planned(
      order({
        lines: [
          line({ subtotalMinor: 4000, totalMinor: 3600 }),
          line({
            id: '2',
            subtotalMinor: 1000,
            totalMinor: 850,
            totalTaxMinor: 0,
            taxes: [],
            productId: '7',
            variationId: null,
          }),
          line({
            id: '3',
            subtotalMinor: 500,
            totalMinor: 450,
            totalTaxMinor: 0,
            taxes: [],
            productId: '8',
            variationId: null,
          }),
        ],
        couponCodes: ['save10', 'gift'],
        totalMinor: 4428 + 850 + 450,
      }),
      company,
    );
    expect(result.lines.filter(({ kind }) => kind === 'product').map(({ amountMinor }) => amountMinor)).toEqual([
      4000, 1000, 500,
    ]);
    expect(result.lines.filter(({ kind }) => kind === 'discount')).toMatchObject([
      { amountMinor: -400, taxCode: 'TAX', description: 'Discount save10, gift', item: 'role:discount' },
      { amountMinor: -200, taxCode: 'NON', item: 'role:discount' },
    ]);
  });

  it('book a discount without a coupon too', () => {
    const discount = planned(order({ couponCodes: [] }), company).lines.find(({ kind }) => kind === 'discount');
    expect(discount).toMatchObject({ amountMinor: -400, description: 'Discount' });
  });

  it('book fees of either sign and several shipping lines on items of their own', () => {
    const free = { totalTaxMinor: 0, taxes: [] };
    const result = planned(
      order({
        fees: [
          charge({ name: 'Gift wrap', totalMinor: 250, ...free }),
          charge({ name: 'Loyalty', totalMinor: -75, ...free }),
        ],
        shipping: [charge(), charge({ name: 'Express', totalMinor: 0, ...free })],
        totalMinor: 4428 + 250 - 75,
      }),
      company,
    );
    const shown = result.lines.map(({ kind, item, amountMinor, description }) => [
      kind,
      item,
      amountMinor,
      description,
    ]);
    expect(shown).toEqual([
      ['product', 'woo:88-91', 4000, 'Mug - Blue'],
      ['discount', 'role:discount', -400, 'Discount save10'],
      ['fee', 'role:fee', 250, 'Gift wrap'],
      ['fee', 'role:fee', -75, 'Loyalty'],
      ['shipping', 'role:shipping', 500, 'Flat rate'],
      ['shipping', 'role:shipping', 0, 'Express'],
    ]);
  });

  it('name each item once, with the account a new one would need', () => {
    const { items } = planned(
      order({ lines: [line(), line({ id: '2', totalMinor: 0, subtotalMinor: 0, totalTaxMinor: 0, taxes: [] })] }),
      company,
    );
    expect(items.map(({ identity }) => identity)).toEqual(['woo:88-91', 'role:discount', 'role:shipping']);
    expect(items.map(({ accountRole }) => accountRole)).toEqual(['salesIncome', 'discounts', 'shippingIncome']);
  });

  it('use the item Woo sale for lines without a product, with the line’s name', () => {
    const result = planned(
      order({ lines: [line({ productId: null, variationId: null, sku: null, name: 'Discontinued Jug' })] }),
      company,
    );
    expect(result.lines[0]).toMatchObject({ item: 'role:sale', description: 'Discontinued Jug' });
  });
});

describe('dates (B2)', () => {
  it('date the document by the setting, by creation while that has not happened', () => {
    const dateOf = (documentDate: 'created' | 'paid' | 'completed', changes = {}) =>
      planned(order(changes), company, settings({ documentDate })).txnDate;
    expect(dateOf('created')).toBe('2026-11-22');
    expect(dateOf('paid')).toBe('2026-11-23');
    expect(dateOf('paid', { paidDate: null })).toBe('2026-11-22');
    expect(dateOf('completed')).toBe('2026-11-22');
    expect(dateOf('completed', { completedDate: '2026-11-25' })).toBe('2026-11-25');
  });
});
