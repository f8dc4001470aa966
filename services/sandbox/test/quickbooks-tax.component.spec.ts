import { afterEach, describe, expect, it } from 'vitest';
import type { CompanyOptions } from '../src/index.js';
import { Bench, line, REALM, type TestBody, text } from './quickbooks-client.js';

let bench: Bench;
afterEach(() => bench.close());

async function open(company: Partial<CompanyOptions>) {
  bench = await Bench.open(company);
  const { customer, item } = await bench.basics();
  const invoice = (lines: readonly (readonly [amount: number, tax?: string])[], extra: object = {}) => ({
    CustomerRef: { value: customer },
    Line: lines.map(([amount, tax]) => line({ amount, item, ...(tax === undefined ? {} : { tax }) })),
    ...extra,
  });
  return { customer, item, invoice };
}

const sums = (made: TestBody) => ({ total: made.TotalAmt, tax: made.TxnTaxDetail?.TotalTax });

describe('US sales tax', () => {
  const override = (TotalTax: number, code: string | undefined = '1') => ({
    TxnTaxDetail: { TotalTax, ...(code === undefined ? {} : { TxnTaxCodeRef: { value: code } }) },
  });

  it('books the TotalTax that was sent together with its code', async () => {
    const { invoice } = await open({});
    const code = (await bench.get('preferences')).body.Preferences?.TaxPrefs?.TaxGroupCodeRef?.value;
    const made = await bench.make(
      'invoice',
      invoice(
        [
          [10, 'TAX'],
          [5, 'NON'],
        ],
        override(1.23, text(code)),
      ),
    );
    expect(sums(made)).toEqual({ total: 16.23, tax: 1.23 });
    expect(bench.control.ledger(REALM).invoices[0]).toMatchObject({ totalMinor: 1623, taxMinor: 123 });
  });

  it('ignores TotalTax without a code, and everything when sales tax is off', async () => {
    const { invoice } = await open({});
    expect(sums(await bench.make('invoice', invoice([[10, 'TAX']], { TxnTaxDetail: { TotalTax: 1.23 } })))).toEqual({
      total: 10,
      tax: 0,
    });
    bench.control.set(REALM, { usingSalesTax: false });
    expect(sums(await bench.make('invoice', invoice([[10, 'TAX']], override(1.23))))).toEqual({ total: 10, tax: 0 });
  });

  it('computes from the code when no total is sent', async () => {
    const { invoice } = await open({ taxCodes: [{ name: 'CA', rates: [{ name: 'CA', percent: 8.875 }] }] });
    const made = await bench.make(
      'invoice',
      invoice(
        [
          [19.99, 'TAX'],
          [5, 'NON'],
        ],
        { TxnTaxDetail: { TxnTaxCodeRef: { value: '1' } } },
      ),
    );
    expect(sums(made)).toEqual({ total: 26.76, tax: 1.77 });
  });

  it('drops or keeps a total that no taxable line can carry, by switch', async () => {
    const { invoice } = await open({});
    expect(sums(await bench.make('invoice', invoice([[10, 'NON']], override(1))))).toEqual({ total: 10, tax: 0 });
    bench.control.set(REALM, { overrideWithoutTaxableLines: 'kept' });
    expect(sums(await bench.make('invoice', invoice([[10, 'NON']], override(1))))).toEqual({ total: 11, tax: 1 });
  });

  it('lets automated sales tax respect or replace the total, by switch', async () => {
    const { invoice } = await open({ partnerTaxEnabled: true, astPercent: 10 });
    expect(sums(await bench.make('invoice', invoice([[10, 'TAX']], override(1.23))))).toEqual({
      total: 11.23,
      tax: 1.23,
    });
    expect(sums(await bench.make('invoice', invoice([[10, 'TAX']])))).toEqual({ total: 11, tax: 1 });
    bench.control.set(REALM, { astOverridesTotalTax: true });
    expect(sums(await bench.make('invoice', invoice([[10, 'TAX']], override(1.23))))).toEqual({ total: 11, tax: 1 });
    expect((await bench.get('preferences')).body.Preferences?.TaxPrefs?.PartnerTaxEnabled).toBe(true);
  });

  it('refuses other line codes (6100) and GlobalTaxCalculation', async () => {
    const { invoice } = await open({});
    expect(await bench.refusal('invoice', invoice([[10, '1']]))).toMatchObject({ code: '6100' });
    expect(await bench.refusal('invoice', invoice([[10]], { GlobalTaxCalculation: 'TaxExcluded' }))).toMatchObject({
      code: '6000',
    });
  });

  it('refuses a code that is not there or only a pseudo code (2500)', async () => {
    const { invoice } = await open({});
    expect(await bench.refusal('invoice', invoice([[10, 'TAX']], override(1, '77')))).toMatchObject({ code: '2500' });
    expect(await bench.refusal('invoice', invoice([[10, 'TAX']], override(1, 'TAX')))).toMatchObject({ code: '2500' });
  });
});

