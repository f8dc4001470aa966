import type { CanonicalOrder } from '@tillstream/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  charge,
  code,
  germanOrder,
  globalCompany,
  line,
  order,
  planned,
  settings,
  usCompany,
} from '../../test/fixtures.js';
import { partsByRate } from './order-taxes.js';
import { planOrder } from './plan-order.js';

/** Orders as public reports show them: what is right in the books (B1, B11, B13, B18). */

const us = usCompany();
const untaxed = { totalTaxMinor: 0, taxes: [] };
const bare = (over: Partial<CanonicalOrder>): CanonicalOrder =>
  order({ couponCodes: [], shipping: [], taxLines: [], totalTaxMinor: 0, ...over });
const codeOf = (of: CanonicalOrder, company = us, using = settings()) => {
  const plan = planOrder(of, using, company);
  return plan.kind === 'held' ? plan.code : plan.kind;
};
const amounts = (of: CanonicalOrder, company = us, using = settings()) =>
  planned(of, company, using).lines.map(({ kind, amountMinor }) => [kind, amountMinor]);

describe('a line raised above its subtotal (B11)', () => {
  it.each([
    [1920, 10_000],
    [0, 2_500],
    [-1_000, -800],
  ])('from %i to %i stands at its total and is no discount', (subtotalMinor, totalMinor) => {
    const raised = line({ ...untaxed, subtotalMinor, totalMinor, quantity: '1' });
    const other = line({ ...untaxed, id: '2', productId: '7', subtotalMinor: 2_000, totalMinor: 2_000 });
    const of = bare({ lines: [raised, other], totalMinor: totalMinor + 2_000 });
    expect(amounts(of)).toEqual([
      ['product', totalMinor],
      ['product', 2_000],
    ]);
  });

  it('is not netted against what another line is discounted', () => {
    const lines = [
      line({ ...untaxed, subtotalMinor: 1_000, totalMinor: 1_500 }),
      line({ ...untaxed, id: '2', productId: '7', subtotalMinor: 2_000, totalMinor: 1_500 }),
    ];
    expect(amounts(bare({ lines, totalMinor: 3_000 }))).toEqual([
      ['product', 1_500],
      ['product', 2_000],
      ['discount', -500],
    ]);
  });
});

describe('gift cards that lower the total (B11)', () => {
  const of = bare({
    lines: [line({ ...untaxed, subtotalMinor: 8_000, totalMinor: 8_000, quantity: '1' })],
    giftCards: [{ code: 'ABCD-TEST-0001', amountMinor: 2_500 }],
    totalMinor: 5_500,
  });

  it('are held until an account is named', () => {
    expect(planOrder(of, settings(), us)).toMatchObject({
      code: 'gift_card_account_missing',
      message: expect.stringContaining('25.00 USD'),
    });
  });

  it('are a negative line of their own on it, without the whole code', () => {
    const using = settings({ accounts: { giftCards: 'Gift cards sold' } });
    expect(amounts(of, us, using)).toEqual([
      ['product', 8_000],
      ['giftCard', -2_500],
    ]);
    const { lines } = planned(of, us, using);
    expect(lines.at(-1)?.description).toBe('Gift card 0001');
  });
});

describe('what the shop does not say (B18)', () => {
  it('a refunded order without a refund is held, also when its refunds are worth nothing', () => {
    expect(codeOf(order({ status: 'refunded' }))).toBe('refund_missing');
    expect(codeOf(order({ status: 'refunded', refunds: [{ id: '1', reason: '', amountMinor: 0 }] }))).toBe(
      'refund_missing',
    );
    expect(codeOf(order({ status: 'completed' }))).toBe('planned');
  });

  it('negative tax is held before anything is written', () => {
    const fee = charge({ totalMinor: -11_000, totalTaxMinor: -1_305, taxes: [{ rateId: '1', amountMinor: -1_305 }] });
    const goods = line({ ...untaxed, subtotalMinor: 12_500, totalMinor: 12_500 });
    expect(codeOf(bare({ lines: [goods], fees: [fee], totalTaxMinor: -1_305, totalMinor: 195 }))).toBe('negative_tax');
  });
});

