import { describe, expect, it } from 'vitest';
import { order, planned, plannedPayment, refsFor, usCompany } from '../../test/fixtures.js';
import { checkAnswer, checkOwned, ownedFields, wireTotals } from './answer.js';
import { buildInvoice, buildPayment } from './documents.js';
import type { BuiltDocument, WireEntity } from './model.js';

const company = usCompany();
const plan = planned(order(), company);
function sent(): BuiltDocument {
  const built = buildInvoice(plan, refsFor(plan), company);
  if (built.kind !== 'built') throw new TypeError(built.message);
  return built;
}
function sentPayment(): BuiltDocument {
  const refs = { customerId: '58', invoiceId: '145', sourceIdentity: 's' };
  return buildPayment(plannedPayment(order(), company), refs, company);
}

/** QuickBooks' answer to our invoice: what was sent, plus what it adds. */
const answer = (changes: Record<string, unknown> = {}): WireEntity => ({
  ...JSON.parse(sent().bodyText),
  Id: '145',
  SyncToken: '0',
  TotalAmt: 44.28,
  Balance: 44.28,
  CustomerRef: { value: '58', name: 'Ann Lee' },
  Line: [...JSON.parse(sent().bodyText).Line, { Amount: 41, DetailType: 'SubTotalLineDetail', SubTotalLineDetail: {} }],
  ...changes,
});

describe('QuickBooks’ answer (B1)', () => {
  it('agrees when total, tax and customer are as predicted', () => {
    expect(checkAnswer(sent(), answer())).toEqual({ kind: 'ok', docNumberKept: true });
  });

  it('differs by a cent in the total or the tax', () => {
    expect(checkAnswer(sent(), answer({ TotalAmt: 44.29 }))).toMatchObject({
      kind: 'differs',
      differences: [{ field: 'TotalAmt', expected: '44.28', actual: '44.29' }],
    });
    expect(checkAnswer(sent(), answer({ TxnTaxDetail: { TotalTax: 3.27 } }))).toMatchObject({
      differences: [{ field: 'TotalTax', expected: '3.28', actual: '3.27' }],
    });
    expect(checkAnswer(sent(), answer({ TxnTaxDetail: undefined }))).toMatchObject({ kind: 'differs' });
  });

  it('differs when it is another customer’s', () => {
    expect(checkAnswer(sent(), answer({ CustomerRef: { value: '59' } }))).toMatchObject({
      differences: [{ field: 'CustomerRef' }],
    });
  });

  it('says apart when QuickBooks numbered by itself', () => {
    expect(checkAnswer(sent(), answer({ DocNumber: '1001' }))).toEqual({ kind: 'ok', docNumberKept: false });
  });

  it('to a payment must apply all of it', () => {
    const paid = { ...JSON.parse(sentPayment().bodyText), Id: '146', UnappliedAmt: 0 };
    expect(checkAnswer(sentPayment(), paid)).toEqual({ kind: 'ok', docNumberKept: true });
    expect(checkAnswer(sentPayment(), { ...paid, UnappliedAmt: 4.28 })).toMatchObject({
      differences: [{ field: 'UnappliedAmt', expected: '0.00', actual: '4.28' }],
    });
  });

  it('is read as integers, absent amounts as 0', () => {
    expect(wireTotals(answer(), 'USD')).toEqual({ totalMinor: 4428, taxMinor: 328 });
    expect(wireTotals({ Id: '1', TotalAmt: 1200 }, 'JPY')).toEqual({ totalMinor: 1200, taxMinor: 0 });
  });
});

describe('the fields we own (B5)', () => {
  const owned = ownedFields(answer());

  it('do not change with token, balance, links and fields of others', () => {
    const touched = answer({
      SyncToken: '3',
      Balance: 0,
      LinkedTxn: [{ TxnId: '146', TxnType: 'Payment' }],
      CustomerMemo: { value: 'Thanks' },
      SalesTermRef: { value: '3' },
      CustomerRef: { value: '58', name: 'Ann Miller' },
    });
    expect(checkOwned(owned, touched)).toEqual({ kind: 'untouched' });
  });

  it.each([
    ['TxnDate', { TxnDate: '2026-11-24' }],
    ['DocNumber', { DocNumber: 'X1' }],
    ['TotalAmt', { TotalAmt: 45 }],
    ['CustomerRef', { CustomerRef: { value: '59' } }],
    ['PrivateNote', { PrivateNote: 'mine' }],
    ['BillAddr', { BillAddr: { Line1: 'Elsewhere' } }],
    ['TotalTax', { TxnTaxDetail: { TotalTax: 4 } }],
    ['BillEmail', { BillEmail: undefined }],
    ['Line', { Line: JSON.parse(sent().bodyText).Line.slice(0, 2) }],
  ])('show an edit of %s', (field, changes) => {
    expect(checkOwned(owned, answer(changes))).toMatchObject({ kind: 'edited', differences: [{ field }] });
  });

  it('know a deleted and a voided document', () => {
    expect(checkOwned(owned, { Id: '145', status: 'Deleted' })).toEqual({ kind: 'removed' });
    expect(checkOwned(owned, answer({ TotalAmt: 0, PrivateNote: 'Voided - Woo order 1042' }))).toEqual({
      kind: 'removed',
    });
    expect(checkOwned(owned, answer({ TotalAmt: 0 }))).toMatchObject({ kind: 'edited' });
  });
});
