/**
 * Time as a port. Everything that waits or reads the time takes a Clock, so that the demo can run on a scaled clock
 * (product and sandboxes share it: a 60 s pause costs one real second) and tests and benchmarks on a manual one.
 */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. */
  now(): number;
  /** Monotonic milliseconds; only differences mean anything. Used for leases and deadlines. */
  monotonic(): number;
  /** Resolves after `ms` of this clock's time; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `fn` once after `ms`; returns its cancel function. Timers do not keep the process alive. */
  setTimer(ms: number, fn: () => void): () => void;
}

/** setTimeout overflows beyond 2^31-1 ms and would fire at once. */
const LONGEST_TIMEOUT_MS = 2_147_483_647;

/**
 * Real time, optionally running `factor` times faster than the wall from `originMs` on. Processes that share factor
 * and origin agree on the time, also after a restart.
 */
export class SystemClock implements Clock {
  readonly #startMono = performance.now();

  constructor(
    private readonly factor = 1,
    private readonly originMs = Date.now(),
  ) {}

  now(): number {
    if (this.factor === 1) return Date.now();
    return Math.round(this.originMs + (Date.now() - this.originMs) * this.factor);
  }

  monotonic(): number {
    return (performance.now() - this.#startMono) * this.factor;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepWith(this, ms, signal);
  }

  setTimer(ms: number, fn: () => void): () => void {
    const timer = setTimeout(fn, Math.min(Math.max(0, ms / this.factor), LONGEST_TIMEOUT_MS));
    return () => clearTimeout(timer);
  }
}

/** A clock that moves only when told to: `advance` fires the timers that fall due, in order. */
export class ManualClock implements Clock {
  #now: number;
  #nextId = 1;
  readonly #timers = new Map<number, { at: number; fn: () => void }>();

  constructor(startMs = Date.UTC(2026, 0, 5, 12)) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepWith(this, ms, signal);
  }

  setTimer(ms: number, fn: () => void): () => void {
    const id = this.#nextId++;
    this.#timers.set(id, { at: this.#now + Math.max(0, ms), fn });
    return () => this.#timers.delete(id);
  }

  /** When the earliest timer is due, or undefined when none is set. */
  nextTimerAt(): number | undefined {
    let next: number | undefined;
    for (const { at } of this.#timers.values()) if (next === undefined || at < next) next = at;
    return next;
  }

  /** Moves time forward by `ms`, firing due timers in order of their time. Does not await what they start. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      let dueId: number | undefined;
      let dueAt = Number.POSITIVE_INFINITY;
      for (const [id, timer] of this.#timers) {
        if (timer.at <= end && timer.at < dueAt) {
          dueId = id;
          dueAt = timer.at;
        }
      }
      if (dueId === undefined) break;
      const due = this.#timers.get(dueId);
      this.#timers.delete(dueId);
      this.#now = Math.max(this.#now, dueAt);
      due?.fn();
    }
    this.#now = end;
  }
}

function sleepWith(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.setTimer(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