describe('tax rows left twice (B13)', () => {
  const twice = <T>(rows: readonly T[]): T[] => [...rows, ...rows];
  const { taxLines, lines } = germanOrder();
  const doubled = lines.map((each) => ({ ...each, taxes: twice(each.taxes) }));

  it.each([
    ['of the order', { taxLines: twice(taxLines) }],
    ['of the lines', { lines: doubled }],
    ['of both', { taxLines: twice(taxLines), lines: doubled }],
  ])('%s count once', (_where, over) => {
    const plan = planned(germanOrder(over), globalCompany());
    expect(plan.tax).toEqual(planned(germanOrder(), globalCompany()).tax);
    expect(plan.lines.map(({ taxCode }) => taxCode)).toEqual(['5', '6', '9']);
  });

  it('do not matter where the tax is one figure', () => {
    const of = order();
    expect(codeOf({ ...of, taxLines: twice(of.taxLines) })).toBe('planned');
    expect(codeOf({ ...of, lines: of.lines.map((each) => ({ ...each, taxes: twice(each.taxes) })) })).toBe('planned');
    expect(codeOf({ ...of, taxLines: [] })).toBe('planned');
  });

  it('stay twice where the sum is right so: two rows of one amount may be two rates', () => {
    const of = germanOrder();
    const [first] = of.taxLines;
    if (!first) throw new TypeError('no tax line');
    const wrong = { ...first, taxMinor: first.taxMinor + 500 };
    expect(codeOf({ ...of, taxLines: [wrong, wrong, ...of.taxLines.slice(1)] }, globalCompany())).toBe(
      'total_mismatch',
    );
  });
});

describe('shipping and fees whose tax is split over the rates of the goods (B13)', () => {
  const split = charge({
    totalMinor: 1_000,
    totalTaxMinor: 130,
    taxes: [
      { rateId: '1', amountMinor: 95 },
      { rateId: '2', amountMinor: 35 },
    ],
  });

  it('are one line per rate, and the tax of each rate is the order’s', () => {
    const base = germanOrder();
    const of = germanOrder({
      shipping: [split],
      totalMinor: base.totalMinor - 300 + 1_130,
      totalTaxMinor: base.totalTaxMinor + 130,
      taxLines: base.taxLines.map((tax) => ({ ...tax, shippingTaxMinor: tax.rateId === '1' ? 95 : 35 })),
    });
    const plan = planned(of, globalCompany());
    expect(plan.lines.map(({ amountMinor, taxCode }) => [amountMinor, taxCode])).toEqual([
      [1_000, '5'],
      [1_000, '6'],
      [500, '5'],
      [500, '6'],
    ]);
    expect(plan.tax).toMatchObject({
      rates: [
        { rateId: 'r19', amountMinor: 285, netMinor: 1_500 },
        { rateId: 'r7', amountMinor: 105, netMinor: 1_500 },
      ],
    });
  });

  it('stay one line where both rates apply to the whole of it, or where the parts do not add up', () => {
    const rates = (percents: readonly string[]) =>
      percents.map((ratePercent, index) => ({
        rateId: String(index + 1),
        label: '',
        ratePercent,
        compound: false,
        taxMinor: 0,
        shippingTaxMinor: 1,
      }));
    const taxed = (a: number, b: number) =>
      charge({
        totalMinor: 1_000,
        taxes: [
          { rateId: '1', amountMinor: a },
          { rateId: '2', amountMinor: b },
        ],
      });
    expect(partsByRate(taxed(50, 70), rates(['5', '7']))).toHaveLength(1);
    expect(partsByRate(taxed(95, 70), rates(['19', '7']))).toHaveLength(1);
    expect(partsByRate(taxed(95, 35), rates(['19', '7']))).toHaveLength(2);
  });

  it('never change the amount, whatever the parts (property)', () => {
    const percent = fc.constantFrom('19', '7', '20', '5', '2.5', '10');
    fc.assert(
      fc.property(
        percent,
        percent,
        fc.integer({ min: 0, max: 50_000 }),
        fc.integer({ min: 0, max: 50_000 }),
        (a, b, x, y) => {
          const taxes = [
            { rateId: '1', amountMinor: Math.round((x * Number(a)) / 100) },
            { rateId: '2', amountMinor: Math.round((y * Number(b)) / 100) },
          ];
          const of = charge({ totalMinor: x + y, taxes });
          const lines = [a, b].map((ratePercent, index) => ({
            rateId: String(index + 1),
            label: '',
            ratePercent,
            compound: false,
            taxMinor: 0,
            shippingTaxMinor: 1,
          }));
          const parts = partsByRate(of, lines);
          expect(parts.reduce((sum, part) => sum + part.totalMinor, 0)).toBe(x + y);
          expect(parts.flatMap((part) => part.taxes.map((tax) => tax.amountMinor)).reduce((s, t) => s + t, 0)).toBe(
            (taxes[0]?.amountMinor ?? 0) + (taxes[1]?.amountMinor ?? 0),
          );
        },
      ),
    );
  });
});

