import type { AppendedPosition, RecordToAppend, Subscription, TailOptions } from '@tillstream/event-log';

/** Followers without a group: called in the turn of the commit, nothing stored, nothing retried. */
export class Tails {
  readonly #tails = new Set<Tail>();

  add(options: TailOptions): Subscription {
    const tail = new Tail(options, () => this.#tails.delete(tail));
    this.#tails.add(tail);
    return tail;
  }

  clear(): void {
    this.#tails.clear();
  }

  publish(records: readonly RecordToAppend[], positions: readonly AppendedPosition[], time: number): void {
    if (this.#tails.size === 0) return;
    records.forEach((record, index) => {
      const position = positions[index];
      if (!position) return;
      for (const tail of this.#tails) tail.offer(record, position, time);
    });
  }
}

class Tail implements Subscription {
  lastError: Error | undefined;
  readonly #topics: ReadonlySet<string>;

  constructor(
    private readonly options: TailOptions,
    private readonly remove: () => void,
  ) {
    this.#topics = new Set(options.topics);
  }

  async stop(): Promise<void> {
    this.remove();
  }

  offer(record: RecordToAppend, position: AppendedPosition, time: number): void {
    if (!this.#topics.has(record.topic)) return;
    const { topic, key, value, headers = {} } = record;
    try {
      this.options.onRecord({ topic, key, value, headers, time, ...position });
    } catch (thrown) {
      // A follower's fault must not look like a failed append to the producer.
      this.lastError = thrown instanceof Error ? thrown : new Error(String(thrown));
    }
  }
}
