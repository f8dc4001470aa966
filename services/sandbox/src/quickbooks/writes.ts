import type { Company, Stored, WriteRecord } from './company.js';
import { refreshOpen, releasePayments } from './entities/settlement.js';
import { faults } from './fault.js';
import { pick } from './fields.js';
import { isObject, type JsonObject, objectsAt, textAt } from './json.js';
import type { EntityRules, Prepared, WriteContext } from './rules/context.js';
import { requireOpenPeriod } from './rules/periods.js';

/** Who writes, under which requestid, and what a fault adds to it. */
export interface WriteOrigin {
  readonly by: WriteRecord['by'];
  readonly requestId?: string | undefined;
  readonly taxOffsetMinor?: number;
}

export type Operation = 'write' | 'delete' | 'void';

/** Carries out one POST of the API on the books. Either everything happens or a Fault is thrown and nothing does. */
export function write(
  company: Company,
  rules: EntityRules,
  operation: Operation,
  body: JsonObject,
  origin: WriteOrigin,
): JsonObject {
  if (operation === 'delete') return remove(company, rules, body, origin);
  if (operation === 'void') return voidTransaction(company, rules, body, origin);
  const stored = body.Id === undefined ? create(company, rules, body, origin) : update(company, rules, body, origin);
  return company.view(stored);
}

function create(company: Company, rules: EntityRules, body: JsonObject, origin: WriteOrigin): Stored {
  const context: WriteContext = { company, before: undefined, taxOffsetMinor: origin.taxOffsetMinor ?? 0 };
  const draft = pick(rules.fields, body, company.isUs);
  const prepared = rules.prepare(draft, context);
  const stored = company.insert(rules.name, prepared.input, prepared.computed, prepared.amounts);
  return finish(company, rules, stored, undefined, context, 'create', origin);
}

function update(company: Company, rules: EntityRules, body: JsonObject, origin: WriteOrigin): Stored {
  const stored = current(company, rules, body);
  const context: WriteContext = { company, before: stored, taxOffsetMinor: origin.taxOffsetMinor ?? 0 };
  const sent = pick(rules.fields, body, company.isUs);
  // A full update clears every writable field it leaves out; a sparse one keeps them, but a Line array replaces all.
  const draft = body.sparse === true ? { ...stored.input, ...sent } : sent;
  const prepared: Prepared = rules.prepare(draft, context);
  const before = stored.input;
  stored.input = prepared.input;
  stored.computed = prepared.computed;
  stored.amounts = prepared.amounts;
  stored.state = 'live';
  company.bump(stored);
  return finish(company, rules, stored, before, context, 'update', origin);
}

function finish(
  company: Company,
  rules: EntityRules,
  stored: Stored,
  before: JsonObject | undefined,
  context: WriteContext,
  operation: 'create' | 'update',
  origin: WriteOrigin,
): Stored {
  if (rules.kind === 'transaction') company.indexCustomer(stored);
  if (stored.entity === 'Invoice' || stored.entity === 'CreditMemo') {
    // A total below what was applied pushes the surplus back to the payments.
    if (before) releasePayments(company, stored, stored.amounts?.total ?? 0);
    refreshOpen(company, stored);
  }
  rules.settle?.(stored, before, context);
  record(company, stored, operation, origin);
  return stored;
}

function remove(company: Company, rules: EntityRules, body: JsonObject, origin: WriteOrigin): JsonObject {
  if (!rules.deletable) throw faults.unsupported(`delete of ${rules.name}`);
  const stored = current(company, rules, body);
  requireOpenPeriod(company, stored.input);
  releasePayments(company, stored);
  const before = stored.input;
  stored.state = 'deleted';
  company.bump(stored);
  rules.settle?.(stored, before, { company, before: stored, taxOffsetMinor: 0 });
  record(company, stored, 'delete', origin);
  return { domain: 'QBO', status: 'Deleted', Id: stored.id };
}

/** Amounts go to 0, links are taken off, PrivateNote starts with "Voided"; the document stays. */
function voidTransaction(company: Company, rules: EntityRules, body: JsonObject, origin: WriteOrigin): JsonObject {
  if (!rules.voidable) throw faults.unsupported(`void of ${rules.name}`);
  const stored = current(company, rules, body);
  requireOpenPeriod(company, stored.input);
  releasePayments(company, stored);
  const before = stored.input;
  const note = textAt(before, 'PrivateNote') ?? '';
  const privateNote = stored.state === 'voided' ? note : (note === '' ? 'Voided' : `Voided - ${note}`).slice(0, 4000);
  stored.state = 'voided';
  stored.input = { ...before, PrivateNote: privateNote, Line: zeroed(objectsAt(before, 'Line'), rules.name) };
  stored.amounts = { total: 0, tax: 0, open: 0 };
  stored.computed = { ...stored.computed, ...zeroFields(stored) };
  company.bump(stored);
  rules.settle?.(stored, before, { company, before: stored, taxOffsetMinor: 0 });
  record(company, stored, 'void', origin);
  return company.view(stored);
}

function zeroed(lines: readonly JsonObject[], entity: string): readonly JsonObject[] {
  if (entity === 'Payment') return [];
  return lines.map((line) => ({
    ...line,
    ...(line.Amount === undefined ? {} : { Amount: 0 }),
    ...(isObject(line.SalesItemLineDetail) ? { SalesItemLineDetail: { ...line.SalesItemLineDetail, Qty: 0 } } : {}),
  }));
}

function zeroFields(stored: Stored): JsonObject {
  const lines = zeroed(objectsAt(stored.computed, 'Line'), stored.entity);
  if (stored.entity === 'Payment') {
    stored.input = { ...stored.input, TotalAmt: 0 };
    return { TotalAmt: 0, UnappliedAmt: 0, Line: [] };
  }
  return { Line: lines, TotalAmt: 0, Balance: 0, TxnTaxDetail: { TotalTax: 0 }, LinkedTxn: [] };
}

/** The object a write addresses, if its SyncToken is the current one (2020, 2030, 610, 5010). */
function current(company: Company, rules: EntityRules, body: JsonObject): Stored {
  if (typeof body.Id !== 'string' || !/^\d+$/u.test(body.Id)) throw faults.badId('Id');
  if (typeof body.SyncToken !== 'string') throw faults.required('SyncToken');
  const stored = company.get(rules.name, body.Id);
  if (!stored || stored.state === 'deleted') throw faults.notFound();
  if (body.SyncToken !== String(stored.syncToken)) throw faults.stale();
  return stored;
}

function record(company: Company, stored: Stored, operation: WriteRecord['operation'], origin: WriteOrigin): void {
  company.writes.push({
    at: company.now(),
    by: origin.by,
    requestId: origin.requestId,
    operation,
    entity: stored.entity,
    id: stored.id,
    syncToken: String(stored.syncToken),
  });
}

/** Marks an invoice as e-mailed. The books of a shop must never cause this; the ledger shows it if they do. */
export function sendByEmail(company: Company, rules: EntityRules, id: string, origin: WriteOrigin): JsonObject {
  const stored = company.get(rules.name, id);
  if (!stored || stored.state === 'deleted') throw faults.notFound();
  stored.input = { ...stored.input, EmailStatus: 'EmailSent' };
  company.emails.push({ at: company.now(), entity: stored.entity, id });
  company.bump(stored);
  record(company, stored, 'send', origin);
  return company.view(stored);
}
