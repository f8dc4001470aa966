import { formatMinor } from '@tillstream/kernel';
import { minorOfWire } from '@tillstream/quickbooks';
import type { EffectState } from '../../../ledger/domain/index.js';
import { bodyOf } from './bodies.js';
import { creation, staysTakenBack } from './creation.js';
import { type DesiredPayment, keyOf } from './document.js';
import { adoption, type Given, type Steps, stop } from './given.js';
import { entryOf, isLive, isNowhere, type Live, type Refusal, seenDocument } from './standing.js';
import { hold } from './step.js';

/** How QuickBooks refuses a payment for an invoice that is deleted, or voided: then its reason is the invoice's state. */
const MAY_MEAN_CHANGED: ReadonlySet<string> = new Set(['not_found', 'invalid_reference', 'rejected']);

/** A payment that does not exist (B3). */
export function* paymentCreation(document: DesiredPayment, entry: EffectState | null, given: Given): Steps {
  yield* staysTakenBack(document, entry, given);
  const { seen } = given.standing;
  const sale = entryOf(given.standing, document.needs.sale);
  const refusal = seen.refusals.get(keyOf(document));
  if (refusal) yield* explained(document, refusal, isLive(sale) ? sale : null, given);
  if (entry === null && isLive(sale) && sale.by === 'adoption') {
    // The payment of an invoice that this ledger did not write itself (a restored company, a lost data folder).
    const at = { step: 'look', at: 'payments', ref: document.needs.sale, id: sale.remote.id } as const;
    yield* adoption(document, document.marker, seen.payments ?? (yield* stop(at)));
  }
  yield* creation(document, entry, yield* bodyOf(document, given));
}

/** Why a payment is refused that fits our books: somebody changed the invoice, or the account it goes to. */
function* explained(document: DesiredPayment, { failure }: Refusal, sale: Live | null, given: Given): Steps {
  const { standing, desired } = given;
  const ref = document.needs.sale;
  if (sale && MAY_MEAN_CHANGED.has(failure.kind)) {
    const { id } = sale.remote;
    const invoice = seenDocument(standing, ref, id);
    if (invoice === undefined) return yield* stop({ step: 'look', at: 'documents', ref, ids: [id] });
    const what = `invoice ${id} of order ${desired.order.number}`;
    if (invoice === null || isNowhere(invoice)) {
      return yield* stop(hold('removed_in_quickbooks', `The ${what} was removed in QuickBooks.`));
    }
    const open = minorOfWire(invoice['Balance'], document.currency);
    const { totalMinor } = document.predicted;
    const money = (minor: number) => `${formatMinor(minor, document.currency)} ${document.currency}`;
    if (open < totalMinor) {
      const why = `has ${money(open)} open in QuickBooks; the payment of ${money(totalMinor)} is not booked over it`;
      return yield* stop(hold('edited_in_quickbooks', `The ${what} ${why}.`));
    }
  }
  yield* stop({ step: 'refused', failure });
}
