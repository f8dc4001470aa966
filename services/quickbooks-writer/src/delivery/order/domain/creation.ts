import { bodyText, type JsonObject } from '@tillstream/quickbooks';
import { type EffectState, keepsDoubtedId } from '../../../ledger/domain/index.js';
import { differs } from './correction.js';
import { type DesiredDocument, keyOf } from './document.js';
import { type Given, type Steps, stop } from './given.js';
import { isOfAnotherVersion } from './standing.js';
import { holdFor } from './step.js';

/** What we took back is written again when somebody asks for it, or when the order says something else (B1). */
export function* staysTakenBack(document: DesiredDocument, entry: EffectState | null, given: Given): Steps {
  const { standing, intent } = given;
  const because = standing.seen.takenBack.get(keyOf(document));
  if (because) yield* stop(holdFor(because));
  if (!entry?.remote || intent.isAsked || isOfAnotherVersion(document, entry)) return;
  yield* stop(holdFor(differs(document, { ...entry, remote: entry.remote }, given, 'it was taken back')));
}

export function* creation(document: DesiredDocument, entry: EffectState | null, body: JsonObject): Steps {
  yield { step: 'create', document, body, recreate: entry?.gone === true };
  if (entry && mayBeAnother(document, entry, body)) yield { step: 'update', document, body };
}

/** ADR 0009: the lost request keeps its id, so either version may be the one that is written. */
function mayBeAnother(document: DesiredDocument, entry: EffectState, body: JsonObject): boolean {
  if (!keepsDoubtedId(entry)) return false;
  // After proven absence the lost bytes go again, unless the order says something else by now.
  const isResend = entry.status === 'absent' && !isOfAnotherVersion(document, entry);
  return entry.mixed || (!isResend && bodyText(body) !== entry.body);
}
