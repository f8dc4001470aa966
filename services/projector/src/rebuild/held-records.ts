import type { LogRecord } from '@tillstream/event-log';

/**
 * Records of a partition by their key, as text: a document is folded from events of one key (D6), so with them together
 * it is made in one go. Text, because as objects they would be many times as much work for the garbage collector.
 */
export class HeldRecords {
  readonly #byKey = new Map<string, LogRecord[]>();
  #characters = 0;

  get characters(): number {
    return this.#characters;
  }

  add(record: LogRecord): void {
    const others = this.#byKey.get(record.key);
    if (others) others.push(record);
    else this.#byKey.set(record.key, [record]);
    this.#characters += record.value.length;
  }

  /** About `count` records and those of the same keys, the keys held longest first; each key's in the log's order. */
  take(count: number): LogRecord[] {
    const taken: LogRecord[] = [];
    for (const [key, records] of this.#byKey) {
      this.#byKey.delete(key);
      for (const record of records) {
        this.#characters -= record.value.length;
        taken.push(record);
      }
      if (taken.length >= count) break;
    }
    return taken;
  }
}
