import type { CanonicalOrder, QuickBooksSettings, Settings } from '@tillstream/contracts';
import {
  checkRefunds,
  type CompanyProfile,
  documentDate,
  type Held,
  isHeld,
  ownershipMarker,
  planOrder,
  planPayment,
  sourceOf,
} from '@tillstream/quickbooks';
import type { DesiredDocument, DesiredInvoice, DesiredPayment, DocumentRef } from './document.js';
import { invoiceSourceHash } from './source-hash.js';

/**
 * What an order's status asks for (B6):
 *
 * - `wanted`    it is in the list: its documents should exist
 * - `left`      it is not, or it is cancelled and the setting says keep: nothing more is written, what stands stays
 * - `unwanted`  cancelled: no document should exist
 */
export type Selection = 'wanted' | 'left' | 'unwanted';

/** Which documents should exist for an order; pure in what it was given, and comparable. */
export interface Desired {
  readonly order: CanonicalOrder;
  /** The company it was thought out for. */
  readonly profile: CompanyProfile;
  /** Part of the ownership markers (B7). */
  readonly sourceIdentity: string;
  readonly selection: Selection;
  /** In the order they are written. */
  readonly documents: readonly DesiredDocument[];
  /** What else the order asks for and this version does not write; holds the order. */
  readonly unmet: Held | null;
}

export interface DesiredContext {
  readonly settings: QuickBooksSettings;
  readonly orderSettings: Settings['orders'];
  readonly profile: CompanyProfile;
  readonly sourceIdentity: string;
  /** What its documents are numbered by, before prefix and shortening (B8); default its own number. */
  readonly number?: string;
}

/** Statuses that end an order without a sale (B6). */
const CANCELLED = new Set(['cancelled', 'failed', 'trash', 'deleted']);

/** The documents that should exist for `order` in the company of `context`, its refunds included (B1-B6). */
export function desired(order: CanonicalOrder, context: DesiredContext): Desired {
  const { profile, sourceIdentity } = context;
  const selection = selectionOf(order, context);
  const isWanted = selection === 'wanted';
  const documents = isWanted ? documentsOf(order, context) : [];
  return { order, profile, sourceIdentity, selection, documents, unmet: isWanted ? checkRefunds(order) : null };
}

/** Every document that an order can have in the books, whatever it says now. */
export function possibleDocuments(order: CanonicalOrder): readonly DocumentRef[] {
  const sourceId = sourceOf(order);
  return [
    { kind: 'invoice', sourceId },
    { kind: 'payment', sourceId },
  ];
}

function selectionOf({ status }: CanonicalOrder, { orderSettings, settings }: DesiredContext): Selection {
  if (orderSettings.statuses.includes(status)) return 'wanted';
  return CANCELLED.has(status) && settings.onOrderCancelled !== 'keep' ? 'unwanted' : 'left';
}

function documentsOf(order: CanonicalOrder, context: DesiredContext): readonly DesiredDocument[] {
  const sale = invoiceOf(order, context);
  const payment = paymentOf(order, sale, context);
  return payment ? [sale, payment] : [sale];
}

function invoiceOf(
  order: CanonicalOrder,
  { settings, profile, sourceIdentity, number }: DesiredContext,
): DesiredInvoice {
  const plan = planOrder(order, settings, profile, number);
  const sourceId = sourceOf(order);
  return {
    kind: 'invoice',
    sourceId,
    marker: ownershipMarker('invoice', sourceIdentity, sourceId),
    sourceHash: invoiceSourceHash(order),
    currency: order.currency,
    txnDate: documentDate(order, settings),
    predicted: { totalMinor: order.totalMinor, taxMinor: order.totalTaxMinor },
    plan,
    needs: { buyer: order, items: isHeld(plan) ? [] : plan.items },
  };
}

function paymentOf(
  order: CanonicalOrder,
  { kind, sourceId, sourceHash, currency }: DesiredInvoice,
  { settings, profile, sourceIdentity }: DesiredContext,
): DesiredPayment | null {
  const plan = planPayment(order, settings, profile);
  if (plan === null || order.paidDate === null) return null;
  return {
    kind: 'payment',
    sourceId,
    marker: ownershipMarker('payment', sourceIdentity, sourceId),
    sourceHash,
    currency,
    txnDate: order.paidDate,
    predicted: { totalMinor: order.totalMinor, taxMinor: 0 },
    plan,
    needs: { sale: { kind, sourceId } },
  };
}
