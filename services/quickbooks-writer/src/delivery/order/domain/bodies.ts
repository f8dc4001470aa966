import {
  buildInvoice,
  buildPayment,
  isEmailRefused,
  isHeld,
  type JsonObject,
  textAt,
  type WireEntity,
  withoutEmail,
} from '@tillstream/quickbooks';
import { type DesiredDocument, type DesiredInvoice, type DesiredPayment, keyOf } from './document.js';
import { type Given, type Steps, stop } from './given.js';
import { entryOf, isLive, type Live, seenDocument } from './standing.js';
import { hold, holdFor } from './step.js';

/** Stands for the id of a document that an earlier step of the list creates. */
const PENDING = 'pending';

/** The body of a document once everything it refers to is known; else the step that brings that about. */
export function bodyOf(document: DesiredDocument, given: Given): Steps<JsonObject> {
  return document.kind === 'invoice' ? invoiceOf(document, given) : paymentOf(document, given);
}

function* invoiceOf(document: DesiredInvoice, { desired, standing }: Given): Steps<JsonObject> {
  const { plan } = document;
  if (isHeld(plan)) return yield* stop(holdFor(plan));
  const refs = standing.seen.refs ?? (yield* stop({ step: 'refer', document }));
  const built = buildInvoice(plan, { ...refs, sourceIdentity: desired.sourceIdentity }, desired.profile);
  if (isHeld(built)) return yield* stop(holdFor(built));
  // B9: an address that QuickBooks refuses costs the address, not the sale.
  const refusal = standing.seen.refusals.get(keyOf(document));
  return refusal && isEmailRefused(refusal.failure) ? withoutEmail(built.body) : built.body;
}

function* paymentOf(document: DesiredPayment, given: Given): Steps<JsonObject> {
  const { plan, needs } = document;
  const { desired, standing } = given;
  if (isHeld(plan)) return yield* stop(holdFor(plan));
  const sale = entryOf(standing, needs.sale);
  const refs = isLive(sale)
    ? { invoiceId: sale.remote.id, customerId: yield* customerOf(document, sale, given) }
    : { invoiceId: PENDING, customerId: standing.seen.refs?.customerId ?? PENDING };
  return buildPayment(plan, { ...refs, sourceIdentity: desired.sourceIdentity }, desired.profile).body;
}

/** A payment must name the invoice's own customer (facts section 7). */
function* customerOf({ needs }: DesiredPayment, sale: Live, { standing, desired }: Given): Steps<string> {
  const written = sale.body === null ? null : customerIn(JSON.parse(sale.body) as JsonObject);
  if (written !== null) return written;
  const { id } = sale.remote;
  const seen = seenDocument(standing, needs.sale, id);
  if (seen === undefined) return yield* stop({ step: 'look', at: 'documents', ref: needs.sale, ids: [id] });
  if (seen === null) {
    const what = `Invoice ${id} of order ${desired.order.number}`;
    return yield* stop(hold('removed_in_quickbooks', `${what} was removed in QuickBooks.`));
  }
  return customerIn(seen) ?? '';
}

function customerIn(invoice: JsonObject | WireEntity): string | null {
  return textAt(invoice, 'CustomerRef', 'value') || null;
}
