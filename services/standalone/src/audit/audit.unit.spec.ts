import { describe, expect, it } from 'vitest';
import { agrees, type AuditInput, audit, type LedgerInvoice, type LedgerPayment, type ShopOrder } from './audit.js';

const order = (over: Partial<ShopOrder> = {}): ShopOrder => ({
  id: '1042',
  number: '1042',
  status: 'processing',
  totalMinor: 4428,
  taxMinor: 328,
  paid: true,
  selected: true,
  plantedCode: null,
  ...over,
});
const invoice = (over: Partial<LedgerInvoice> = {}): LedgerInvoice => ({
  id: '7',
  docNumber: '1042',
  privateNote: 'Woo order 1042\n[ts1 invoice x]',
  totalMinor: 4428,
  taxMinor: 328,
  balanceMinor: 0,
  voided: false,
  emailed: false,
  ...over,
});
const payment = (over: Partial<LedgerPayment> = {}): LedgerPayment => ({
  id: '8',
  totalMinor: 4428,
  invoiceIds: ['7'],
  ...over,
});
const books = (over: Partial<AuditInput> = {}): AuditInput => ({
  orders: [order()],
  invoices: [invoice()],
  payments: [payment()],
  held: [],
  ...over,
});
const kinds = (input: AuditInput) => audit(input).problems.map(({ kind }) => kind);

describe('audit', () => {
  it('finds nothing in books that agree', () => {
    const report = audit(books());
    expect(report).toMatchObject({ orders: 1, documents: 1, held: 0, skipped: 0, payments: 1, problems: [] });
    expect(agrees(report)).toBe(true);
  });

  it.each<[string, Partial<AuditInput>, string]>([
    ['an order without a document', { invoices: [], payments: [] }, 'missing'],
    ['a voided document in place of a live one', { invoices: [invoice({ voided: true })], payments: [] }, 'missing'],
    ['two documents', { invoices: [invoice(), invoice({ id: '9', balanceMinor: 4428 })] }, 'duplicate'],
    ['a cent off in the total', { invoices: [invoice({ totalMinor: 4427 })] }, 'total_off'],
    ['a cent off in the tax', { invoices: [invoice({ taxMinor: 329 })] }, 'tax_off'],
    ['no payment of a paid order', { payments: [] }, 'payment_missing'],
    ['two payments', { payments: [payment(), payment({ id: '9' })] }, 'payment_duplicate'],
    ['a payment of another amount', { payments: [payment({ totalMinor: 1 })] }, 'payment_off'],
    ['a payment of an unpaid order', { orders: [order({ paid: false })] }, 'payment_unexpected'],
    [
      'a good order that is held',
      { invoices: [], payments: [], held: [{ orderId: '1042', code: 'tax_unmapped' }] },
      'held_unexpectedly',
    ],
    ['a planted order in the books', { orders: [order({ plantedCode: 'negative_total' })] }, 'planted_but_booked'],
    [
      'a planted order that vanished',
      { orders: [order({ plantedCode: 'negative_total' })], invoices: [], payments: [] },
      'planted_but_not_held',
    ],
    [
      'a planted order held for another reason',
      {
        orders: [order({ plantedCode: 'negative_total' })],
        invoices: [],
        payments: [],
        held: [{ orderId: '1042', code: 'tax_unmapped' }],
      },
      'held_with_other_code',
    ],
    [
      'a document for an order that is not selected',
      { orders: [order({ selected: false, status: 'pending' })] },
      'unexpected_document',
    ],
    ['an e-mail to a customer', { invoices: [invoice({ emailed: true })] }, 'emailed'],
  ])('finds %s', (_, over, kind) => {
    const input = books(over);
    expect(kinds(input)).toContain(kind);
    expect(agrees(audit(input))).toBe(false);
  });

  it('leaves foreign documents alone', () => {
    const foreign = invoice({ id: '1', docNumber: '1042', privateNote: 'entered by hand', totalMinor: 1 });
    expect(kinds(books({ invoices: [invoice(), foreign] }))).toEqual([]);
  });

  it('accepts a free order without payment, and counts what is not selected as skipped', () => {
    const free = books({
      orders: [order({ totalMinor: 0, taxMinor: 0 })],
      invoices: [invoice({ totalMinor: 0, taxMinor: 0 })],
      payments: [],
    });
    expect(agrees(audit(free))).toBe(true);
    const unselected = audit(books({ orders: [order({ selected: false })], invoices: [], payments: [] }));
    expect(unselected).toMatchObject({ skipped: 1, problems: [] });
  });
});
