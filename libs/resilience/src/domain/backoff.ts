export interface BackoffInput {
  /** 1 for the wait after the first failed attempt. */
  readonly attempt: number;
  /** Milliseconds. */
  readonly baseMs: number;
  readonly maxMs: number;
  /** Uniform in [0, 1): `ids.random()` of the caller, so that the function stays pure. */
  readonly random: number;
}

/**
 * Milliseconds to wait before the next attempt: full jitter, i.e. uniform between 0 and a ceiling that doubles per
 * attempt up to `maxMs`. Full jitter spreads the retries of many records best.
 *
 * | attempt | ceiling with baseMs 1 000, maxMs 60 000 |
 * |---|---|
 * | 1 | 1 s |
 * | 2 | 2 s |
 * | 3 | 4 s |
 * | 4 | 8 s |
 * | 5 | 16 s |
 * | 6 | 32 s |
 * | 7 and more | 60 s |
 */
export function backoff(input: BackoffInput): number {
  return Math.floor(input.random * backoffCeiling(input));
}

/** The longest wait `backoff` may give for an attempt (ms). */
export function backoffCeiling({ attempt, baseMs, maxMs }: Omit<BackoffInput, 'random'>): number {
  return Math.min(maxMs, baseMs * 2 ** (Math.max(1, attempt) - 1));
}
