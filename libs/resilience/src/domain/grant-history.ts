/** At most `limit` grants in any `windowMs` milliseconds. */
export interface RateWindow {
  readonly limit: number;
  readonly windowMs: number;
}

/** When the last grants were given: a ring, as long as the largest window needs. Pure; times are monotonic ms. */
export class GrantHistory {
  readonly #times: number[] = [];
  #next = 0;
  readonly #size: number;

  constructor(
    private readonly windows: readonly RateWindow[],
    private readonly marginMs: number,
  ) {
    this.#size = Math.max(...windows.map(({ limit }) => limit));
  }

  record(at: number): void {
    this.#times[this.#next] = at;
    this.#next = (this.#next + 1) % this.#size;
  }

  /** The earliest time at which one more grant breaks no window. */
  nextFreeAt(): number {
    let free = Number.NEGATIVE_INFINITY;
    for (const { limit, windowMs } of this.windows) {
      const blocking = this.#nthLast(limit);
      if (blocking !== undefined) free = Math.max(free, blocking + windowMs + this.marginMs);
    }
    return free;
  }

  #nthLast(n: number): number | undefined {
    return this.#times[(this.#next - n + this.#size) % this.#size];
  }
}
