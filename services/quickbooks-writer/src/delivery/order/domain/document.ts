import type { CanonicalOrder } from '@tillstream/contracts';
import type { Held, ItemNeed, OrderPlan, PaymentPlan, Totals } from '@tillstream/quickbooks';

/** Kinds of documents that an order has in the books, in the order they are written. */
export const ORDER_DOCUMENTS = ['invoice', 'payment'] as const;
export type OrderDocumentKind = (typeof ORDER_DOCUMENTS)[number];

export const ENTITY_OF = { invoice: 'Invoice', payment: 'Payment' } as const;
/** How a document of each kind is taken back (B1). */
export const TAKE_BACK = { invoice: 'void', payment: 'void' } as const satisfies Record<
  OrderDocumentKind,
  'void' | 'delete'
>;

export function isOrderDocument(kind: string): kind is OrderDocumentKind {
  return ORDER_DOCUMENTS.some((known) => known === kind);
}

/** Which document of an order: kind and source id of its ledger entry. */
export interface DocumentRef {
  readonly kind: OrderDocumentKind;
  readonly sourceId: string;
}

/** Names a document among those of its order. */
export function keyOf({ kind, sourceId }: DocumentRef): string {
  return `${kind} ${sourceId}`;
}

interface Document<K extends OrderDocumentKind, P> extends DocumentRef {
  readonly kind: K;
  /** Proves that a document in QuickBooks is this one (B7). */
  readonly marker: string;
  /** Hash of what the order's documents are made of: another one is an edit. */
  readonly sourceHash: string;
  readonly currency: string;
  readonly txnDate: string;
  /** What QuickBooks will answer (B1). */
  readonly predicted: Totals;
  /** Everything about its body that needs no QuickBooks id, or why it cannot be written. */
  readonly plan: P | Held;
}

/** Needs the buyer's customer and an item per kind of line. */
export interface DesiredInvoice extends Document<'invoice', OrderPlan> {
  readonly needs: { readonly buyer: CanonicalOrder; readonly items: readonly ItemNeed[] };
}

/** Needs the document that it pays, and names that one's customer. */
export interface DesiredPayment extends Document<'payment', PaymentPlan> {
  readonly needs: { readonly sale: DocumentRef };
}

/** A document that should exist. */
export type DesiredDocument = DesiredInvoice | DesiredPayment;
