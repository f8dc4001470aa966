import { afterEach, describe, expect, it } from 'vitest';
import { Harness } from './harness.js';
import { makeOrder } from './orders.js';

let harness: Harness;
afterEach(() => harness.close());

const REALM = '9130001';

describe('customers and items (B9, B10)', () => {
  it('takes the next name when a vendor has the buyer’s', async () => {
    harness = await Harness.start();
    harness.control.seed(REALM, { Vendor: [{ DisplayName: 'ANN BAKER' }] });
    expect((await harness.deliver(makeOrder('1042'))).outcome).toBe('created');
    expect(harness.ledger().customers).toMatchObject([{ DisplayName: 'Ann Baker (ann@example.com)' }]);
  });

  it('takes the next name when the collision was not to be seen beforehand', async () => {
    harness = await Harness.start();
    await harness.deliver(makeOrder('1042'));
    harness.control.seed(REALM, { Vendor: [{ DisplayName: 'Eve Novak' }] });
    const settled = await harness.deliver(
      makeOrder('1043', { customerId: '9', email: 'eve@example.com', name: ['Eve', 'Novak'] }),
    );
    expect(settled.outcome).toBe('created');
    expect(harness.ledger().customers.map(({ DisplayName }) => DisplayName)).toContain('Eve Novak (eve@example.com)');
  });

  it('uses the customer with the e-mail in another case', async () => {
    harness = await Harness.start();
    harness.control.seed(REALM, {
      Customer: [{ DisplayName: 'Somebody', PrimaryEmailAddr: { Address: 'ANN@Example.com' } }],
    });
    expect((await harness.deliver(makeOrder('1042'))).outcome).toBe('created');
    expect(harness.ledger().customers).toHaveLength(1);
  });

  it('holds an order whose e-mail several customers have, until one is left', async () => {
    harness = await Harness.start();
    const PrimaryEmailAddr = { Address: 'ann@example.com' };
    const seeded = harness.control.seed(REALM, {
      Customer: [
        { DisplayName: 'Ann 1', PrimaryEmailAddr },
        { DisplayName: 'Ann 2', PrimaryEmailAddr },
      ],
    });
    expect((await harness.deliver(makeOrder('1042'))).problem?.code).toBe('customer_ambiguous');
    expect(harness.writes()).toEqual([]);
    const second = seeded.Customer?.[1] ?? '';
    harness.control.editAsPerson(REALM, 'Customer', second, { Active: false });
    const again = { reason: 'retry' as const, sourceVersion: harness.clock.now() * 1000 };
    expect((await harness.deliver(makeOrder('1042'), again)).outcome).toBe('created');
  });

  it('uses an item that has the SKU', async () => {
    harness = await Harness.start();
    const income = harness.ledger().accounts.find(({ Name }) => Name === 'Services')?.['Id'];
    harness.control.seed(REALM, {
      Item: [{ Name: 'Cup', Sku: 'mug', Type: 'NonInventory', IncomeAccountRef: { value: String(income) } }],
    });
    expect((await harness.deliver(makeOrder('1042'))).outcome).toBe('created');
    expect(harness.ledger().items.map(({ Name }) => Name)).toEqual(['Cup']);
  });
});

