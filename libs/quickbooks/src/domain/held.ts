import { PROBLEM_CODES, type Problem, type ProblemCodeName, type RemoteError } from '@tillstream/contracts';

/** A plan that cannot be carried out: the order waits with a reason an accountant can act on (B16). */
export interface Held {
  readonly kind: 'held';
  readonly code: ProblemCodeName;
  /** What happened, with numbers and amounts; the action stands in PROBLEM_CODES. */
  readonly message: string;
}

export function held(code: ProblemCodeName, message: string): Held {
  return { kind: 'held', code, message };
}

export function isHeld<T extends { readonly kind: string }>(value: T | Held): value is Held {
  return value.kind === 'held';
}

/** The public problem of a code: category and action come from the one table of problem codes. */
export function problemOf(code: ProblemCodeName, message: string, remote: RemoteError | null = null): Problem {
  const { category, action } = PROBLEM_CODES[code];
  return { code, category: category === 'skipped' ? 'held' : category, message, action, remote };
}
