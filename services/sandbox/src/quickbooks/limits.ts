import type { Limits } from './switches.js';

/** Sliding-window throttle of one realm. A refused request does not count against the window. */
export class Throttle {
  readonly #accepted: number[] = [];
  #inFlight = 0;
  refused = 0;
  accepted = 0;
  peakInFlight = 0;

  constructor(
    private readonly limits: () => Limits,
    private readonly now: () => number,
  ) {}

  /** Admits one request, or says no (429). Call `leave` when an admitted one has been answered. */
  enter(): boolean {
    const now = this.now();
    while (this.#accepted.length > 0 && (this.#accepted[0] ?? 0) <= now - 60_000) this.#accepted.shift();
    const { perMinute, perSecond, inFlight } = this.limits();
    const full =
      (perMinute !== null && this.#accepted.length >= perMinute) ||
      (perSecond !== null && this.#since(now - 1_000) >= perSecond) ||
      (inFlight !== null && this.#inFlight >= inFlight);
    if (full) {
      this.refused += 1;
      return false;
    }
    this.#accepted.push(now);
    this.accepted += 1;
    this.#inFlight += 1;
    this.peakInFlight = Math.max(this.peakInFlight, this.#inFlight);
    return true;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  leave(): void {
    this.#inFlight -= 1;
  }

  #since(instant: number): number {
    let count = 0;
    for (let index = this.#accepted.length - 1; index >= 0 && (this.#accepted[index] ?? 0) > instant; index -= 1) {
      count += 1;
    }
    return count;
  }
}
