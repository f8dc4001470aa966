import type { Lane } from '@tillstream/contracts';

/** Lanes of calls, most urgent first; commands of people come before queued work (D10, D15). */
export const CALL_LANES = ['command', 'live', 'retry', 'backfill'] as const satisfies readonly ('command' | Lane)[];
export type CallLane = (typeof CALL_LANES)[number];

/** First in, first out per lane, most urgent lane first; O(1) amortised. */
export class LaneQueue<T> {
  readonly #lanes: Record<CallLane, { items: T[]; head: number }> = {
    command: { items: [], head: 0 },
    live: { items: [], head: 0 },
    retry: { items: [], head: 0 },
    backfill: { items: [], head: 0 },
  };
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(lane: CallLane, item: T): void {
    this.#lanes[lane].items.push(item);
    this.#size += 1;
  }

  /** The most urgent item among `lanes` (default all). */
  shift(lanes: readonly CallLane[] = CALL_LANES): T | undefined {
    for (const name of lanes) {
      const lane = this.#lanes[name];
      const item = lane.items[lane.head];
      if (item === undefined) continue;
      lane.head += 1;
      this.#size -= 1;
      if (lane.head > 1024 && lane.head * 2 > lane.items.length) {
        lane.items.splice(0, lane.head);
        lane.head = 0;
      }
      return item;
    }
    return undefined;
  }

  /** Up to `limit` items in the order in which `shift` would give them. */
  peek(limit: number): readonly T[] {
    const found: T[] = [];
    for (const name of CALL_LANES) {
      const { items, head } = this.#lanes[name];
      for (let i = head; i < items.length && found.length < limit; i += 1) {
        const item = items[i];
        if (item !== undefined) found.push(item);
      }
    }
    return found;
  }
}
