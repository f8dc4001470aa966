import { asError, InvariantError } from '@tillstream/kernel';

export interface EventuallyOptions {
  /** Real milliseconds, default 5000. */
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
}

/**
 * Waits until `condition` returns something truthy (or an assertion inside stops throwing: return true after it) and
 * gives it back. Rejects with the last failure when the time is over. Real time, also under a manual clock.
 */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 5000, intervalMs = 5 }: EventuallyOptions = {},
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs;
  let last: Error | undefined;
  while (performance.now() < deadline) {
    try {
      const value = await condition();
      if (value) return value;
      last = undefined;
    } catch (thrown) {
      last = asError(thrown);
    }
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
  throw last ?? new InvariantError('condition_not_met', `condition not met within ${timeoutMs} ms`);
}
