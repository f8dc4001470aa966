import type { FieldDiff } from '@tillstream/contracts';
import { formatMinor, minorDigits } from '@tillstream/kernel';
import { flatFields, type JsonObject, listAt, type NameLookup, textAt, wireAmount } from '@tillstream/quickbooks';
import type { Write } from '../delivery/order/domain/step.js';
import type { RemoteDocument } from '../ledger/domain/index.js';
import type { PlannedEffect } from './planned-company.js';

/** What the record's own requests would change, as a person reads it. Personal data. */

/** `before` = the document as it stands. */
export function documentDiff(write: Write, before: RemoteDocument | null, names: NameLookup): FieldDiff[] {
  const { kind, currency } = write.document;
  if (write.step === 'void' || write.step === 'delete') {
    const from = kind === 'payment' ? money(before?.totalMinor ?? null, currency) : (before?.id ?? null);
    return [{ field: kind, from, to: null }];
  }
  return kind === 'payment' ? paymentDiff(write, before) : invoiceDiff(write, before, names);
}

function invoiceDiff({ body, document }: Write, before: RemoteDocument | null, names: NameLookup): FieldDiff[] {
  const { currency, predicted, txnDate } = document;
  const { totalMinor = null, taxMinor = null, docNumber = null } = before ?? {};
  const customer = textAt(body, 'CustomerRef', 'value');
  const lines = listAt(body, 'Line');
  return [
    { field: 'DocNumber', from: docNumber, to: textAt(body, 'DocNumber') },
    { field: 'TxnDate', from: null, to: txnDate },
    { field: 'customer', from: null, to: names.customer(customer)?.displayName ?? customer },
    { field: 'total', from: money(totalMinor, currency), to: predictedMoney(predicted.totalMinor, currency) },
    { field: 'tax', from: money(taxMinor, currency), to: predictedMoney(predicted.taxMinor, currency) },
    { field: 'lines', from: null, to: String(lines.length) },
    ...lines.map((line, index) => ({ field: `line ${index + 1}`, from: null, to: lineText(line, currency) })),
  ].filter(({ from, to }) => from !== to);
}

function lineText(line: unknown, currency: string): string {
  const quantity = textAt(line, 'SalesItemLineDetail', 'Qty') || '1';
  return `${quantity} × ${textAt(line, 'Description')}: ${textAt(line, 'Amount')} ${currency}`;
}

function paymentDiff({ document }: Write, before: RemoteDocument | null): FieldDiff[] {
  const from = money(before?.totalMinor ?? null, document.currency);
  const to = `${predictedMoney(document.predicted.totalMinor, document.currency)} on ${document.txnDate}`;
  return [{ field: 'payment', from, to }];
}

/** References, versions and switches say nothing to a person. */
const SHOWN = {
  Customer: [
    'DisplayName',
    'GivenName',
    'FamilyName',
    'CompanyName',
    'PrimaryEmailAddr',
    'PrimaryPhone',
    'BillAddr',
    'ShipAddr',
  ],
  Item: ['Name', 'Type', 'Sku', 'UnitPrice'],
} as const;

export function nameDiff({ entity, body, before }: PlannedEffect): FieldDiff[] {
  if (entity !== 'Customer' && entity !== 'Item') return [];
  const now = flatFields(before.remote ? parsed(before.standing ?? before.body) : {}, SHOWN[entity]);
  const then = flatFields(body, SHOWN[entity]);
  const kept = new Set(Object.keys(body));
  const paths = new Set([...then.keys(), ...[...now.keys()].filter((path) => kept.has(path.split('.')[0] ?? ''))]);
  return [...paths]
    .map((field) => ({ field, from: now.get(field) ?? null, to: then.get(field) ?? null }))
    .filter(({ from, to }) => from !== to);
}

function parsed(body: string | null): JsonObject {
  return JSON.parse(body ?? '{}') as JsonObject;
}

function money(minor: number | null, currency: string): string | null {
  return minor === null ? null : `${formatMinor(minor, currency)} ${currency}`;
}

function predictedMoney(minor: number, currency: string): string {
  return `${wireAmount(minor, minorDigits(currency))} ${currency}`;
}