describe('global tax codes', () => {
  const taxCodes = [
    { name: 'Standard', rates: [{ name: 'VAT', percent: 19 }] },
    {
      name: 'Quebec',
      rates: [
        { name: 'GST', percent: 5 },
        { name: 'PST', percent: 9.975, compound: true },
      ],
    },
    { name: 'Retired', rates: [{ name: 'Old', percent: 16 }], active: false },
  ];

  it('sums the lines per rate and rounds once', async () => {
    const { invoice } = await open({ country: 'DE', taxCodes });
    const made = await bench.make(
      'invoice',
      invoice([
        [0.33, '1'],
        [0.33, '1'],
        [0.33, '1'],
      ]),
    );
    expect(sums(made)).toEqual({ total: 1.18, tax: 0.19 });
    expect(made.TxnTaxDetail?.TaxLine).toEqual([
      {
        Amount: 0.19,
        DetailType: 'TaxLineDetail',
        TaxLineDetail: { TaxRateRef: { value: '1' }, PercentBased: true, TaxPercent: 19, NetAmountTaxable: 0.99 },
      },
    ]);
  });

  it('charges a compound rate on the amount plus the tax before it', async () => {
    const { invoice } = await open({ country: 'CA', taxCodes });
    const made = await bench.make('invoice', invoice([[100, '2']]));
    expect(sums(made)).toEqual({ total: 115.47, tax: 15.47 });
    expect(made.TxnTaxDetail?.TaxLine?.[1]?.TaxLineDetail?.NetAmountTaxable).toBe(105);
  });

  it('honours or recomputes the amounts sent per rate, by switch', async () => {
    const { invoice } = await open({ country: 'DE', taxCodes });
    const TxnTaxDetail = {
      TaxLine: [{ Amount: 1.91, DetailType: 'TaxLineDetail', TaxLineDetail: { TaxRateRef: { value: '1' } } }],
    };
    expect(sums(await bench.make('invoice', invoice([[10, '1']], { TxnTaxDetail })))).toEqual({
      total: 11.91,
      tax: 1.91,
    });
    bench.control.set(REALM, { sentTaxLines: 'recomputed' });
    expect(sums(await bench.make('invoice', invoice([[10, '1']], { TxnTaxDetail })))).toEqual({
      total: 11.9,
      tax: 1.9,
    });
  });

  it('rounds yen to whole numbers', async () => {
    const { invoice } = await open({ country: 'JP', taxCodes: [{ name: '10', rates: [{ name: '10', percent: 10 }] }] });
    expect(sums(await bench.make('invoice', invoice([[1005, '1']])))).toEqual({ total: 1106, tax: 101 });
    expect(bench.control.ledger(REALM).invoices[0]).toMatchObject({ totalMinor: 1106, currency: 'JPY' });
  });

  it('refuses TxnTaxDetail under NotApplicable (6170), missing, unknown and inactive codes', async () => {
    const { invoice } = await open({ country: 'DE', taxCodes });
    const none = { GlobalTaxCalculation: 'NotApplicable' };
    expect(sums(await bench.make('invoice', invoice([[10]], none)))).toEqual({ total: 10, tax: 0 });
    expect(await bench.refusal('invoice', invoice([[10]], { ...none, TxnTaxDetail: { TotalTax: 1 } }))).toMatchObject({
      code: '6170',
    });
    expect(await bench.refusal('invoice', invoice([[10]]))).toMatchObject({ code: '6000' });
    expect(await bench.refusal('invoice', invoice([[10, 'TAX']]))).toMatchObject({ code: '2500' });
    expect(await bench.refusal('invoice', invoice([[10, '3']]))).toMatchObject({ code: '2500' });
  });

  it('shows codes and rates to queries', async () => {
    await open({ country: 'CA', taxCodes });
    const codes = (await bench.query('SELECT * FROM TaxCode')).body.QueryResponse?.TaxCode as unknown as TestBody[];
    expect(codes.map(({ Name }) => Name)).toEqual(['Standard', 'Quebec']);
    expect(codes[1]?.SalesTaxRateList?.TaxRateDetail?.[1]).toMatchObject({
      TaxTypeApplicable: 'TaxOnAmountPlusTax',
      TaxOrder: 1,
    });
    const rates = (await bench.query('SELECT * FROM TaxRate')).body.QueryResponse?.TaxRate as unknown as TestBody[];
    expect(rates.map(({ RateValue }) => RateValue)).toEqual([19, 5, 9.975, 16]);
  });
});
