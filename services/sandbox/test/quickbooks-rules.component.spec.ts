import { afterEach, describe, expect, it } from 'vitest';
import { Bench, line, REALM, text } from './quickbooks-client.js';

let bench: Bench;
afterEach(() => bench.close());

describe('names', () => {
  it('are unique over customers, vendors and employees, whatever the case (6240 naming the holder)', async () => {
    bench = await Bench.open();
    bench.control.seed(REALM, { Vendor: [{ DisplayName: 'Pat Hardware' }], Employee: [{ DisplayName: 'Eve' }] });
    expect(await bench.refusal('customer', { DisplayName: 'PAT hardware' })).toEqual({
      status: 400,
      code: '6240',
      Message: 'Duplicate Name Exists Error',
      Detail:
        'The name supplied already exists. : Another customer, vendor or employee is already using this name. Please use a different name. : Id=1',
    });
    expect(await bench.refusal('customer', { DisplayName: 'eve' })).toMatchObject({ code: '6240' });
    bench.control.set(REALM, { nameFaultNamesId: false });
    expect((await bench.refusal('customer', { DisplayName: 'eve' })).Detail).not.toContain('Id=');
  });

  it('of items and accounts are unique in their own lists', async () => {
    bench = await Bench.open();
    const { item } = await bench.basics();
    const income = { value: '5' };
    expect(await bench.refusal('item', { Name: 'mug', Type: 'Service', IncomeAccountRef: income })).toMatchObject({
      code: '6240',
      Detail: `The name supplied already exists. : Id=${item}`,
    });
    await bench.make('customer', { DisplayName: 'Mug' });
    expect(await bench.refusal('account', { Name: 'checking', AccountType: 'Bank' })).toMatchObject({ code: '6240' });
  });

  it('are composed from their parts when DisplayName is missing, and required otherwise', async () => {
    bench = await Bench.open();
    expect(await bench.make('customer', { GivenName: 'Ann', FamilyName: 'Lee' })).toMatchObject({
      DisplayName: 'Ann Lee',
    });
    expect(await bench.refusal('customer', { Notes: 'nobody' })).toMatchObject({ code: '2020' });
  });
});

describe('fields', () => {
  it.each([
    ['customer', { DisplayName: 'A:B' }, '2040'],
    ['customer', { DisplayName: 'A\tB' }, '2040'],
    ['customer', { DisplayName: 'A\nB' }, '2040'],
    ['customer', { DisplayName: 'x'.repeat(501) }, '2050'],
    ['customer', { DisplayName: 'x', GivenName: 'y'.repeat(101) }, '2050'],
    ['customer', { DisplayName: 'x', Title: 'y'.repeat(17) }, '2050'],
    ['customer', { DisplayName: 'x', PrimaryPhone: { FreeFormNumber: '1'.repeat(31) } }, '2050'],
    ['customer', { DisplayName: 'x', PrimaryEmailAddr: { Address: `${'y'.repeat(95)}@ex.co` } }, '2050'],
    ['customer', { DisplayName: 'x', PrimaryEmailAddr: { Address: 'no-at' } }, '2210'],
    ['customer', { DisplayName: 'x', BillAddr: { PostalCode: '1'.repeat(31) } }, '2050'],
    ['customer', { DisplayName: 7 }, '2010'],
    ['item', { Name: 'x:y', Type: 'Service', IncomeAccountRef: { value: '5' } }, '2040'],
    ['item', { Name: 'x'.repeat(101), Type: 'Service', IncomeAccountRef: { value: '5' } }, '2050'],
    ['item', { Name: 'x', Type: 'Service' }, '2020'],
    ['item', { Name: 'x', Type: 'Service', IncomeAccountRef: { value: '1' } }, '6430'],
    ['item', { Name: 'x', Type: 'Service', IncomeAccountRef: { value: '99' } }, '2500'],
    ['item', { Name: 'x', Type: 'Inventory', IncomeAccountRef: { value: '5' } }, '2020'],
    ['account', { Name: 'a"b', AccountType: 'Bank' }, '2040'],
    ['account', { Name: 'a' }, '2020'],
    ['account', { Name: 'a', AccountType: 'Bank', AcctNum: '12345678' }, '2050'],
  ])('refuses %s %j with %s', async (entity, body, code) => {
    bench = await Bench.open();
    expect(await bench.refusal(entity, body)).toMatchObject({ status: 400, code });
  });

  it('keep only ISO-8859-1 in a US company and everything elsewhere', async () => {
    bench = await Bench.open();
    expect(await bench.make('customer', { DisplayName: 'Zoë 🎈 Šimek' })).toMatchObject({ DisplayName: 'Zoë ? ?imek' });
    await bench.close();
    bench = await Bench.open({ country: 'GB' });
    expect(await bench.make('customer', { DisplayName: 'Zoë 🎈 Šimek' })).toMatchObject({
      DisplayName: 'Zoë 🎈 Šimek',
    });
  });
});

