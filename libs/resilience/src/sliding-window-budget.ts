import type { Clock } from '@tillstream/kernel';
import { GrantHistory, type RateWindow } from './domain/grant-history.js';

/** Most urgent first (D10). */
export const BUDGET_LANES = ['live', 'retry', 'backfill'] as const;
export type BudgetLane = (typeof BUDGET_LANES)[number];

export interface SlidingWindowBudgetOptions {
  readonly clock: Clock;
  /** All of them hold at once. */
  readonly windows: readonly RateWindow[];
  /**
   * Milliseconds added to every window, default 100: grants that travel at different speeds arrive closer together than
   * they were given, and the remote must still count no more than its limit.
   */
  readonly marginMs?: number;
}

interface Waiter {
  readonly grant: () => void;
}

/**
 * A budget of calls to one remote account: never more than `limit` grants in any window, whatever the arrival pattern.
 * Within a lane first come first served; a lower lane is served only while no higher one waits. One timer at most, and
 * none while nobody waits. Its memory ends with the process: after a restart a remote may answer 429 once, see `pause`.
 */
export class SlidingWindowBudget {
  readonly #clock: Clock;
  readonly #history: GrantHistory;
  readonly #waiting: Readonly<Record<BudgetLane, Set<Waiter>>> = {
    live: new Set(),
    retry: new Set(),
    backfill: new Set(),
  };
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;

  constructor({ clock, windows, marginMs = 100 }: SlidingWindowBudgetOptions) {
    this.#clock = clock;
    this.#history = new GrantHistory(windows, marginMs);
  }

  /** Resolves when the call may be sent, at once if the budget allows. Rejects with the signal's reason when aborted. */
  acquire(lane: BudgetLane, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const waiters = this.#waiting[lane];
      const waiter: Waiter = {
        grant: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        waiters.delete(waiter);
        this.#serve();
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      waiters.add(waiter);
      this.#serve();
    });
  }

  /** No grant for `ms` from now on (429, Retry-After). A longer pause already set stays. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.monotonic() + ms);
    this.#serve();
  }

  /** How many wait per lane: for metrics. */
  waiting(): Record<BudgetLane, number> {
    return {
      live: this.#waiting.live.size,
      retry: this.#waiting.retry.size,
      backfill: this.#waiting.backfill.size,
    };
  }

  #serve(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (let waiters = this.#firstLane(); waiters !== undefined; waiters = this.#firstLane()) {
      const now = this.#clock.monotonic();
      const wait = Math.max(this.#history.nextFreeAt(), this.#pausedUntil) - now;
      if (wait > 0) {
        this.#cancelTimer = this.#clock.setTimer(wait, () => this.#serve());
        return;
      }
      const [waiter] = waiters;
      if (waiter === undefined) return;
      waiters.delete(waiter);
      this.#history.record(now);
      waiter.grant();
    }
  }

  #firstLane(): Set<Waiter> | undefined {
    return BUDGET_LANES.map((lane) => this.#waiting[lane]).find(({ size }) => size > 0);
  }
}
