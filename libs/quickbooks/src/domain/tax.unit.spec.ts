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
import { planOrder } from './plan-order.js';

const heldCode = (result: ReturnType<typeof planOrder>) => (result.kind === 'held' ? result.code : result.kind);
const withTax = (tax: Partial<ReturnType<typeof settings>['tax']>) => settings({ tax: { mode: 'auto', ...tax } });

describe('tax of a US company (B13)', () => {
  it('overrides with the order’s total_tax under the company’s own code', () => {
    const plan = planned(
      order({ fees: [charge({ totalMinor: 100, totalTaxMinor: 0, taxes: [] })], totalMinor: 4528 }),
      usCompany(),
    );
    expect(plan.tax).toEqual({ mode: 'usOverride', codeId: '2', totalTaxMinor: 328 });
    expect(plan.lines.map(({ taxCode }) => taxCode)).toEqual(['TAX', 'TAX', 'NON', 'TAX']);
  });

  it('takes the code of the settings first', () => {
    expect(planned(order(), usCompany(), withTax({ usOverrideCode: '17' })).tax).toMatchObject({ codeId: '17' });
  });

  it('leaves an order without tax untaxed on every line, so that automated sales tax computes nothing', () => {
    const untaxed = order({
      lines: [line({ totalTaxMinor: 0, taxes: [{ rateId: '1', amountMinor: 0 }] })],
      shipping: [],
      taxLines: [],
      totalMinor: 3600,
      totalTaxMinor: 0,
    });
    const plan = planned(untaxed, usCompany());
    expect(plan.tax).toEqual({ mode: 'none', global: false });
    expect(plan.lines.every(({ taxCode }) => taxCode === 'NON')).toBe(true);
  });

  it('holds when sales tax is off and the order has tax, and goes on when it has none', () => {
    const off = usCompany({ usingSalesTax: false });
    expect(planOrder(order(), settings(), off)).toMatchObject({
      code: 'tax_disabled',
      message: expect.stringContaining('3.28 USD'),
    });
    const untaxed = order({
      lines: [line({ totalTaxMinor: 0, taxes: [] })],
      shipping: [],
      taxLines: [],
      totalMinor: 3600,
      totalTaxMinor: 0,
    });
    expect(planned(untaxed, off).lines.map(({ taxCode }) => taxCode)).toEqual([null, null]);
  });

  it('holds when there is no code to override with; rows that say of no line that it is taxed hold nothing', () => {
    expect(heldCode(planOrder(order(), settings(), usCompany({ taxGroupCodeRef: null })))).toBe('tax_unmapped');
    const loose = order({
      lines: [line({ totalTaxMinor: 0, taxes: [] })],
      shipping: [],
      taxLines: [],
      totalMinor: 3603,
      totalTaxMinor: 3,
    });
    const plan = planned(loose, usCompany());
    expect([plan.lines.map(({ taxCode }) => taxCode), plan.predicted.taxMinor]).toEqual([['TAX', 'TAX'], 3]);
  });
});

