import type { FieldDiff } from '@tillstream/contracts';
import { formatMinor, minorDigits } from '@tillstream/kernel';
import { flatFields, type JsonObject, type NameLookup, wireAmount } from '@tillstream/quickbooks';
import type { DesiredDocument } from '../delivery/order/domain/document.js';
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
  const { currency, predicted } = document;
  const { CustomerRef, Line = [], TxnDate, DocNumber } = body as InvoiceBody;
  const { totalMinor = null, taxMinor = null, docNumber = null } = before ?? {};
  const customer = CustomerRef?.value ?? '';
  return [
    { field: 'DocNumber', from: docNumber, to: DocNumber ?? null },
    { field: 'TxnDate', from: null, to: TxnDate ?? null },
    { field: 'customer', from: null, to: names.customer(customer)?.displayName ?? customer },
    { field: 'total', from: money(totalMinor, currency), to: predictedMoney(predicted.totalMinor, document) },
    { field: 'tax', from: money(taxMinor, currency), to: predictedMoney(predicted.taxMinor, document) },
    { field: 'lines', from: null, to: String(Line.length) },
    ...Line.map((line, index) => ({ field: `line ${index + 1}`, from: null, to: lineText(line, currency) })),
  ].filter(({ from, to }) => from !== to);
}

interface InvoiceLine {
  readonly Amount?: number;
  readonly Description?: string;
  readonly SalesItemLineDetail?: { readonly Qty?: number };
}
interface InvoiceBody {
  readonly DocNumber?: string;
  readonly TxnDate?: string;
  readonly CustomerRef?: { readonly value?: string };
  readonly Line?: readonly InvoiceLine[];
}

function lineText({ Amount, Description = '', SalesItemLineDetail }: InvoiceLine, currency: string): string {
  const quantity = SalesItemLineDetail?.Qty ?? 1;
  return `${quantity} × ${Description}: ${wireMoney(Amount, currency)}`;
}

function paymentDiff({ document }: Write, before: RemoteDocument | null): FieldDiff[] {
  const from = money(before?.totalMinor ?? null, document.currency);
  const to = `${predictedMoney(document.predicted.totalMinor, document)} on ${document.txnDate}`;
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

function predictedMoney(minor: number, { currency }: DesiredDocument): string | null {
  return wireMoney(wireAmount(minor, minorDigits(currency)), currency);
}

function wireMoney(amount: number | undefined, currency: string): string | null {
  return amount === undefined ? null : `${amount} ${currency}`;
}
