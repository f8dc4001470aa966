import { type CallLane, LaneQueue } from './lane-queue.js';

/** At most `capacity` at a time; who waits goes by lane. */
export class LaneSemaphore {
  readonly #waiting = new LaneQueue<() => void>();
  #free: number;

  constructor(capacity: number) {
    this.#free = capacity;
  }

  async run<T>(lane: CallLane, work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(lane, resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}
