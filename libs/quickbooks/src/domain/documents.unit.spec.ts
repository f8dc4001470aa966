import { describe, expect, it } from 'vitest';
import {
  germanOrder,
  globalCompany,
  line,
  order,
  planned,
  plannedPayment,
  refsFor,
  usCompany,
} from '../../test/fixtures.js';
import { buildInvoice, buildPayment } from './documents.js';
import type { BuiltDocument, CompanyProfile, JsonObject } from './model.js';
import { checkPrediction } from './plan-order.js';

const company = usCompany();
function invoice(of = order(), profile: CompanyProfile = company): BuiltDocument {
  const plan = planned(of, profile);
  const built = buildInvoice(plan, refsFor(plan), profile);
  if (built.kind !== 'built') throw new TypeError(built.message);
  return built;
}
const invoiceLines = (body: JsonObject): readonly JsonObject[] => JSON.parse(JSON.stringify(body['Line']));
const paymentRefs = { customerId: '58', invoiceId: '145', sourceIdentity: 'https://shop.example' };
function payment(of = order(), refs = paymentRefs, depositToAccountId: string | null = '35'): BuiltDocument {
  return buildPayment({ ...plannedPayment(of, company), depositToAccountId }, refs, company);
}

describe('the invoice of the sample order', () => {
  it('is, in full', () => {
    expect(invoice().body).toEqual({
      DocNumber: '1042',
      TxnDate: '2026-11-22',
      DueDate: '2026-11-22',
      CustomerRef: { value: '58' },
      Line: [
        {
          DetailType: 'SalesItemLineDetail',
          Amount: 40,
          Description: 'Mug - Blue',
          SalesItemLineDetail: { ItemRef: { value: '100' }, Qty: 2, UnitPrice: 20, TaxCodeRef: { value: 'TAX' } },
        },
        {
          DetailType: 'SalesItemLineDetail',
          Amount: -4,
          Description: 'Discount save10',
          SalesItemLineDetail: { ItemRef: { value: '101' }, Qty: 1, UnitPrice: -4, TaxCodeRef: { value: 'TAX' } },
        },
        {
          DetailType: 'SalesItemLineDetail',
          Amount: 5,
          Description: 'Flat rate',
          SalesItemLineDetail: { ItemRef: { value: '102' }, Qty: 1, UnitPrice: 5, TaxCodeRef: { value: 'TAX' } },
        },
      ],
      TxnTaxDetail: { TxnTaxCodeRef: { value: '2' }, TotalTax: 3.28 },
      BillAddr: {
        Line1: 'Ann Lee',
        Line2: '1 Elm St',
        City: 'Reno',
        CountrySubDivisionCode: 'NV',
        PostalCode: '89501',
        Country: 'US',
      },
      ShipAddr: {
        Line1: 'Ann Lee',
        Line2: '1 Elm St',
        City: 'Reno',
        CountrySubDivisionCode: 'NV',
        PostalCode: '89501',
        Country: 'US',
      },
      BillEmail: { Address: 'ann@example.com' },
      EmailStatus: 'NotSet',
      PrivateNote: expect.stringMatching(/^Woo order 1042\n\[ts1 invoice [a-z2-7]{16}\]$/u),
    });
  });

  it('never asks QuickBooks to mail anything (B15)', () => {
    expect(invoice().body).toMatchObject({ EmailStatus: 'NotSet' });
    expect(invoice().bodyText).not.toMatch(/NeedToSend|DeliveryType|Email":true/u);
  });

  it('is the same bytes every time, whatever order the keys had (D12)', () => {
    expect(invoice().bodyText).toBe(invoice().bodyText);
    expect(JSON.parse(invoice().bodyText)).toEqual(invoice().body);
  });

  it('names the currency only where QuickBooks wants it', () => {
    expect(invoice(order(), usCompany({ multiCurrency: true })).body).toMatchObject({ CurrencyRef: { value: 'USD' } });
    expect(invoice().body).not.toHaveProperty('CurrencyRef');
  });

  it('prints amounts without float noise', () => {
    const odd = order({
      lines: [line({ subtotalMinor: 1_999_999_999_99, totalMinor: 1_999_999_999_99, quantity: '1' })],
      totalMinor: 1_999_999_999_99 + 828,
    });
    expect(invoice(odd).bodyText).toContain('"Amount":1999999999.99');
  });

  it('carries the full number in the note when DocNumber had to be shortened', () => {
    const number = 'WEB-2026-00000000000000000017';
    const { body } = invoice(order({ number }));
    expect(body['DocNumber']).toMatch(/^WEB-2026-0-[a-z2-7]{10}$/u);
    expect(body['PrivateNote']).toContain(`Number in full: ${number}`);
  });

  it('cleans what a US company could not keep, and leaves out an address it would mangle', () => {
    const of = order();
    const billing = { ...of.buyer.billing, firstName: '😀 Łukasz', lastName: '田中', company: 'A&amp;B &lt;Ltd&gt;' };
    const { body } = invoice(
      order({
        lines: [line({ name: 'Caf\u0065\u0301 ☕ “Größe”' })],
        buyer: { ...of.buyer, email: 'łukasz@example.com', billing },
      }),
    );
    expect(body['BillAddr']).toMatchObject({ Line1: 'Lukasz Tian Zhong', Line2: 'A&B <Ltd>' });
    expect(body['Line']).toMatchObject([{ Description: 'Café "Größe"' }, {}, {}]);
    expect(body).not.toHaveProperty('BillEmail');
    expect(/^[\n\u0020-\u007e\u00a0-\u00ff]*$/u.test(JSON.stringify(body))).toBe(true);
  });

  it('keeps other scripts where the company has them', () => {
    const of = germanOrder();
    const billing = { ...of.buyer.billing, lastName: '田中' };
    expect(invoice({ ...of, buyer: { ...of.buyer, billing } }, globalCompany()).body['BillAddr']).toMatchObject({
      Line1: 'Ann 田中',
    });
  });

  it('is never built without an item for each line', () => {
    const plan = planned(order(), company);
    expect(() => buildInvoice(plan, { ...refsFor(plan), itemIds: new Map() }, company)).toThrowError(
      expect.objectContaining({ code: 'item_ref_missing' }),
    );
  });
});

describe('the invoice of a company outside the US', () => {
  it('has GlobalTaxCalculation, codes on all lines and the tax per rate', () => {
    const { body } = invoice(germanOrder(), globalCompany());
    expect(body).toMatchObject({
      GlobalTaxCalculation: 'TaxExcluded',
      TxnTaxDetail: {
        TotalTax: 2.6,
        TaxLine: [
          {
            DetailType: 'TaxLineDetail',
            Amount: 1.9,
            TaxLineDetail: { TaxRateRef: { value: 'r19' }, PercentBased: true, TaxPercent: 19, NetAmountTaxable: 10 },
          },
          {
            DetailType: 'TaxLineDetail',
            Amount: 0.7,
            TaxLineDetail: { TaxRateRef: { value: 'r7' }, PercentBased: true, TaxPercent: 7, NetAmountTaxable: 10 },
          },
        ],
      },
    });
  });

  it('is NotApplicable without tax, and then has no tax detail (6170)', () => {
    const untaxed = germanOrder({
      lines: [line({ subtotalMinor: 500, totalMinor: 500, totalTaxMinor: 0, taxes: [] })],
      shipping: [],
      taxLines: [],
      totalMinor: 500,
      totalTaxMinor: 0,
    });
    const off = globalCompany({ usingSalesTax: false });
    const { body } = invoice(untaxed, off);
    expect(body['GlobalTaxCalculation']).toBe('NotApplicable');
    expect(body).not.toHaveProperty('TxnTaxDetail');
  });
});

describe('the prediction is asked of the very body that is sent (B1)', () => {
  it('holds a body that lost a line, or whose tax QuickBooks would compute by itself', () => {
    const plan = planned(order(), company);
    const { body } = invoice();
    expect(checkPrediction(plan, { ...body, Line: invoiceLines(body).slice(0, 2) }, company)).toMatchObject({
      code: 'total_mismatch',
    });
    const { TxnTaxDetail: _dropped, ...withoutTax } = body;
    expect(checkPrediction(plan, withoutTax, company)).toMatchObject({
      code: 'total_mismatch',
      message: expect.stringContaining('by itself'),
    });
    expect(checkPrediction(plan, body, company)).toBeNull();
  });

  it('holds when the company switched sales tax off since the plan was made', () => {
    const plan = planned(order(), company);
    expect(buildInvoice(plan, refsFor(plan), usCompany({ usingSalesTax: false }))).toMatchObject({
      kind: 'held',
      code: 'total_mismatch',
    });
  });

  it('holds when a rate of a code that is used has no tax line', () => {
    const plan = planned(germanOrder(), globalCompany());
    const changed = globalCompany({
      taxCodes: globalCompany().taxCodes.map((each) =>
        each.id === '9' ? { ...each, rates: [{ rateId: 'new', name: 'New', percent: '1', compound: false }] } : each,
      ),
    });
    expect(buildInvoice(plan, refsFor(plan), changed)).toMatchObject({
      code: 'total_mismatch',
      message: expect.stringContaining('"New"'),
    });
  });
});

describe('the payment (B3)', () => {
  it('is the order total, on the day it was paid, applied to the invoice', () => {
    expect(payment().body).toEqual({
      CustomerRef: { value: '58' },
      TotalAmt: 44.28,
      TxnDate: '2026-11-23',
      DepositToAccountRef: { value: '35' },
      PaymentRefNum: 'ch_1',
      Line: [{ Amount: 44.28, LinkedTxn: [{ TxnId: '145', TxnType: 'Invoice' }] }],
      PrivateNote: expect.stringMatching(/^Woo order 1042\nCard\n\[ts1 payment [a-z2-7]{16}\]$/u),
    });
  });

  it('has the same total whatever the rounding line was', () => {
    expect(payment(order({ totalMinor: 4431 })).predicted).toEqual({ totalMinor: 4431, taxMinor: 0 });
  });

  it('shortens a long transaction id like a DocNumber, the full one stands in the note', () => {
    const transactionId = 'pi_3OaBcDeFgHiJkLmNoPqRsTuV';
    const { body } = payment(order({ transactionId }));
    expect(body['PaymentRefNum']).toMatch(/^pi_3OaBcDe-[a-z2-7]{10}$/u);
    expect(body['PrivateNote']).toContain(`Transaction ${transactionId}`);
  });

  it('leaves out what is not known: transaction id, deposit account', () => {
    const { body } = payment(order({ transactionId: '' }), paymentRefs, null);
    expect(body).not.toHaveProperty('PaymentRefNum');
    expect(body).not.toHaveProperty('DepositToAccountRef');
  });

  it('has another marker than the invoice, and another than the same order of another shop', () => {
    const other = payment(order(), { ...paymentRefs, sourceIdentity: 'https://other.example' });
    expect(new Set([payment().marker, invoice().marker, other.marker]).size).toBe(3);
  });
});
