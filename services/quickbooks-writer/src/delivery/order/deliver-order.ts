import type { CanonicalOrder, WrittenDocument } from '@tillstream/contracts';
import { assertNever } from '@tillstream/kernel';
import type { DeliveryEnv } from '../delivery-env.js';
import { type DeliveryInput, type DeliveryResult, skipped } from '../delivery-result.js';
import { troubleOf } from '../../company/remote-answer.js';
import { deferral, hold } from '../../company/trouble.js';
import type { Intent } from './domain/given.js';
import { outcomeOf, writtenDocuments } from './domain/outcome.js';
import { type End, isWrite } from './domain/step.js';
import { foresee } from './foresee.js';
import { beginWalk, type Walk } from './walk.js';
import { written } from './write.js';

/** More writes than any order needs: create, correction and take-back of each document. */
const MAX_WRITES = 8;

/**
 * Brings one order to QuickBooks: what stands is made what should exist, one write at a time (ADR 0019). Re-entrant: a
 * repetition after a crash writes nothing twice. Throws a Hold or a Deferral.
 */
export async function deliverOrder(
  env: DeliveryEnv,
  order: CanonicalOrder,
  input: DeliveryInput,
): Promise<DeliveryResult> {
  let walk = await beginWalk(env, order);
  for (let writes = 0; writes <= MAX_WRITES; writes += 1) {
    const foreseen = await foresee(walk, intentOf(input));
    const [next] = foreseen.steps;
    if (next === undefined) return resultOf(foreseen.walk, input);
    if (!isWrite(next)) return ended(env, next);
    walk = await written(foreseen.walk, next);
  }
  throw deferral('quickbooks_busy', 'This order changes hands right now; it is looked at again.');
}

export function intentOf({ reason }: Pick<DeliveryInput, 'reason'>): Intent {
  return { isAsked: reason !== 'changed' };
}

/** Documents of the order that live in QuickBooks as far as the ledger knows. */
export async function orderDocuments(env: DeliveryEnv, order: CanonicalOrder): Promise<readonly WrittenDocument[]> {
  const { standing } = await beginWalk(env, order);
  return writtenDocuments(standing);
}

/** What the end of the list means for the record: a result, or the trouble thrown. */
export function ended({ company }: Pick<DeliveryEnv, 'company'>, end: End): DeliveryResult {
  switch (end.step) {
    case 'skip':
      return skipped(end.code, end.message);
    case 'hold':
      throw hold(end.code, end.message);
    case 'wait':
      throw deferral(end.code, end.message);
    case 'refused':
      throw troubleOf(end.failure, company.pausedUntil());
    default:
      return assertNever(end, 'end');
  }
}

function resultOf({ standing }: Walk, { reportedDocuments }: DeliveryInput): DeliveryResult {
  const outcome = outcomeOf(standing, [], reportedDocuments);
  return { outcome, reason: null, documents: writtenDocuments(standing) };
}
