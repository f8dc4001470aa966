import type { Problem, ProblemCodeName, RemoteError } from '@tillstream/contracts';
import { PermanentError, TransientError } from '@tillstream/kernel';
import { type Held, problemOf } from '@tillstream/quickbooks';

/**
 * How a step of a delivery ends early. `Deferral` = goes on by itself (at a time, by backoff, or when the connection is
 * back); `Hold` = a person or a change of settings has to come first.
 */
export class Deferral extends TransientError {
  constructor(
    readonly problem: Problem,
    /** `backoff` = by the retry table; a number = not before this wall-clock time (ms); `parked` = with the connection. */
    readonly until: 'backoff' | 'parked' | number,
    cause?: unknown,
  ) {
    super(problem.code, problem.message, { cause });
  }
}

export class Hold extends PermanentError {
  constructor(
    readonly problem: Problem,
    cause?: unknown,
  ) {
    super(problem.code, problem.message, { cause });
  }
}

export function deferral(
  code: ProblemCodeName,
  message: string,
  until: Deferral['until'] = 'backoff',
  remote: RemoteError | null = null,
): Deferral {
  return new Deferral(problemOf(code, message, remote), until);
}

export function hold(code: ProblemCodeName, message: string, remote: RemoteError | null = null): Hold {
  return new Hold(problemOf(code, message, remote));
}

/** Codes of an order's hold that are its customer's or item's own. */
const OF_A_NAME = /^(?:customer|item)_/u;

/** Names the record whose own problem holds the one at hand, when it is one (`causedBy` of failures). */
export async function causedBy<T>(cause: Problem['cause'], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof Hold) || cause === undefined || !OF_A_NAME.test(thrown.problem.code)) throw thrown;
    throw new Hold({ ...thrown.problem, cause }, thrown);
  }
}

export function holdOf({ code, message }: Held): Hold {
  return hold(code, message);
}
