import type { FieldDiff } from '@tillstream/contracts';
import { formatMinor } from '@tillstream/kernel';
import { flatFields, type JsonObject, type NameLookup } from '@tillstream/quickbooks';
import { isDocument, type PlannedEffect } from './planned-company.js';

interface DiffContext {
  readonly names: NameLookup;
  readonly currency: string;
}

/** What the record's own requests would change, as a person reads it. Personal data. */
export function diffOf(effects: readonly PlannedEffect[], context: DiffContext): FieldDiff[] {
  return effects.flatMap((effect) => {
    if (!isDocument(effect.identity)) return nameDiff(effect);
    return effect.entity === 'Payment' ? paymentDiff(effect, context) : invoiceDiff(effect, context);
  });
}

function invoiceDiff(
  { body, before, answer, operation }: PlannedEffect,
  { names, currency }: DiffContext,
): FieldDiff[] {
  if (operation === 'void' || operation === 'delete')
    return [{ field: 'invoice', from: before.remote?.id ?? null, to: null }];
  const { CustomerRef, Line = [], TxnDate, DocNumber } = body as InvoiceBody;
  const { TotalAmt, TxnTaxDetail } = answer as { TotalAmt?: number; TxnTaxDetail?: { TotalTax?: number } };
  const { totalMinor = null, taxMinor = null, docNumber = null } = before.remote ?? {};
  const customer = CustomerRef?.value ?? '';
  return [
    { field: 'DocNumber', from: docNumber, to: DocNumber ?? null },
    { field: 'TxnDate', from: null, to: TxnDate ?? null },
    { field: 'customer', from: null, to: names.customer(customer)?.displayName ?? customer },
    { field: 'total', from: money(totalMinor, currency), to: wireMoney(TotalAmt, currency) },
    { field: 'tax', from: money(taxMinor, currency), to: wireMoney(TxnTaxDetail?.TotalTax, currency) },
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

function paymentDiff({ body, before, operation }: PlannedEffect, { currency }: DiffContext): FieldDiff[] {
  const from = money(before.remote?.totalMinor ?? null, currency);
  if (operation === 'void' || operation === 'delete') return [{ field: 'payment', from, to: null }];
  const { TotalAmt, TxnDate } = body as { TotalAmt?: number; TxnDate?: string };
  return [{ field: 'payment', from, to: `${wireMoney(TotalAmt, currency)} on ${TxnDate ?? '?'}` }];
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

function nameDiff({ entity, body, before }: PlannedEffect): FieldDiff[] {
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

function wireMoney(amount: number | undefined, currency: string): string | null {
  return amount === undefined ? null : `${amount} ${currency}`;
}
