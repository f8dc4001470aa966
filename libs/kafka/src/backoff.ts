const FIRST_MS = 100;
const LONGEST_MS = 30_000;

/** Wait before the next attempt: 100 ms, doubling up to 30 s, as the embedded log does. `attempt` from 1. */
export function backoffMs(attempt: number, longestMs = LONGEST_MS): number {
  return Math.min(longestMs, FIRST_MS * 2 ** Math.min(attempt - 1, 20));
}