describe('tax of a company with global codes (B13)', () => {
  it('uses the only active code with exactly the line’s rates, and the order’s tax per rate', () => {
    const plan = planned(germanOrder(), globalCompany());
    expect(plan.lines.map(({ taxCode }) => taxCode)).toEqual(['5', '6', '9']);
    expect(plan.tax).toEqual({
      mode: 'global',
      totalTaxMinor: 260,
      rates: [
        { rateId: 'r19', percent: '19', amountMinor: 190, netMinor: 1000 },
        { rateId: 'r7', percent: '7', amountMinor: 70, netMinor: 1000 },
      ],
    });
  });

  const quebec = (secondIsCompound: boolean) => {
    const taxes = [
      { rateId: '1', amountMinor: 50 },
      { rateId: '2', amountMinor: 105 },
    ];
    return germanOrder({
      lines: [line({ subtotalMinor: 1000, totalMinor: 1000, totalTaxMinor: 155, taxes })],
      shipping: [],
      taxLines: [
        { rateId: '1', label: 'TPS', ratePercent: '5.0', compound: false, taxMinor: 50, shippingTaxMinor: 0 },
        {
          rateId: '2',
          label: 'TVQ',
          ratePercent: '9.975',
          compound: secondIsCompound,
          taxMinor: 105,
          shippingTaxMinor: 0,
        },
      ],
      totalMinor: 1155,
      totalTaxMinor: 155,
    });
  };

  it('tells compound rates from simple ones', () => {
    expect(planned(quebec(true), globalCompany()).lines[0]).toMatchObject({ taxCode: '7' });
    expect(heldCode(planOrder(quebec(false), settings(), globalCompany()))).toBe('tax_unmapped');
  });

  it('holds an order whose rates no code has, naming them', () => {
    const company = globalCompany({ taxCodes: globalCompany().taxCodes.filter(({ id }) => id !== '6') });
    expect(planOrder(germanOrder(), settings(), company)).toMatchObject({
      code: 'tax_unmapped',
      message: expect.stringContaining('7 % (rate 2)'),
    });
  });

  it('does not use inactive codes, nor the sum of two rates for one rate', () => {
    const { taxCodes } = globalCompany();
    const inactive = globalCompany({
      taxCodes: taxCodes.map((each) => (each.id === '6' ? { ...each, active: false } : each)),
    });
    expect(heldCode(planOrder(germanOrder(), settings(), inactive))).toBe('tax_unmapped');
    const split = globalCompany({
      taxCodes: [
        ...taxCodes.filter(({ id }) => id !== '6'),
        code('8', '3+4', [
          ['a', '3'],
          ['b', '4'],
        ]),
      ],
    });
    expect(heldCode(planOrder(germanOrder(), settings(), split))).toBe('tax_unmapped');
  });

  it('holds when two codes have the same rates, until the settings name one', () => {
    const company = globalCompany({ taxCodes: [...globalCompany().taxCodes, code('15', 'EU 19%', [['r19b', '19']])] });
    expect(planOrder(germanOrder(), settings(), company)).toMatchObject({
      code: 'tax_ambiguous',
      message: expect.stringContaining('"EU 19%" (15)'),
    });
    const plan = planned(germanOrder(), company, withTax({ codeByWooRates: { '1': '15' } }));
    expect(plan.lines[0]?.taxCode).toBe('15');
    expect(plan.tax).toMatchObject({
      rates: [
        { rateId: 'r19b', amountMinor: 190 },
        { rateId: 'r7', amountMinor: 70 },
      ],
    });
  });

  it('holds when a code of the settings does not exist or is inactive', () => {
    expect(heldCode(planOrder(germanOrder(), withTax({ codeByWooRates: { '1': '404' } }), globalCompany()))).toBe(
      'tax_unmapped',
    );
    const company = globalCompany({ taxCodes: [...globalCompany().taxCodes, code('16', 'old', [['x', '19']], false)] });
    expect(heldCode(planOrder(germanOrder(), withTax({ codeByWooRates: { '1': '16' } }), company))).toBe(
      'tax_unmapped',
    );
  });

  it('needs exactly one untaxed code for lines without tax, or the one of the settings', () => {
    const { taxCodes } = globalCompany();
    const without = globalCompany({ taxCodes: taxCodes.filter(({ id }) => id !== '9') });
    expect(heldCode(planOrder(germanOrder(), settings(), without))).toBe('tax_unmapped');
    const two = globalCompany({ taxCodes: [...taxCodes, code('10', 'Exempt', [])] });
    expect(heldCode(planOrder(germanOrder(), settings(), two))).toBe('tax_ambiguous');
    expect(planned(germanOrder(), two, withTax({ untaxedCode: '10' })).lines[2]?.taxCode).toBe('10');
  });

  it('sends a rounding line under the untaxed code', () => {
    const plan = planned(germanOrder({ totalMinor: 2562 }), globalCompany());
    expect(plan.lines.at(-1)).toMatchObject({ kind: 'rounding', amountMinor: 2, taxCode: '9' });
  });

  it('takes a rate at 0 % as zero-rated, not as untaxed by accident', () => {
    const zero = germanOrder({
      lines: [
        line({ subtotalMinor: 1000, totalMinor: 1000, totalTaxMinor: 0, taxes: [{ rateId: '3', amountMinor: 0 }] }),
      ],
      shipping: [],
      taxLines: [{ rateId: '3', label: '0', ratePercent: '0.0', compound: false, taxMinor: 0, shippingTaxMinor: 0 }],
      totalMinor: 1000,
      totalTaxMinor: 0,
    });
    expect(planned(zero, globalCompany()).lines[0]?.taxCode).toBe('9');
  });

  it('does not take an untaxed line for taxed because its tax is listed as 0', () => {
    const listed = germanOrder();
    const [first, second] = listed.lines;
    if (!first || !second) throw new TypeError('two lines');
    const edited = {
      ...listed,
      lines: [first, { ...second, totalTaxMinor: 0, taxes: [{ rateId: '2', amountMinor: 0 }] }],
      taxLines: listed.taxLines
        .slice(0, 1)
        .concat({ rateId: '2', label: '', ratePercent: '7', compound: false, taxMinor: 0, shippingTaxMinor: 0 }),
      totalTaxMinor: 190,
      totalMinor: 2490,
    };
    expect(planned(edited, globalCompany()).lines.map(({ taxCode }) => taxCode)).toEqual(['5', '9', '9']);
  });

  it('keeps the taxed code on a line that a coupon made free', () => {
    const free = line({
      subtotalMinor: 1000,
      totalMinor: 0,
      totalTaxMinor: 0,
      taxes: [{ rateId: '1', amountMinor: 0 }],
    });
    const plan = planned(germanOrder({ lines: [free, ...germanOrder().lines], totalMinor: 2560 }), globalCompany());
    expect(
      plan.lines.filter(({ item, kind }) => kind === 'discount' || item === 'woo:88-91').map(({ taxCode }) => taxCode),
    ).toEqual(['5', '5', '5']);
  });

  it('puts round-at-subtotal drift on the largest rate, so that the parts are total_tax', () => {
    const drifted = germanOrder({ totalTaxMinor: 262, totalMinor: 2562 });
    expect(planned(drifted, globalCompany()).tax).toMatchObject({
      totalTaxMinor: 262,
      rates: [{ amountMinor: 192 }, { amountMinor: 70 }],
    });
    const [first, second] = germanOrder().taxLines;
    if (!first || !second) throw new TypeError('two tax lines');
    const byLine = germanOrder({
      taxLines: [first, { ...second, taxMinor: 72 }],
      totalTaxMinor: 262,
      totalMinor: 2562,
    });
    expect(planned(byLine, globalCompany()).tax).toMatchObject({ rates: [{ amountMinor: 190 }, { amountMinor: 72 }] });
  });

  it('adds up two source rates that stand for one QuickBooks rate', () => {
    const twice = germanOrder();
    const [first, second] = twice.lines;
    if (!first || !second) throw new TypeError('two lines');
    const both = germanOrder({
      lines: [first, { ...second, totalTaxMinor: 190, taxes: [{ rateId: '4', amountMinor: 190 }] }],
      taxLines: [
        ...twice.taxLines.slice(0, 1),
        { rateId: '4', label: 'MwSt. AT', ratePercent: '19.0000', compound: false, taxMinor: 190, shippingTaxMinor: 0 },
      ],
      totalTaxMinor: 380,
      totalMinor: 2680,
    });
    expect(planned(both, globalCompany()).tax).toMatchObject({
      rates: [{ rateId: 'r19', amountMinor: 380, netMinor: 2000 }],
    });
  });
});

