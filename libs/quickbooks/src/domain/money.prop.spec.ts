import type { CanonicalOrder, OrderCharge } from '@tillstream/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { globalCompany, line, order, refsFor, settings, usCompany } from '../../test/fixtures.js';
import { buildInvoice } from './documents.js';
import type { CompanyProfile, JsonObject } from './model.js';
import { automaticBound, sum } from './order-checks.js';
import { planOrder } from './plan-order.js';

/** Orders a shop could have: lines with coupons, fees of either sign, shipping, rates, drift of the sums. */
const RATES = [
  { id: '1', percent: '19', compound: false },
  { id: '2', percent: '7', compound: false },
  { id: '3', percent: '5', compound: false },
  { id: '4', percent: '9.975', compound: true },
] as const;
const SETS: readonly (readonly string[])[] = [[], ['1'], ['2'], ['3', '4']];

function taxesOf(totalMinor: number, set: readonly string[]): OrderCharge['taxes'] {
  let base = totalMinor;
  return set.map((rateId) => {
    const rate = RATES.find(({ id }) => id === rateId);
    const amountMinor = Math.round(((rate?.compound ? base : totalMinor) * Number(rate?.percent)) / 100);
    base += amountMinor;
    return { rateId, amountMinor };
  });
}

const charged = (id: number, name: string, totalMinor: number, set: readonly string[]): OrderCharge => {
  const taxes = taxesOf(totalMinor, set);
  return { id: String(id), name, totalMinor, totalTaxMinor: sum(taxes.map(({ amountMinor }) => amountMinor)), taxes };
};
const minor = fc.integer({ min: 0, max: 300_000 });
const set = fc.constantFrom(...SETS);
const lines = fc.array(
  fc.record({
    subtotal: minor,
    off: fc.nat({ max: 100 }),
    set,
    quantity: fc.constantFrom('1', '3', '7', '2.5', '0.333', '999983'),
  }),
  { minLength: 1, maxLength: 30 },
);
const charges = (low: number) =>
  fc.array(fc.record({ total: fc.integer({ min: low, max: 9000 }), set }), { maxLength: 3 });

interface Drift {
  readonly total: number;
  readonly tax: number;
  readonly byRate: number;
}
const drift: fc.Arbitrary<Drift> = fc.record({
  total: fc.integer({ min: -25, max: 25 }),
  tax: fc.integer({ min: -3, max: 3 }),
  byRate: fc.integer({ min: -2, max: 2 }),
});

const shopOrder = fc
  .record({ lines, fees: charges(-2000), shipping: charges(0), drift, currency: fc.constantFrom('EUR', 'JPY') })
  .map((made): { order: CanonicalOrder; drift: Drift } => {
    const products = made.lines.map((each, index) => {
      const total = Math.round((each.subtotal * (100 - each.off)) / 100);
      return line({
        ...charged(index, `Product ${index}`, total, each.set),
        subtotalMinor: each.subtotal,
        quantity: each.quantity,
        productId: String(index % 5),
        sku: '',
      });
    });
    const fees = made.fees.map((each, index) => charged(index, 'Fee', each.total, each.set));
    const shipping = made.shipping.map((each, index) => charged(index, 'Shipping', each.total, each.set));
    const all = [...products, ...fees, ...shipping];
    const used = RATES.filter(({ id }) => all.some(({ taxes }) => taxes.some(({ rateId }) => rateId === id)));
    const taxLines = used.map(({ id, percent, compound }, index) => {
      const taxMinor = sum(
        all.flatMap(({ taxes }) => taxes.filter(({ rateId }) => rateId === id).map(({ amountMinor }) => amountMinor)),
      );
      return {
        rateId: id,
        label: 'Tax',
        ratePercent: percent,
        compound,
        taxMinor: taxMinor + (index === 0 ? made.drift.byRate : 0),
        shippingTaxMinor: 0,
      };
    });
    const exactTax = sum(all.map(({ totalTaxMinor }) => totalTaxMinor));
    const totalTaxMinor = used.length === 0 ? 0 : exactTax + made.drift.tax;
    const totalMinor = sum(all.map((each) => each.totalMinor)) + totalTaxMinor + made.drift.total;
    return {
      order: order({ currency: made.currency, lines: products, fees, shipping, taxLines, totalTaxMinor, totalMinor }),
      drift: made.drift,
    };
  });

const COMPANIES = [
  (currency: string): CompanyProfile => usCompany({ homeCurrency: currency }),
  (currency: string): CompanyProfile => globalCompany({ homeCurrency: currency }),
];
const company = fc.constantFrom(...COMPANIES);

/** What the document comes to, read from its text as QuickBooks would, by digits and not by floats. */
function bookedMinor(bodyText: string, currency: string) {
  const body: JsonObject = JSON.parse(bodyText);
  const toMinor = (value: unknown) => Math.round(Number(value ?? 0) * (currency === 'JPY' ? 1 : 100));
  const list: { Amount: number; SalesItemLineDetail: { TaxCodeRef?: { value: string } } }[] = JSON.parse(
    JSON.stringify(body['Line']),
  );
  const detail: { TotalTax?: number; TaxLine?: { Amount: number }[] } = JSON.parse(
    JSON.stringify(body['TxnTaxDetail'] ?? {}),
  );
  return {
    net: sum(list.map(({ Amount }) => toMinor(Amount))),
    tax: toMinor(detail.TotalTax),
    taxLines: detail.TaxLine?.map(({ Amount }) => toMinor(Amount)),
    byCode: Object.entries(Object.groupBy(list, (each) => each.SalesItemLineDetail.TaxCodeRef?.value ?? '')).map(
      ([code, of]) => [code, sum((of ?? []).map(({ Amount }) => toMinor(Amount)))] as const,
    ),
  };
}