describe('documents', () => {
  async function open(company: Parameters<typeof Bench.open>[0] = {}) {
    bench = await Bench.open(company);
    const { customer, item } = await bench.basics();
    const invoice = (extra: object = {}) => ({
      CustomerRef: { value: customer },
      Line: [line({ amount: 10, item })],
      ...extra,
    });
    return { customer, item, invoice };
  }

  it('need a customer and a line (2020)', async () => {
    const { item, customer } = await open();
    expect(await bench.refusal('invoice', { Line: [line({ amount: 1, item })] })).toMatchObject({
      code: '2020',
      Message: 'Required param missing, need to supply the required value for the API',
    });
    expect(await bench.refusal('invoice', { CustomerRef: { value: customer } })).toMatchObject({ code: '2020' });
    expect(await bench.refusal('payment', { CustomerRef: { value: customer } })).toMatchObject({ code: '2020' });
  });

  it('refuse an Amount that is not quantity times price (6070), rounding as the currency does', async () => {
    const { item, invoice } = await open();
    const wrong = invoice({ Line: [line({ amount: 10.01, item, qty: 3, price: 3.3333 })] });
    expect(await bench.refusal('invoice', wrong)).toMatchObject({ code: '6070' });
    const right = await bench.make(
      'invoice',
      invoice({ Line: [line({ amount: 10, item, qty: 3, price: 3.3333333 })] }),
    );
    expect(right.TotalAmt).toBe(10);
    const priced = await bench.make('invoice', invoice({ Line: [line({ amount: 10, item, qty: 3 })] }));
    expect(priced.Line?.[0]?.SalesItemLineDetail?.UnitPrice).toBe(3.3333333);
  });

  it('add up in integers', async () => {
    const { item, invoice } = await open();
    const Line = [0.1, 0.2, 0.7, 1.005].map((amount) => line({ amount, item }));
    expect((await bench.make('invoice', invoice({ Line }))).TotalAmt).toBe(2.01);
    expect(bench.control.ledger(REALM).invoices[0]?.totalMinor).toBe(201);
  });

  it('refuse a negative total (6000) but take negative lines', async () => {
    const { item, invoice } = await open();
    const Line = [line({ amount: 10, item }), line({ amount: -10.01, item })];
    expect(await bench.refusal('invoice', invoice({ Line }))).toMatchObject({
      code: '6000',
      Message: 'A business validation error has occurred while processing your request',
      Detail: 'Business Validation Error: Transaction amount must be 0 or greater.',
    });
    const zero = [line({ amount: 10, item }), line({ amount: -10, item })];
    expect((await bench.make('invoice', invoice({ Line: zero }))).TotalAmt).toBe(0);
  });

  it('name their broken references (2500), inactive ones by switch', async () => {
    const { item, invoice, customer } = await open();
    expect(await bench.refusal('invoice', invoice({ Line: [line({ amount: 1, item: '99' })] }))).toMatchObject({
      code: '2500',
      Message: 'Invalid Reference Id',
      Detail: 'Invalid Reference Id : Line.SalesItemLineDetail.ItemRef',
    });
    expect(await bench.refusal('invoice', invoice({ CustomerRef: { value: '99' } }))).toMatchObject({ code: '2500' });
    await bench.make('item', { Id: item, SyncToken: '0', sparse: true, Active: false });
    expect(await bench.refusal('invoice', invoice())).toMatchObject({
      code: '2500',
      Detail: expect.stringContaining('made inactive'),
    });
    bench.control.set(REALM, { inactiveReferenceCode: '610' });
    expect(await bench.refusal('invoice', invoice())).toMatchObject({ code: '610', Message: 'Object Not Found' });
    await bench.make('customer', { Id: customer, SyncToken: '0', sparse: true, Active: false });
    expect(await bench.refusal('payment', { CustomerRef: { value: customer }, TotalAmt: 1 })).toMatchObject({
      code: '610',
    });
  });

  it('keep out of closed periods, edits and voids included', async () => {
    const { invoice } = await open();
    const old = await bench.make('invoice', invoice({ TxnDate: '2025-12-31' }));
    bench.control.set(REALM, { bookCloseDate: '2025-12-31' });
    expect(await bench.refusal('invoice', invoice({ TxnDate: '2025-12-31' }))).toMatchObject({ code: '6210' });
    const moved = { Id: old.Id, SyncToken: '0', sparse: true, TxnDate: '2026-01-01' };
    expect(await bench.refusal('invoice', moved)).toMatchObject({ code: '6210' });
    bench.control.set(REALM, { bookCloseCode: '6200' });
    expect(await bench.refusal('invoice?operation=void', { Id: old.Id, SyncToken: '0' })).toMatchObject({
      code: '6200',
    });
    await bench.make('invoice', invoice({ TxnDate: '2026-01-01' }));
    expect((await bench.get('preferences')).body.Preferences?.AccountingInfoPrefs?.BookCloseDate).toBe('2025-12-31');
  });

  it('take the home currency only, unless multicurrency is on', async () => {
    const { invoice } = await open();
    expect(await bench.refusal('invoice', invoice({ CurrencyRef: { value: 'EUR' } }))).toMatchObject({ code: '6000' });
    expect((await bench.make('invoice', invoice({ CurrencyRef: { value: 'USD' } }))).CurrencyRef?.value).toBe('USD');
    bench.control.set(REALM, { multiCurrency: true });
    expect(await bench.refusal('invoice', invoice())).toMatchObject({ code: '2020' });
  });

  it('number themselves as the company wants', async () => {
    const { invoice } = await open();
    expect((await bench.make('invoice', invoice())).DocNumber).toBeUndefined();
    bench.control.set(REALM, { customTxnNumbers: false });
    expect((await bench.make('invoice', invoice())).DocNumber).toBe('1001');
    expect((await bench.make('invoice', invoice({ DocNumber: 'A1' }))).DocNumber).toBe('A1');
    bench.control.set(REALM, { suppliedDocNumber: 'replaced' });
    expect((await bench.make('invoice', invoice({ DocNumber: 'A2' }))).DocNumber).toBe('1002');
  });

  it('share a DocNumber silently, or are refused with 6140 by switch', async () => {
    const { invoice } = await open();
    const first = await bench.make('invoice', invoice({ DocNumber: '7' }));
    await bench.make('invoice', invoice({ DocNumber: '7' }));
    bench.control.set(REALM, { duplicateDocNumber: 'refused' });
    expect(await bench.refusal('invoice', invoice({ DocNumber: '7' }))).toMatchObject({
      code: '6140',
      Message: 'Duplicate Document Number Error',
      Detail: expect.stringContaining(`TxnType=Invoice with TxnId=${text(first.Id)}`),
    });
  });

  it.each([
    [{ DocNumber: '1'.repeat(22) }],
    [{ PrivateNote: 'x'.repeat(4001) }],
    [{ CustomerMemo: { value: 'x'.repeat(1001) } }],
    [{ CustomField: [{ DefinitionId: '1', Type: 'StringType', StringValue: 'x'.repeat(32) }] }],
  ])('refuse what is too long (2050): %#', async (extra) => {
    const { invoice } = await open();
    expect(await bench.refusal('invoice', invoice(extra))).toMatchObject({ code: '2050' });
  });

  it('take shipping and discount lines only where the company allows them (5030)', async () => {
    const { invoice, item } = await open();
    const shipped = invoice({ Line: [line({ amount: 5, item: 'SHIPPING_ITEM_ID' })] });
    const discount = { DetailType: 'DiscountLineDetail', Amount: 3, DiscountLineDetail: { PercentBased: false } };
    const cheaper = invoice({ Line: [line({ amount: 10, item }), discount] });
    expect(await bench.refusal('invoice', shipped)).toMatchObject({ code: '5030' });
    expect(await bench.refusal('invoice', cheaper)).toMatchObject({ code: '5030' });
    bench.control.set(REALM, { allowShipping: true, allowDiscount: true });
    expect((await bench.make('invoice', shipped)).TotalAmt).toBe(5);
    expect((await bench.make('invoice', cheaper)).TotalAmt).toBe(7);
  });

  it('move the stock of inventory items and never before its start (6270)', async () => {
    const { invoice } = await open();
    const refs = {
      IncomeAccountRef: { value: '5' },
      ExpenseAccountRef: { value: '8' },
      AssetAccountRef: { value: '4' },
    };
    const stocked = {
      Name: 'Box',
      Type: 'Inventory',
      TrackQtyOnHand: true,
      QtyOnHand: 10,
      InvStartDate: '2026-01-01',
      ...refs,
    };
    const box = text((await bench.make('item', stocked)).Id);
    const Line = [line({ amount: 20, item: box, qty: 2 })];
    expect(await bench.refusal('invoice', invoice({ TxnDate: '2025-12-31', Line }))).toMatchObject({ code: '6270' });
    const sold = await bench.make('invoice', invoice({ Line }));
    expect((await bench.get(`item/${box}`)).body.Item).toMatchObject({ QtyOnHand: 8, SyncToken: '1' });
    await bench.make('invoice?operation=delete', { Id: sold.Id, SyncToken: '0' });
    expect((await bench.get(`item/${box}`)).body.Item).toMatchObject({ QtyOnHand: 10 });
  });

  it('push surplus payment back when the total falls below what was paid', async () => {
    const { invoice, customer, item } = await open();
    const made = await bench.make('invoice', invoice());
    const Line = [{ Amount: 10, LinkedTxn: [{ TxnId: made.Id, TxnType: 'Invoice' }] }];
    const paid = await bench.make('payment', { CustomerRef: { value: customer }, TotalAmt: 10, Line });
    const cut = await bench.make('invoice', {
      Id: made.Id,
      SyncToken: '1',
      sparse: true,
      Line: [line({ amount: 6, item })],
    });
    expect(cut).toMatchObject({ TotalAmt: 6, Balance: 0 });
    expect((await bench.get(`payment/${text(paid.Id)}`)).body.Payment).toMatchObject({
      UnappliedAmt: 4,
      SyncToken: '1',
    });
  });

  it('apply a credit memo to an invoice by a payment of 0', async () => {
    const { invoice, customer } = await open();
    const made = await bench.make('invoice', invoice());
    const credit = await bench.make('creditmemo', invoice());
    expect(credit.RemainingCredit).toBe(10);
    const Line = [
      { Amount: 10, LinkedTxn: [{ TxnId: made.Id, TxnType: 'Invoice' }] },
      { Amount: 10, LinkedTxn: [{ TxnId: credit.Id, TxnType: 'CreditMemo' }] },
    ];
    expect(await bench.make('payment', { CustomerRef: { value: customer }, TotalAmt: 0, Line })).toMatchObject({
      UnappliedAmt: 0,
    });
    expect((await bench.get(`invoice/${text(made.Id)}`)).body.Invoice).toMatchObject({ Balance: 0 });
  });
});
