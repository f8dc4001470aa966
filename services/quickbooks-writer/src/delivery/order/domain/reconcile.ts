import { isHeld } from '@tillstream/quickbooks';
import { isUnresolved } from '../../../ledger/domain/index.js';
import { correction } from './correction.js';
import type { Desired } from './desired.js';
import { ENTITY_OF } from './document.js';
import type { Given, Intent } from './given.js';
import { invoiceCreation } from './invoice-creation.js';
import { paymentCreation } from './payment-creation.js';
import { entryOf, isLive, isNowhere, isOfAnotherVersion, isSettled, seenDocument, type Standing } from './standing.js';
import { hold, holdFor, isWrite, type Step } from './step.js';

type Rule = (given: Given) => Iterable<Step>;

/** GUARD(nothing-of-a-held-order): what holds an order comes before its first write, and as people should hear of it. */
const RULES: readonly Rule[] = [outcomesAreKnown, oneOfEach, selected, unedited, writable, documents];

/**
 * What has to be done so that what stands becomes what should exist, in order: the writes as far as they can be
 * foreseen, up to the first thing that has to be known or that ends it. Empty = all is as it should be. Pure; asked
 * again after every step, so that a crash between two of them loses nothing (ADR 0019).
 */
export function reconcile(desired: Desired, standing: Standing, intent: Intent): readonly Step[] {
  const steps: Step[] = [];
  for (const rule of RULES) {
    for (const step of rule({ desired, standing, intent })) {
      steps.push(step);
      if (!isWrite(step)) return steps;
    }
  }
  return steps;
}

/** D12, D13: whatever the order says now, what was sent for it before has to be known first. */
function* outcomesAreKnown({ standing }: Given): Iterable<Step> {
  for (const { ref, entry } of standing.entries.values()) {
    // GUARD(look-before-create): after a lost reply nothing is concluded and nothing is sent.
    if (isUnresolved(entry)) yield { step: 'look', at: 'outcome', ref };
  }
}

/**
 * D14: two documents of one order wait for a person; nothing more is written until one of them is gone. The one that
 * is left is the order's document, whichever of them it is.
 */
function* oneOfEach({ desired, standing }: Given): Iterable<Step> {
  for (const { ref, entry } of standing.entries.values()) {
    const ids = entry.duplicates;
    if (ids.length < 2) continue;
    const found = ids.map((id) => [id, seenDocument(standing, ref, id)] as const);
    const unseen = found.filter(([, entity]) => entity === undefined).map(([id]) => id);
    if (unseen.length > 0) yield { step: 'look', at: 'documents', ref, ids: unseen };
    const living = found.flatMap(([, entity]) => (entity && !isNowhere(entity) ? [entity] : []));
    // GUARD(duplicates-held): which of the two counts is a person's to say.
    if (living.length > 1) {
      const both = living.map(({ Id }) => Id).join(' and ');
      yield hold('duplicate_document', `${ENTITY_OF[ref.kind]} ${both} both belong to order ${desired.order.number}.`);
    }
    const [left] = living;
    if (left && left.Id !== entry.remote?.id) yield { step: 'adopt', ref, entity: left };
  }
}

/** B6: a status outside the list writes nothing more, and leaves what is written as it is. */
function* selected({ desired, standing }: Given): Iterable<Step> {
  const { selection, order } = desired;
  if (selection === 'wanted') return;
  const isWritten = [...standing.entries.values()].some(({ ref, entry }) => ref.kind === 'invoice' && isLive(entry));
  if (selection === 'unwanted' && isWritten) {
    yield hold('order_cancelled', `Order ${order.number} is ${order.status} and has an invoice.`);
  }
  yield { step: 'skip', code: 'status_left', message: `The order is ${order.status} now.` };
}

/** The invoice stands as it was first written and the order says something else now. */
function* unedited({ desired, standing }: Given): Iterable<Step> {
  for (const document of desired.documents) {
    const entry = entryOf(standing, document);
    if (document.kind !== 'invoice' || entry?.status !== 'confirmed' || !isLive(entry)) continue;
    if (isOfAnotherVersion(document, entry)) yield edited(desired);
  }
}

/** Nothing is written for an order of which some part cannot be (I3). */
function* writable({ desired, standing }: Given): Iterable<Step> {
  for (const document of desired.documents) {
    if (isHeld(document.plan) && !isSettled(document, entryOf(standing, document))) yield holdFor(document.plan);
  }
  if (desired.unmet) yield holdFor(desired.unmet);
}

function* documents(given: Given): Iterable<Step> {
  const { desired, standing } = given;
  for (const document of desired.documents) {
    const entry = entryOf(standing, document);
    if (isLive(entry)) {
      yield* correction(document, entry, given);
      if (document.kind === 'invoice' && isOfAnotherVersion(document, entry)) yield edited(desired);
    } else {
      yield* document.kind === 'invoice'
        ? invoiceCreation(document, entry, given)
        : paymentCreation(document, entry, given);
    }
  }
}

function edited({ order }: Desired): Step {
  return hold('order_edited', `Order ${order.number} was changed after its invoice was written.`);
}