describe('a rate whose percent the shop did not say', () => {
  const nameless = (of: ReturnType<typeof order>) => ({
    ...of,
    taxLines: of.taxLines.map((tax) => ({ ...tax, ratePercent: '0' })),
  });

  it('is taxed all the same in a US company', () => {
    expect(planned(nameless(order()), usCompany()).lines.map(({ taxCode }) => taxCode)).toEqual(['TAX', 'TAX', 'TAX']);
  });

  it('needs a code of the settings elsewhere', () => {
    expect(planOrder(nameless(germanOrder()), settings(), globalCompany())).toMatchObject({
      code: 'tax_unmapped',
      message: expect.stringContaining('unknown rate'),
    });
    const plan = planned(nameless(germanOrder()), globalCompany(), withTax({ codeByWooRates: { '1': '5', '2': '6' } }));
    expect(plan.tax).toMatchObject({
      rates: [
        { rateId: 'r19', amountMinor: 190 },
        { rateId: 'r7', amountMinor: 70 },
      ],
    });
  });
});

describe('tax modes', () => {
  it('none sends no tax and holds orders that have some', () => {
    expect(heldCode(planOrder(order(), withTax({ mode: 'none' }), usCompany()))).toBe('tax_disabled');
    const untaxed = germanOrder({
      lines: [line({ subtotalMinor: 500, totalMinor: 500, totalTaxMinor: 0, taxes: [] })],
      shipping: [],
      taxLines: [],
      totalMinor: 500,
      totalTaxMinor: 0,
    });
    expect(planned(untaxed, globalCompany(), withTax({ mode: 'none' })).tax).toEqual({ mode: 'none', global: true });
  });

  it('that do not fit the country are held', () => {
    expect(heldCode(planOrder(order(), withTax({ mode: 'global' }), usCompany()))).toBe('tax_unmapped');
    expect(heldCode(planOrder(germanOrder(), withTax({ mode: 'usOverride' }), globalCompany()))).toBe('tax_unmapped');
  });
});
