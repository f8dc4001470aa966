import { formatMinor } from '@tillstream/kernel';
import { held, type Held } from '@tillstream/quickbooks';
import { bodyOf } from './bodies.js';
import { type DesiredDocument, ENTITY_OF, keyOf, TAKE_BACK } from './document.js';
import { type Given, type Steps, stop } from './given.js';
import { isNowhere, isSettled, type Live, type Refusal, seenDocument } from './standing.js';
import { type End, hold, holdFor } from './step.js';

/** Changes that lose against somebody else's are built anew this often. */
const MAX_STALE = 3;

/**
 * A document that exists, held against the prediction (B1): what differs is corrected once, then taken back, and the
 * order held. Where an earlier version of the order may have been written (ADR 0009), this one goes over it.
 */
export function* correction(document: DesiredDocument, entry: Live, given: Given): Steps {
  // GUARD(prediction): a document known to differ from the order does not stay (I3).
  if (isSettled(document, entry)) return;
  if (entry.by === 'adoption') yield* stop(adoptedOther(document, entry, given));
  const refusal = given.standing.seen.refusals.get(keyOf(document));
  const due = dueChange(document, entry, refusal);
  if (due === null) {
    return yield* stop(holdFor(differs(document, entry, given, 'it could not be taken back: void it by hand')));
  }
  const version = { Id: entry.remote.id, SyncToken: yield* tokenOf(document, entry, given) };
  if (due === 'update') {
    // Everything of ours again over the version that stands.
    const body = yield* bodyOf(document, given);
    yield { step: 'update', document, body: { ...body, ...version, sparse: true } };
  } else {
    const because = differs(document, entry, given, 'it was taken back');
    yield { step: due, document, body: version, because };
    yield holdFor(because);
  }
}

/** The change that comes next; null = all were refused. Once (B1): a correction that was put off was none yet. */
function dueChange({ kind }: DesiredDocument, entry: Live, refusal?: Refusal): 'update' | 'void' | 'delete' | null {
  const takeBack = TAKE_BACK[kind];
  const isFinal = refusal !== undefined && refusal.failure.kind !== 'stale' && refusal.failure.kind !== 'not_found';
  if (refusal?.operation === 'update') return isFinal ? takeBack : 'update';
  if (refusal) return isFinal ? null : takeBack;
  const wasCorrected = entry.operation === 'update' && entry.status === 'confirmed' && !entry.mixed;
  return wasCorrected ? takeBack : 'update'; // GUARD(corrected-once)
}

/** By id after a refusal, never from a list: list answers have shown older tokens (facts section 3). */
function* tokenOf(document: DesiredDocument, { remote }: Live, { desired, standing }: Given): Steps<string> {
  const refusal = standing.seen.refusals.get(keyOf(document));
  if ((refusal?.stale ?? 0) >= MAX_STALE) {
    const message = 'Somebody changes this document in QuickBooks right now.';
    yield* stop({ step: 'wait', code: 'quickbooks_busy', message });
  }
  const seen = seenDocument(standing, document, remote.id);
  if (seen === undefined) {
    if (!refusal && remote.syncToken !== null) return remote.syncToken;
    return yield* stop({ step: 'look', at: 'documents', ref: document, ids: [remote.id] });
  }
  // B5: what a person voided is not brought back to life by a correction.
  if (seen === null || isNowhere(seen)) {
    const what = `${ENTITY_OF[document.kind]} ${remote.id} of order ${desired.order.number}`;
    return yield* stop(hold('removed_in_quickbooks', `${what} was removed.`));
  }
  return seen.SyncToken ?? '0';
}

/** Taken over as it was found, with another amount than the order has. */
function adoptedOther({ currency }: DesiredDocument, { remote }: Live, { desired }: Given): End {
  const amount = remote.totalMinor === null ? '?' : formatMinor(remote.totalMinor, currency);
  const { number } = desired.order;
  return hold('order_edited', `Order ${number} differs from its invoice in QuickBooks (${amount}).`);
}

/** B1: QuickBooks made something else of it, and what became of that. */
export function differs(
  { kind, currency, predicted }: DesiredDocument,
  { remote }: Live,
  given: Given,
  how: string,
): Held {
  const amounts = ({ totalMinor, taxMinor }: { totalMinor: number | null; taxMinor: number | null }) => {
    const [total, tax] = [totalMinor, taxMinor].map((minor) => (minor === null ? '?' : formatMinor(minor, currency)));
    return `${total} (tax ${tax})`;
  };
  const { number } = given.desired.order;
  return held(
    'remote_total_differs',
    `Order ${number}: QuickBooks made ${amounts(remote)} of the ${kind} of ${amounts(predicted)}; ${how}.`,
  );
}
