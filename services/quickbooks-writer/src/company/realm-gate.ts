import type { Clock } from '@tillstream/kernel';
import { type RateWindow, SlidingWindowBudget } from '@tillstream/resilience';
import type { CallLane } from '../queue/lane-queue.js';
import { LaneSemaphore } from '../queue/lane-semaphore.js';

export interface GateOptions {
  readonly maxInFlight: number;
  /** Calls per minute and per second; null = no such limit. */
  readonly perMinute: number | null;
  readonly perSecond: number | null;
  readonly budgetMarginMs: number;
}

const FOREVER = new Promise<never>(() => {});

/**
 * Every call to one company passes here (D10): at most `maxInFlight` at a time, within the budget, the most urgent lane
 * first, and none while the company is paused after a 429. The slot comes before the budget, so that a grant is used
 * at the moment it is given and a remote that counts for itself sees no burst.
 */
export class RealmGate {
  readonly #slots: LaneSemaphore;
  readonly #budget: SlidingWindowBudget | null;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #running = 0;
  #drained: (() => void) | undefined;

  constructor(
    private readonly clock: Clock,
    { maxInFlight, perMinute, perSecond, budgetMarginMs }: GateOptions,
  ) {
    const windows: RateWindow[] = [];
    if (perMinute !== null) windows.push({ limit: perMinute, windowMs: 60_000 });
    if (perSecond !== null) windows.push({ limit: perSecond, windowMs: 1_000 });
    this.#slots = new LaneSemaphore(maxInFlight);
    this.#budget = windows.length === 0 ? null : new SlidingWindowBudget({ clock, windows, marginMs: budgetMarginMs });
  }

  run<T>(lane: CallLane, call: () => Promise<T>): Promise<T> {
    return this.#slots.run(lane, async () => {
      if (this.#budget) await this.#budget.acquire(lane === 'command' ? 'live' : lane);
      else if (this.pausedFor() > 0) await this.clock.sleep(this.pausedFor());
      return this.#drained ? FOREVER : this.#counted(call);
    });
  }

  /**
   * No call starts any more; resolves when those under way have ended. What waits here then waits for ever: its work
   * lies durable in the ledger and is taken up by the next start.
   */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#drained = resolve;
      if (this.#running === 0) resolve();
    });
  }

  async #counted<T>(call: () => Promise<T>): Promise<T> {
    this.#running += 1;
    try {
      return await call();
    } finally {
      this.#running -= 1;
      if (this.#running === 0) this.#drained?.();
    }
  }

  /** No call starts before `ms` from now (429, facts section 3). */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.clock.monotonic() + ms);
    this.#budget?.pause(ms);
  }

  /** Milliseconds until calls may start again; 0 = now. */
  pausedFor(): number {
    return Math.max(0, this.#pausedUntil - this.clock.monotonic());
  }
}
