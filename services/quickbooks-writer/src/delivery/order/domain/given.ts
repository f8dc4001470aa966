import { InvariantError } from '@tillstream/kernel';
import { isOurs, isRemoved, type WireEntity } from '@tillstream/quickbooks';
import type { Desired } from './desired.js';
import type { DocumentRef } from './document.js';
import type { Standing } from './standing.js';
import type { End, Learn, Step } from './step.js';

/** Why the order is looked at. */
export interface Intent {
  /** A person or a change of settings asks for it again: what we took back may be written again (B1). */
  readonly isAsked: boolean;
}

/** What the rules are asked of. */
export interface Given {
  readonly desired: Desired;
  readonly standing: Standing;
  readonly intent: Intent;
}

/** Steps that are worked out one by one; who asks for the next one takes the last as done. */
export type Steps<T = void> = Generator<Step, T, void>;

/** The list ends with `step`: what comes after it cannot be known yet. */
export function* stop(step: Learn | End): Steps<never> {
  yield step;
  throw new InvariantError('step_after_end', `nothing can be planned behind the step "${step.step}"`);
}

/** Ours among what was found and not known to the ledger: one is adopted, several wait for a person (B7, D14). */
export function* adoption(ref: DocumentRef, marker: string, found: readonly WireEntity[]): Steps {
  const ours = found.filter((entity) => isOurs(entity, marker) && !isRemoved(entity));
  const [entity] = ours;
  if (ours.length > 1) yield* stop({ step: 'report', ref, ids: ours.map(({ Id }) => Id) });
  if (entity) yield* stop({ step: 'adopt', ref, entity });
}