describe('the document (B2, B8, B13)', () => {
  it('ownership marker: holds an order whose number a foreign invoice has', async () => {
    harness = await Harness.start();
    const [customer] = harness.control.seed(REALM, { Customer: [{ DisplayName: 'Foreign' }] }).Customer ?? [];
    const income = harness.ledger().accounts.find(({ Name }) => Name === 'Services')?.['Id'];
    const [item] =
      harness.control.seed(REALM, {
        Item: [{ Name: 'Thing', Type: 'Service', IncomeAccountRef: { value: String(income) } }],
      }).Item ?? [];
    harness.control.seed(REALM, {
      Invoice: [
        {
          DocNumber: '1042',
          CustomerRef: { value: customer ?? '' },
          Line: [
            {
              Amount: 21.6,
              DetailType: 'SalesItemLineDetail',
              SalesItemLineDetail: { ItemRef: { value: item ?? '' }, Qty: 1, UnitPrice: 21.6 },
            },
          ],
        },
      ],
    });
    expect((await harness.deliver(makeOrder('1042'))).problem?.code).toBe('doc_number_taken');
    expect(harness.live().payments).toEqual([]);
    await harness.putSettings((settings) => ({
      ...settings,
      quickbooks: { ...settings.quickbooks, docNumberPrefix: 'W-' },
    }));
    // The record is looked at again before the writer heard of the change.
    expect((await harness.deliver(makeOrder('1042'), { reason: 'recheck' })).outcome).toBe('created');
    expect(harness.live().invoices.map(({ docNumber }) => docNumber)).toEqual(['1042', 'W-1042']);
  });

  it('holds an order of a closed period, also when it closed unseen', async () => {
    harness = await Harness.start({ company: { bookCloseDate: '2026-01-31' } });
    const old = makeOrder('1041', { createdDate: '2026-01-31' });
    expect((await harness.deliver(old)).problem?.code).toBe('period_closed');
    harness.control.set(REALM, { bookCloseDate: '2026-03-31' });
    expect((await harness.deliver(makeOrder('1042'))).problem?.code).toBe('period_closed');
    expect(harness.live().invoices).toEqual([]);
  });

  it.each([
    ['US with an override', { country: 'US' }],
    ['US with automated tax', { country: 'US', partnerTaxEnabled: true }],
  ])('books the order’s own tax: %s', async (_name, company) => {
    harness = await Harness.start({ company });
    expect((await harness.deliver(makeOrder('1042'))).outcome).toBe('created');
    expect(harness.live().invoices).toMatchObject([{ totalMinor: 2160, taxMinor: 160 }]);
  });

  it('takes the document back when automated tax insists on its own figure', async () => {
    harness = await Harness.start({
      company: { partnerTaxEnabled: true, astOverridesTotalTax: true, astPercent: 9.5 },
    });
    expect((await harness.deliver(makeOrder('1042'))).problem?.code).toBe('remote_total_differs');
    expect(harness.live()).toEqual({ invoices: [], payments: [] });
    const writes = harness.writes().length;
    expect((await harness.deliver(makeOrder('1042'))).problem?.code).toBe('remote_total_differs');
    expect(harness.writes()).toHaveLength(writes);
  });

  it('books global tax codes by their rates', async () => {
    harness = await Harness.start({ company: { country: 'GB' } });
    const [line] = makeOrder('1').lines;
    const order = makeOrder('1042', {
      currency: 'GBP',
      totalMinor: 2400,
      totalTaxMinor: 400,
      lines: line ? [{ ...line, totalTaxMinor: 400, taxes: [{ rateId: '1', amountMinor: 400 }] }] : [],
      taxLines: [{ rateId: '1', label: 'VAT', ratePercent: '20', compound: false, taxMinor: 400, shippingTaxMinor: 0 }],
    });
    expect((await harness.deliver(order)).outcome).toBe('created');
    expect(harness.live().invoices).toMatchObject([{ totalMinor: 2400, taxMinor: 400 }]);
  });

  it('holds an order whose rates no tax code has', async () => {
    harness = await Harness.start({ company: { country: 'GB' } });
    const [line] = makeOrder('1').lines;
    const order = makeOrder('1042', {
      currency: 'GBP',
      totalMinor: 2140,
      totalTaxMinor: 140,
      lines: line ? [{ ...line, totalTaxMinor: 140, taxes: [{ rateId: '1', amountMinor: 140 }] }] : [],
      taxLines: [{ rateId: '1', label: 'VAT', ratePercent: '7', compound: false, taxMinor: 140, shippingTaxMinor: 0 }],
    });
    expect((await harness.deliver(order)).problem?.code).toBe('tax_unmapped');
    expect(harness.writes()).toEqual([]);
    harness.control.addTaxCode(REALM, { name: 'Seven', rates: [{ name: 'Seven', percent: 7 }] });
    const again = { reason: 'retry' as const, sourceVersion: harness.clock.now() * 1000 };
    expect((await harness.deliver(order, again)).outcome).toBe('created');
  });
});
