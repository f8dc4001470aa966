import { bodyText, isEmailRefused, isHeld, isOurs, markerOf, type WireEntity } from '@tillstream/quickbooks';
import type { EffectState } from '../../../ledger/domain/index.js';
import { bodyOf } from './bodies.js';
import { creation, staysTakenBack } from './creation.js';
import { type DesiredInvoice, keyOf } from './document.js';
import { adoption, type Given, type Steps, stop } from './given.js';
import type { Refusal } from './standing.js';
import { hold } from './step.js';

/** An invoice that does not exist: its references, its number, then itself. */
export function* invoiceCreation(document: DesiredInvoice, entry: EffectState | null, given: Given): Steps {
  yield* staysTakenBack(document, entry, given);
  const refusal = given.standing.seen.refusals.get(keyOf(document));
  if (refusal && isReference(refusal) && !given.standing.seen.matched) yield* stop({ step: 'look', at: 'names' });
  const body = yield* bodyOf(document, given);
  // The same bytes go again after proven absence: their number was free before they went.
  const isResend = entry?.status === 'absent' && entry.sourceHash === document.sourceHash;
  if (!isResend) yield* numberIsFree(document, entry, given);
  if (refusal) yield* explained(refusal, bodyText(body));
  yield* creation(document, entry, body);
}

/** A reference is gone: customer, item or tax code. */
function isReference({ failure }: Refusal): boolean {
  return failure.kind === 'invalid_reference' || failure.kind === 'not_found';
}

/** What a refusal comes to when nothing that was read since explains it. */
function* explained(refusal: Refusal, body: string): Steps {
  if (isEmailRefused(refusal.failure) && body !== refusal.body) return;
  const isAnother = isReference(refusal) && body !== refusal.body;
  if (!isAnother) yield* stop({ step: 'refused', failure: refusal.failure });
  if (refusal.matched) {
    const message = 'A customer, item or tax code changed in QuickBooks; it is matched anew.';
    yield* stop({ step: 'wait', code: 'quickbooks_busy', message });
  }
}

/** B8: a foreign document with our number holds the order; one with our marker is adopted. */
function* numberIsFree(document: DesiredInvoice, entry: EffectState | null, { standing, desired }: Given): Steps {
  const { plan, marker } = document;
  if (isHeld(plan)) return;
  const number = plan.docNumber;
  const { holders } = standing.seen;
  if (holders === null) return yield* stop({ step: 'look', at: 'number', document, number });
  const found = holders.filter(({ Id }) => Id !== entry?.remote?.id);
  yield* adoption(document, marker, found);
  const ours = found.filter((holder) => isOurs(holder, marker));
  const [removed] = ours;
  const of = `order ${desired.order.number}`;
  // B5: voided, and not by the ledger at hand. (What that took back keeps its number and is in nobody's way.)
  if (removed && !entry?.remote) {
    yield* stop(hold('removed_in_quickbooks', `Invoice ${removed.Id} of ${of} was voided in QuickBooks.`));
  }
  const others = found.filter((holder) => !ours.includes(holder) && isInTheWay(holder, desired.profile));
  if (others.length > 0) {
    const ids = others.map(({ Id }) => Id).join(', ');
    const message = `Order ${desired.order.number}: invoice ${ids} in QuickBooks already has number ${number}.`;
    yield* stop(hold('doc_number_taken', message));
  }
}

/**
 * A company that numbers by itself may have given our number to the invoice of another order of ours: it will find
 * another one for this order as well.
 */
function isInTheWay(holder: WireEntity, { customTxnNumbers }: { readonly customTxnNumbers: boolean }): boolean {
  return customTxnNumbers || markerOf(holder['PrivateNote']) === null;
}
