import {
  appliedMinor,
  isOurs,
  isRemoved,
  listAt,
  type Query,
  textAt,
  type WireEntity,
  wireTotals,
} from '@tillstream/quickbooks';
import type { DeliveryEnv } from '../delivery-env.js';
import { valueOf } from '../../company/remote-answer.js';
import type { EffectState, RemoteDocument } from '../../ledger/domain/index.js';
import { type DocumentRef, ENTITY_OF } from './domain/document.js';

/** Documents created up to this long before the first send are looked through: clocks differ (D13). */
const CREATED_BEFORE_MS = 3_600_000;

/** The ledger's view of a document as QuickBooks sent it. */
export function remoteDocumentOf(currency: string) {
  return (entity: WireEntity): RemoteDocument => {
    const { totalMinor, taxMinor } = wireTotals(entity, currency);
    // A payment is worth what it pays: money that hangs unapplied is no payment of this order (B3).
    const worth = 'UnappliedAmt' in entity ? appliedMinor(entity, currency) : totalMinor;
    const docNumber = typeof entity['DocNumber'] === 'string' ? entity['DocNumber'] : null;
    return { id: entity.Id, syncToken: entity.SyncToken ?? null, docNumber, totalMinor: worth, taxMinor, currency };
  };
}

/** By id: the only answer whose version is true (facts section 3). null = QuickBooks does not know it. */
export async function readDocument(
  { company, trail }: DeliveryEnv,
  { kind }: Pick<DocumentRef, 'kind'>,
  id: string,
): Promise<WireEntity | null> {
  const found = await company.read(trail, (api, caller) => api.readById(caller, ENTITY_OF[kind], id));
  return found.kind === 'not_found' ? null : valueOf(found, company.pausedUntil());
}

/** D13: living documents with the marker that a create may have left. */
export function createdBy(env: DeliveryEnv, ref: DocumentRef, marker: string, entry: EffectState) {
  return ref.kind === 'invoice' ? createdInvoices(env, marker, entry) : createdPayments(env, marker, entry);
}

/** D13: an update is done when our totals stand; a void when nothing is left. */
export async function changedBy(
  env: DeliveryEnv,
  ref: DocumentRef,
  { operation, predictedTotalMinor }: EffectState,
  { id, currency }: { readonly id: string; readonly currency: string },
): Promise<WireEntity | null> {
  const entity = await readDocument(env, ref, id);
  if (operation === 'void' || operation === 'delete') {
    return entity === null ? { Id: id } : isRemoved(entity) ? entity : null;
  }
  return entity && wireTotals(entity, currency).totalMinor === predictedTotalMinor ? entity : null;
}

/** By DocNumber, then everything created since; the marker is compared here and nowhere else. */
async function createdInvoices(env: DeliveryEnv, marker: string, { body, firstSentAtMs }: EffectState) {
  const number = textAt(JSON.parse(body ?? '{}'), 'DocNumber');
  if (number !== '') {
    const numbered = await queryInvoices(env, { field: 'DocNumber', operator: '=', value: number });
    const ours = livingWith(marker, numbered);
    if (ours.length > 0) return ours;
  }
  const value = new Date(firstSentAtMs - CREATED_BEFORE_MS).toISOString();
  return livingWith(marker, await queryInvoices(env, { field: 'MetaData.CreateTime', operator: '>=', value }));
}

async function queryInvoices({ company, trail }: DeliveryEnv, condition: NonNullable<Query['where']>[number]) {
  const found = await company.read(trail, (api, caller) =>
    api.queryAll(caller, { entity: 'Invoice', where: [condition] }),
  );
  return valueOf(found, company.pausedUntil());
}

/** The payments linked to the invoice. The marker alone decides: one of another amount is ours as well (B7). */
async function createdPayments(env: DeliveryEnv, marker: string, { body }: EffectState) {
  const links = listAt(JSON.parse(body ?? '{}'), 'Line').flatMap((line) => listAt(line, 'LinkedTxn'));
  const [paid] = linkedIds(links, 'Invoice');
  return paid === undefined ? [] : livingWith(marker, await paymentsOf(env, paid));
}

/** Payments that stand against an invoice; none when QuickBooks does not know it. */
export async function paymentsOf(env: DeliveryEnv, invoiceId: string): Promise<readonly WireEntity[]> {
  const invoice = await readDocument(env, { kind: 'invoice' }, invoiceId);
  const payments: WireEntity[] = [];
  for (const id of linkedIds(listAt(invoice, 'LinkedTxn'), 'Payment')) {
    const payment = await readDocument(env, { kind: 'payment' }, id);
    if (payment) payments.push(payment);
  }
  return payments;
}

function livingWith(marker: string, found: readonly WireEntity[]): readonly WireEntity[] {
  return found.filter((entity) => isOurs(entity, marker) && !isRemoved(entity));
}

function linkedIds(links: readonly unknown[], type: string): string[] {
  return links.filter((link) => textAt(link, 'TxnType') === type).map((link) => textAt(link, 'TxnId'));
}

/** D14: nothing is deleted by us. */
export async function reportDuplicates({ company, logger }: DeliveryEnv, id: string, remoteIds: readonly string[]) {
  logger.error({ document: id, remoteIds }, 'two documents with one marker: nothing is deleted, somebody must look');
  await company.ledger.execute(id, { type: 'ReportDuplicates', remoteIds });
}