describe('any order a shop could have', () => {
  it('is booked at its total and tax to the unit, or held for a reason that is true', () => {
    let booked = 0;
    fc.assert(
      fc.property(shopOrder, company, ({ order: of, drift: off }, companyIn) => {
        const profile = companyIn(of.currency);
        const plan = planOrder(of, settings(), profile);
        if (plan.kind === 'held') {
          const reasons: Partial<Record<typeof plan.code, boolean>> = {
            negative_total: of.totalMinor < 0,
            negative_tax: of.totalTaxMinor < 0,
            total_mismatch: Math.abs(off.total) > automaticBound(of),
          };
          if (reasons[plan.code] !== true) throw new TypeError(plan.message);
          return;
        }
        booked += 1;
        expect(Math.abs(plan.roundingMinor)).toBeLessThanOrEqual(automaticBound(of));
        const built = buildInvoice(plan, refsFor(plan), profile);
        if (built.kind !== 'built') throw new TypeError(built.message);
        const { net, tax, taxLines } = bookedMinor(built.bodyText, of.currency);
        expect({ total: net + tax, tax }).toEqual({ total: of.totalMinor, tax: of.totalTaxMinor });
        expect(sum(taxLines ?? [tax])).toBe(tax);
        expect(plan.predicted).toEqual({ totalMinor: of.totalMinor, taxMinor: of.totalTaxMinor });
      }),
      { numRuns: 600 },
    );
    expect(booked).toBeGreaterThan(200);
  });

  it('has the same net under each tax code as its lines after coupons (B11)', () => {
    const CODE: Readonly<Record<string, string>> = { '': '9', '1': '5', '2': '6', '3+4': '7' };
    fc.assert(
      fc.property(shopOrder, ({ order: of }) => {
        const profile = globalCompany({ homeCurrency: of.currency });
        const plan = planOrder(of, settings({ rounding: { maxAdjustmentMinor: 100 } }), profile);
        fc.pre(plan.kind === 'planned');
        const built = buildInvoice(plan, refsFor(plan), profile);
        if (built.kind !== 'built') throw new TypeError(built.message);
        const expected = new Map<string, number>(plan.roundingMinor === 0 ? [] : [['9', plan.roundingMinor]]);
        for (const each of [...of.lines, ...of.fees, ...of.shipping]) {
          const key = CODE[each.taxes.map(({ rateId }) => rateId).join('+')] ?? '?';
          expected.set(key, (expected.get(key) ?? 0) + each.totalMinor);
        }
        const actual = new Map(bookedMinor(built.bodyText, of.currency).byCode);
        expect(Object.fromEntries(actual)).toEqual(Object.fromEntries(expected));
      }),
      { numRuns: 300 },
    );
  });

  it('is allowed to drift by exactly the bound, never by one more', () => {
    fc.assert(
      fc.property(shopOrder, company, fc.constantFrom(-1, 1), ({ order: of, drift: off }, companyIn, sign) => {
        const bound = automaticBound(of);
        const at = (total: number) =>
          planOrder(
            { ...of, totalMinor: of.totalMinor - off.total + sign * total },
            settings(),
            companyIn(of.currency),
          );
        const allowed = at(bound);
        fc.pre(allowed.kind === 'planned');
        expect(allowed).toMatchObject({ roundingMinor: sign * bound });
        const beyond = at(bound + 1);
        expect(beyond.kind === 'held' ? beyond.code : 'planned').toMatch(/total_mismatch|negative_total/u);
      }),
      { numRuns: 300 },
    );
  });

  it('gives the same bytes each time', () => {
    fc.assert(
      fc.property(shopOrder, ({ order: of }) => {
        const text = () => {
          const plan = planOrder(structuredClone(of), settings(), globalCompany({ homeCurrency: of.currency }));
          if (plan.kind !== 'planned') return plan.message;
          const built = buildInvoice(plan, refsFor(plan), globalCompany({ homeCurrency: of.currency }));
          return built.kind === 'built' ? built.bodyText : built.message;
        };
        expect(text()).toBe(text());
      }),
      { numRuns: 50 },
    );
  });
});

describe('numbers that make no sense', () => {
  it('are held or booked at the total, and never throw', () => {
    const wild = fc.integer({ min: -1_000_000_000_000, max: 1_000_000_000_000 });
    const taxes = fc.array(fc.record({ rateId: fc.constantFrom('1', '2', '99'), amountMinor: wild }), { maxLength: 3 });
    const wildCharge = fc.record({ id: fc.string(), name: fc.string(), totalMinor: wild, totalTaxMinor: wild, taxes });
    const wildOrder = fc.record({
      totalMinor: wild,
      totalTaxMinor: wild,
      fees: fc.array(wildCharge, { maxLength: 3 }),
      shipping: fc.array(wildCharge, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(wildOrder, fc.boolean(), (changes, isUs) => {
        const profile = isUs ? usCompany() : globalCompany({ homeCurrency: 'USD' });
        const of = order(changes);
        const plan = planOrder(of, settings({ rounding: { maxAdjustmentMinor: 1_000_000 } }), profile);
        const correct =
          plan.kind === 'held' ||
          (plan.predicted.totalMinor === of.totalMinor && plan.predicted.taxMinor === of.totalTaxMinor);
        expect(correct).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