describe('lines of 0.00 without tax where several codes charge nothing (B13)', () => {
  const british = globalCompany({
    homeCurrency: 'GBP',
    taxCodes: [
      code('20', '20.0% S', [['r20', '20']]),
      code('21', '0.0% Z', [['rz', '0']]),
      code('22', 'Exempt', [['re', '0']]),
      code('23', 'No VAT', [['rn', '0']]),
    ],
  });
  const taxLines = [
    { rateId: '1', label: 'VAT', ratePercent: '20', compound: false, taxMinor: 200, shippingTaxMinor: 0 },
  ];
  const goods = line({
    subtotalMinor: 1_000,
    totalMinor: 1_000,
    totalTaxMinor: 200,
    taxes: [{ rateId: '1', amountMinor: 200 }],
  });
  const free = charge({ name: 'Free shipping', totalMinor: 0, totalTaxMinor: 0, taxes: [] });
  const of = order({
    currency: 'GBP',
    couponCodes: [],
    lines: [goods],
    shipping: [free],
    taxLines,
    totalMinor: 1_200,
    totalTaxMinor: 200,
  });

  it('need no decision: they take the code of the goods', () => {
    expect(planned(of, british).lines.map(({ taxCode }) => taxCode)).toEqual(['20', '20']);
  });

  it('take the code named for lines without tax, or any zero code when nothing is taxed', () => {
    expect(planned(of, british, settings({ tax: { mode: 'auto', untaxedCode: '23' } })).lines[1]?.taxCode).toBe('23');
    const gift = { ...of, lines: [line({ ...untaxed, subtotalMinor: 0, totalMinor: 0 })], taxLines: [] };
    expect(planned({ ...gift, totalMinor: 0, totalTaxMinor: 0 }, british).lines[0]?.taxCode).toBe('21');
  });

  it('with money on them they do need one, and the message names the setting that takes it', () => {
    const paid = { ...of, shipping: [{ ...free, totalMinor: 300 }], totalMinor: 1_500 };
    expect(planOrder(paid, settings(), british)).toMatchObject({
      code: 'tax_ambiguous',
      message: expect.stringContaining('quickbooks.tax.untaxedCode'),
    });
  });
});

describe('an order without a date of creation (B18)', () => {
  it('says in its note what it is dated by', async () => {
    const { invoiceBody } = await import('./invoice-body.js');
    const plan = planned(order({ dateBasis: 'paid' }), us);
    const refs = {
      customerId: '1',
      itemIds: new Map(plan.items.map(({ identity }) => [identity, '1'])),
      sourceIdentity: 's',
    };
    expect(invoiceBody(plan, refs, us)['PrivateNote']).toContain('Dated by its payment');
  });
});
