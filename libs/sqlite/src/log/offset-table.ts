import type { Db } from '../schema.js';
import type { Stream } from './streams.js';

/** Where each consumer group continues, in the same file as everything else. */
export class OffsetTable {
  readonly #select;
  readonly #upsert;
  readonly #register;
  readonly #lowest;

  constructor(db: Db) {
    this.#select = db.prepare<[string, number], { next_offset: number }>(
      'SELECT next_offset FROM offsets WHERE consumer_group = ? AND stream = ?',
    );
    this.#upsert = db.prepare(
      `INSERT INTO offsets (consumer_group, stream, next_offset) VALUES (?, ?, ?)
       ON CONFLICT (consumer_group, stream) DO UPDATE SET next_offset = excluded.next_offset`,
    );
    this.#register = db.prepare(
      'INSERT INTO offsets (consumer_group, stream, next_offset) VALUES (?, ?, 0) ON CONFLICT DO NOTHING',
    );
    this.#lowest = db.prepare<[number], number | null>('SELECT min(next_offset) FROM offsets WHERE stream = ?').pluck();
  }

  /** Makes the group known before its first commit, so that nothing it has to read expires. */
  register(group: string, streams: readonly Stream[]): void {
    for (const stream of streams) this.#register.run(group, stream.id);
  }

  /** The offset of the group that is furthest behind; null when no group reads the stream. */
  lowest(stream: Stream): number | null {
    return this.#lowest.get(stream.id) ?? null;
  }

  get(group: string, stream: Stream): number {
    return this.#select.get(group, stream.id)?.next_offset ?? 0;
  }

  put(group: string, stream: Stream, next: number): void {
    this.#upsert.run(group, stream.id, next);
  }
}
