import type { Db } from '../schema.js';
import type { Stream } from './streams.js';

/** Where each consumer group continues, in the same file as everything else. */
export class OffsetTable {
  readonly #select;
  readonly #upsert;

  constructor(db: Db) {
    this.#select = db.prepare<[string, number], { next_offset: number }>(
      'SELECT next_offset FROM offsets WHERE consumer_group = ? AND stream = ?',
    );
    this.#upsert = db.prepare(
      `INSERT INTO offsets (consumer_group, stream, next_offset) VALUES (?, ?, ?)
       ON CONFLICT (consumer_group, stream) DO UPDATE SET next_offset = excluded.next_offset`,
    );
  }

  get(group: string, stream: Stream): number {
    return this.#select.get(group, stream.id)?.next_offset ?? 0;
  }

  put(group: string, stream: Stream, next: number): void {
    this.#upsert.run(group, stream.id, next);
  }
}
