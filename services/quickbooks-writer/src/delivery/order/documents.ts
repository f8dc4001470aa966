import type { WrittenDocument } from '@tillstream/contracts';
import {
  appliedMinor,
  type BuiltDocument,
  isOurs,
  isRemoved,
  ownershipMarker,
  sourceOf,
  type JsonObject,
  type WireEntity,
  wireTotals,
} from '@tillstream/quickbooks';
import { type EffectState, effectId, type RemoteDocument } from '../../ledger/domain/index.js';
import { requestIdsOf } from '../delivery-env.js';
import { documentIdentity, type OrderEnv } from './order-env.js';
import type { Effect } from '../../ledger/perform-effect.js';
import { valueOf } from '../../company/remote-answer.js';

/** Documents created up to this long before the first send are looked through: clocks differ (D13). */
const CREATED_BEFORE_MS = 3_600_000;

export type DocumentKindName = 'invoice' | 'payment';
export const ENTITY_OF = { invoice: 'Invoice', payment: 'Payment' } as const;

/** The ledger's view of an Invoice or Payment as QuickBooks sent it. */
export function remoteDocumentOf(currency: string) {
  return (entity: WireEntity): RemoteDocument => {
    const { totalMinor, taxMinor } = wireTotals(entity, currency);
    // A payment is worth what it pays: money that hangs unapplied is no payment of this order (B3).
    const worth = 'UnappliedAmt' in entity ? appliedMinor(entity, currency) : totalMinor;
    const docNumber = typeof entity['DocNumber'] === 'string' ? entity['DocNumber'] : null;
    return { id: entity.Id, syncToken: entity.SyncToken ?? null, docNumber, totalMinor: worth, taxMinor, currency };
  };
}

/** How to find out what became of an order's document, whatever operation is unresolved (D13). */
export function lookupOf(env: OrderEnv, kind: DocumentKindName): Pick<Effect, 'identity' | 'find' | 'remoteOf'> {
  const marker = ownershipMarker(kind, env.sourceIdentity, sourceOf(env.order));
  return {
    identity: documentIdentity(env, kind),
    find: (state) => findDocument(env, kind, marker, state),
    remoteOf: remoteDocumentOf(env.order.currency),
  };
}

/** The create of an order's document. */
export function createEffect(env: OrderEnv, kind: DocumentKindName, built: BuiltDocument, recreate = false): Effect {
  const identity = documentIdentity(env, kind);
  return {
    ...lookupOf(env, kind),
    entity: ENTITY_OF[kind],
    operation: 'create',
    body: built.bodyText,
    predictedTotalMinor: built.predicted.totalMinor,
    sourceHash: env.sourceHash,
    recreate,
    requestIdOf: requestIdsOf(env, identity),
  };
}

/** A change of the document that exists: `update` with a whole body, `void` with Id and SyncToken. */
export function changeEffect(
  env: OrderEnv,
  kind: DocumentKindName,
  built: BuiltDocument,
  operation: 'update' | 'void',
  body: string,
): Effect {
  return { ...createEffect(env, kind, built), operation, body, sourceHash: null };
}

async function findDocument(
  env: OrderEnv,
  kind: DocumentKindName,
  marker: string,
  state: EffectState,
): Promise<WireEntity | null> {
  if (state.operation !== 'create' && state.remote) return findChange(env, kind, state, state.remote.id);
  const found = kind === 'invoice' ? await findInvoices(env, marker, state) : await findPayments(env, marker, state);
  const others = found.filter(({ Id }) => Id !== state.remote?.id);
  if (others.length > 1) await reportDuplicates(env, kind, others);
  return others[0] ?? null;
}

/** D13: an update is done when our totals stand; a void when nothing is left. */
async function findChange(
  env: OrderEnv,
  kind: DocumentKindName,
  state: EffectState,
  id: string,
): Promise<WireEntity | null> {
  const result = await env.company.read(env.trail, (api, caller) => api.readById(caller, ENTITY_OF[kind], id));
  if (result.kind === 'not_found') return state.operation === 'void' ? { Id: id } : null;
  const entity = valueOf(result, env.company.pausedUntil());
  if (state.operation === 'void') return isRemoved(entity) ? entity : null;
  const { totalMinor } = wireTotals(entity, env.order.currency);
  return totalMinor === state.predictedTotalMinor ? entity : null;
}

