import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench, line, REALM, text } from './quickbooks-client.js';

describe('writes', () => {
  let bench: Bench;
  let customer: string;
  let item: string;

  beforeEach(async () => {
    bench = await Bench.open();
    ({ customer, item } = await bench.basics());
  });
  afterEach(() => bench.close());

  const invoice = (extra: object = {}) => ({
    CustomerRef: { value: customer },
    Line: [line({ amount: 20, item, qty: 2, price: 10 })],
    ...extra,
  });

  it('creates an invoice in its envelope with SyncToken 0, numeric offset, sub-total line and due date', async () => {
    const answer = await bench.post('invoice', invoice({ DocNumber: '1042', TxnDate: '2026-01-02' }));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('intuit_tid')).toBeTruthy();
    expect(Object.keys(answer.body)).toEqual(['Invoice', 'time']);
    expect(answer.body.Invoice).toMatchObject({
      SyncToken: '0',
      DocNumber: '1042',
      TotalAmt: 20,
      Balance: 20,
      DueDate: '2026-02-01',
      EmailStatus: 'NotSet',
      CustomerRef: { value: customer, name: 'Ada Byron' },
      domain: 'QBO',
      sparse: false,
    });
    expect(answer.body.Invoice?.MetaData?.CreateTime).toBe('2026-01-05T04:00:00-08:00');
    expect(answer.body.Invoice?.Line?.[0]).toMatchObject({
      Id: '1',
      LineNum: 1,
      SalesItemLineDetail: { TaxCodeRef: { value: 'NON' } },
    });
    expect(answer.body.Invoice?.Line?.[1]).toEqual({
      Amount: 20,
      DetailType: 'SubTotalLineDetail',
      SubTotalLineDetail: {},
    });
  });

  it('refuses a stale SyncToken with the literal 5010 under HTTP 400', async () => {
    const made = await bench.make('customer', { DisplayName: 'Bob' });
    await bench.make('customer', { Id: made.Id, SyncToken: '0', sparse: true, Notes: 'first' });
    const answer = await bench.post('customer', { Id: made.Id, SyncToken: '0', sparse: true, Notes: 'second' });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      Fault: {
        Error: [
          {
            Message: 'Stale Object Error',
            Detail: expect.stringMatching(/^Stale Object Error : You and .+ were working on this at the same time/u),
            code: '5010',
          },
        ],
        type: 'ValidationFault',
      },
      time: expect.any(String),
    });
    expect((await bench.get(`customer/${text(made.Id)}`)).body.Customer?.Notes).toBe('first');
  });

  it('keeps left-out fields in a sparse update and clears them in a full one', async () => {
    const made = await bench.make('customer', { DisplayName: 'Cy', Notes: 'keep', CompanyName: 'Cy Ltd' });
    const sparse = await bench.make('customer', { Id: made.Id, SyncToken: '0', sparse: true, CompanyName: 'Cy Inc' });
    expect(sparse).toMatchObject({ SyncToken: '1', Notes: 'keep', CompanyName: 'Cy Inc' });
    const full = await bench.make('customer', { Id: made.Id, SyncToken: '1', DisplayName: 'Cy' });
    expect(full.Notes).toBeUndefined();
    expect(full.SyncToken).toBe('2');
  });

  it('replaces all lines when a sparse update carries a Line array, keeping known line ids', async () => {
    const made = await bench.make('invoice', invoice({ Line: [line({ amount: 5, item }), line({ amount: 7, item })] }));
    const second = { ...line({ amount: 8, item }), Id: '2' };
    const updated = await bench.make('invoice', {
      Id: made.Id,
      SyncToken: '0',
      sparse: true,
      Line: [second, line({ amount: 1, item })],
    });
    const lines = updated.Line as unknown as { Id?: string; Amount: number }[];
    expect(lines.slice(0, 2).map(({ Id, Amount }) => [Id, Amount])).toEqual([
      ['2', 8],
      ['3', 1],
    ]);
    expect(updated.TotalAmt).toBe(9);
  });

  it('lets a payment change the invoice: balance, SyncToken and links both ways', async () => {
    const made = await bench.make('invoice', invoice());
    const linked = [{ Amount: 20, LinkedTxn: [{ TxnId: made.Id, TxnType: 'Invoice' }] }];
    const paid = await bench.make('payment', { CustomerRef: { value: customer }, TotalAmt: 25, Line: linked });
    expect(paid).toMatchObject({ TotalAmt: 25, UnappliedAmt: 5, Line: linked });
    const after = (await bench.get(`invoice/${text(made.Id)}`)).body.Invoice;
    expect(after).toMatchObject({ Balance: 0, SyncToken: '1', LinkedTxn: [{ TxnId: paid.Id, TxnType: 'Payment' }] });
    expect((await bench.get(`customer/${customer}`)).body.Customer?.Balance).toBe(-5);
  });

  it('refuses to apply more than is open, or to another customer', async () => {
    const made = await bench.make('invoice', invoice());
    const other = await bench.make('customer', { DisplayName: 'Other' });
    const pay = (who: unknown, amount: number) =>
      bench.refusal('payment', {
        CustomerRef: { value: who },
        TotalAmt: 50,
        Line: [{ Amount: amount, LinkedTxn: [{ TxnId: made.Id, TxnType: 'Invoice' }] }],
      });
    expect(await pay(customer, 20.01)).toMatchObject({ status: 400, code: '6000' });
    expect(await pay(other.Id, 20)).toMatchObject({ status: 400, code: '620' });
  });

  it('voids an invoice: amounts 0, note marked, the payment gets its money back', async () => {
    const made = await bench.make('invoice', invoice({ PrivateNote: 'Woo order 7' }));
    const linked = [{ Amount: 20, LinkedTxn: [{ TxnId: made.Id, TxnType: 'Invoice' }] }];
    const paid = await bench.make('payment', { CustomerRef: { value: customer }, TotalAmt: 20, Line: linked });
    const voided = await bench.make('invoice?operation=void', { Id: made.Id, SyncToken: '1' });
    expect(voided).toMatchObject({ TotalAmt: 0, Balance: 0, PrivateNote: 'Voided - Woo order 7' });
    const payment = (await bench.get(`payment/${text(paid.Id)}`)).body.Payment;
    expect(payment).toMatchObject({ UnappliedAmt: 20, Line: [], SyncToken: '1' });
    expect(bench.control.ledger(REALM).invoices[0]).toMatchObject({ state: 'voided', totalMinor: 0 });
  });

  it.each(['payment?operation=void', 'payment?operation=update&include=void'])(
    'voids a payment by %s',
    async (path) => {
      const made = await bench.make('invoice', invoice());
      const linked = [{ Amount: 20, LinkedTxn: [{ TxnId: made.Id, TxnType: 'Invoice' }] }];
      const paid = await bench.make('payment', { CustomerRef: { value: customer }, TotalAmt: 20, Line: linked });
      const voided = await bench.make(path, { Id: paid.Id, SyncToken: '0', sparse: true });
      expect(voided).toMatchObject({ TotalAmt: 0, PrivateNote: 'Voided' });
      expect((await bench.get(`invoice/${text(made.Id)}`)).body.Invoice).toMatchObject({ Balance: 20, LinkedTxn: [] });
    },
  );

  it('deletes a transaction with its stub answer and then reads 610', async () => {
    const made = await bench.make('invoice', invoice());
    const answer = await bench.post('invoice?operation=delete', { Id: made.Id, SyncToken: '0' });
    expect(answer.body.Invoice).toEqual({ domain: 'QBO', status: 'Deleted', Id: made.Id });
    const read = await bench.get(`invoice/${text(made.Id)}`);
    expect(read.status).toBe(400);
    expect(read.body.Fault?.Error?.[0]).toMatchObject({ Message: 'Object Not Found', code: '610' });
  });

  it('cannot delete list objects, only make them inactive; the name becomes free', async () => {
    expect(await bench.refusal('customer?operation=delete', { Id: customer, SyncToken: '0' })).toMatchObject({
      code: '500',
    });
    const inactive = await bench.make('customer', { Id: customer, SyncToken: '0', sparse: true, Active: false });
    expect(inactive.DisplayName).toBe('Ada Byron (deleted)');
    await bench.make('customer', { DisplayName: 'Ada Byron' });
    const back = { Id: customer, SyncToken: '1', sparse: true, Active: true };
    expect(await bench.refusal('customer', back)).toMatchObject({ code: '6240' });
  });

  it('ignores unknown and read-only values', async () => {
    const made = await bench.make('invoice', invoice({ TotalAmt: 999, Balance: 1, Nonsense: true }));
    expect(made).toMatchObject({ TotalAmt: 20, Balance: 20 });
    expect(made.Nonsense).toBeUndefined();
  });

  it('logs accepted writes only, with requestid, and no e-mail', async () => {
    await bench.post('invoice?requestid=abc', invoice());
    await bench.post('invoice?requestid=def', { Line: [] });
    const { writes, emails } = bench.control.ledger(REALM);
    expect(writes.filter(({ entity }) => entity === 'Invoice')).toEqual([
      expect.objectContaining({ operation: 'create', requestId: 'abc', by: 'api', id: '1' }),
    ]);
    expect(emails).toEqual([]);
  });

  it('records an e-mail that a document asked for', async () => {
    await bench.make('invoice', invoice({ EmailStatus: 'NeedToSend' }));
    expect(bench.control.ledger(REALM).emails).toHaveLength(1);
  });
});
