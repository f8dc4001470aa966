import type { Assignment, SubscribeOptions } from '@tillstream/event-log';
import { asError, type Clock } from '@tillstream/kernel';
import { backoffMs } from '../backoff.js';

export interface NoticeContext {
  readonly onAssigned: SubscribeOptions['onAssigned'];
  readonly clock: Clock;
  /** Aborted when the subscription stops. */
  readonly signal: AbortSignal;
  readonly onError: (error: Error, attempt: number) => void;
}

/**
 * Tells a follower its partitions, one assignment at a time and in order, so that the last one told is the one that
 * counts. Repeats until it was taken note of, or a newer assignment took its place.
 */
export class AssignmentNotice {
  /** What keeps the follower from taking over its partitions. */
  lastError: Error | undefined;
  #current = new AbortController();
  #told: Promise<void> = Promise.resolve();

  constructor(private readonly context: NoticeContext) {}

  /** Resolves when the follower has taken over, or never will this assignment. */
  tell(assignment: Assignment): Promise<void> {
    this.#current.abort();
    this.#current = new AbortController();
    const signal = AbortSignal.any([this.#current.signal, this.context.signal]);
    this.#told = this.#told.then(() => this.#repeat(assignment, signal));
    return this.#told;
  }

  async #repeat(assignment: Assignment, signal: AbortSignal): Promise<void> {
    const { onAssigned, clock, onError } = this.context;
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        await onAssigned?.(assignment);
        this.lastError = undefined;
        return;
      } catch (thrown) {
        this.lastError = asError(thrown);
        onError(this.lastError, attempt);
        await clock.sleep(backoffMs(attempt), signal).catch(() => undefined);
      }
    }
  }
}