/** D13: by DocNumber, then everything created since; the marker is compared here and nowhere else. */
async function findInvoices(env: OrderEnv, marker: string, state: EffectState): Promise<readonly WireEntity[]> {
  const { company, trail } = env;
  const sent = JSON.parse(state.body ?? '{}') as { DocNumber?: string };
  if (sent.DocNumber !== undefined) {
    const byNumber = await company.read(trail, (api, caller) =>
      api.queryAll(caller, {
        entity: 'Invoice',
        where: [{ field: 'DocNumber', operator: '=', value: sent.DocNumber ?? '' }],
      }),
    );
    const ours = oursAmong(valueOf(byNumber, company.pausedUntil()), marker);
    if (ours.length > 0) return ours;
  }
  const since = new Date(state.firstSentAtMs - CREATED_BEFORE_MS).toISOString();
  const created = await company.read(trail, (api, caller) =>
    api.queryAll(caller, {
      entity: 'Invoice',
      where: [{ field: 'MetaData.CreateTime', operator: '>=', value: since }],
    }),
  );
  return oursAmong(valueOf(created, company.pausedUntil()), marker);
}

/** D13: the payments linked to the invoice. The marker alone decides: one of another amount is ours as well (B7). */
async function findPayments(env: OrderEnv, marker: string, state: EffectState): Promise<readonly WireEntity[]> {
  const invoiceId = linkedInvoiceIn(state.body ?? '{}');
  if (invoiceId === null) return [];
  return oursAmong(await linkedPayments(env, invoiceId), marker);
}

export async function linkedPayments(env: OrderEnv, invoiceId: string): Promise<readonly WireEntity[]> {
  const { company, trail } = env;
  const invoice = await company.read(trail, (api, caller) => api.readById(caller, 'Invoice', invoiceId));
  if (invoice.kind === 'not_found') return [];
  const payments: WireEntity[] = [];
  for (const id of linkedPaymentIds(valueOf(invoice, company.pausedUntil()))) {
    const payment = await company.read(trail, (api, caller) => api.readById(caller, 'Payment', id));
    if (payment.kind !== 'not_found') payments.push(valueOf(payment, company.pausedUntil()));
  }
  return payments;
}

export function oursAmong(entities: readonly WireEntity[], marker: string): readonly WireEntity[] {
  return entities.filter((entity) => isOurs(entity, marker) && !isRemoved(entity));
}

export async function reportDuplicates(env: OrderEnv, kind: DocumentKindName, entities: readonly WireEntity[]) {
  const id = effectId(documentIdentity(env, kind));
  const remoteIds = entities.map(({ Id }) => Id);
  env.logger.error(
    { document: id, remoteIds },
    'two documents with one marker: nothing is deleted, somebody must look',
  );
  await env.company.ledger.execute(id, { type: 'ReportDuplicates', remoteIds });
}

export function ledgerState(env: OrderEnv, kind: DocumentKindName): Promise<EffectState | null> {
  return env.company.ledger.state(effectId(documentIdentity(env, kind)));
}

/** Takes over a document with our marker that this ledger did not write (a lost data folder, a restored company). */
export async function adopt(env: OrderEnv, kind: DocumentKindName, entity: WireEntity) {
  const identity = documentIdentity(env, kind);
  const remote = { ...remoteDocumentOf(env.order.currency)(entity), syncToken: null };
  const requestId = requestIdsOf(env, identity)(1);
  const { state } = await env.company.ledger.execute(effectId(identity), { type: 'Adopt', remote, requestId });
  env.logger.info({ kind, remoteId: entity.Id, order: env.order.number }, 'adopted a document with our marker');
  return state;
}

export function writtenDocument(kind: DocumentKindName, remote: RemoteDocument): WrittenDocument {
  return {
    remoteType: ENTITY_OF[kind],
    remoteId: remote.id,
    docNumber: remote.docNumber,
    totalMinor: remote.totalMinor,
    currency: remote.currency,
    remoteVersion: remote.syncToken,
  };
}

function linkedPaymentIds(invoice: WireEntity): string[] {
  const links: unknown = invoice['LinkedTxn'];
  if (!Array.isArray(links)) return [];
  return links.flatMap((link: { TxnType?: unknown; TxnId?: unknown }) =>
    link.TxnType === 'Payment' && typeof link.TxnId === 'string' ? [link.TxnId] : [],
  );
}

function linkedInvoiceIn(body: string): string | null {
  const { Line } = JSON.parse(body) as { Line?: { LinkedTxn?: { TxnId?: string; TxnType?: string }[] }[] };
  const links = (Line ?? []).flatMap(({ LinkedTxn }) => LinkedTxn ?? []);
  return links.find(({ TxnType }) => TxnType === 'Invoice')?.TxnId ?? null;
}

/** Body of a correction: everything of ours again over the version that stands. */
export function correctedBody(built: BuiltDocument, id: string, syncToken: string): JsonObject {
  return { ...built.body, Id: id, SyncToken: syncToken, sparse: true };
}
