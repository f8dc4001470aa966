import { asError, type Clock } from '@tillstream/kernel';
import type { Logger } from '@tillstream/observability';
import type { GroupCommitter } from '../group-committer.js';
import type { Db } from '../schema.js';
import type { OffsetTable } from './offset-table.js';
import type { Stream, Streams } from './streams.js';

const SWEEP_EVERY_MS = 3_600_000;
const CHUNK = 500;

export interface RetentionParts {
  readonly db: Db;
  readonly committer: GroupCommitter;
  readonly streams: Streams;
  readonly offsets: OffsetTable;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Removes expired records, at most hourly and only in the wake of an append: an idle process stays idle. A record that
 * some group still has to read stays, and so does the last one of each partition, which carries the end offset.
 */
export class Retention {
  #nextSweepAt = 0;
  #sweeping: Promise<void> | undefined;
  readonly #oldest;
  readonly #delete;

  constructor(private readonly parts: RetentionParts) {
    this.#oldest = parts.db.prepare<[number, number, number], { position: number; time: number }>(
      'SELECT position, time FROM log WHERE position >= ? AND position < ? ORDER BY position LIMIT ?',
    );
    this.#delete = parts.db.prepare<[number, number]>('DELETE FROM log WHERE position >= ? AND position <= ?');
  }

  afterAppend(): void {
    const now = this.parts.clock.now();
    if (now < this.#nextSweepAt || this.#sweeping) return;
    this.#nextSweepAt = now + SWEEP_EVERY_MS;
    this.#sweeping = this.#sweep(now)
      .catch((thrown: unknown) => {
        this.parts.logger.warn({ error: asError(thrown).message }, 'expired records not removed, trying again later');
      })
      .finally(() => {
        this.#sweeping = undefined;
      });
  }

  async #sweep(now: number): Promise<void> {
    for (const { stream, retentionMs } of this.parts.streams.withRetention()) {
      let removed = CHUNK;
      while (removed === CHUNK) removed = await this.#removeChunk(stream, now - retentionMs);
    }
  }

  #removeChunk(stream: Stream, cutoff: number): Promise<number> {
    return this.parts.committer.run(() => {
      const end = Math.min(stream.committed - 1, this.parts.offsets.lowest(stream) ?? stream.committed);
      const rows = this.#oldest.all(stream.base, stream.base + Math.max(0, end), CHUNK);
      const kept = rows.findIndex((row) => row.time >= cutoff);
      const expired = kept === -1 ? rows : rows.slice(0, kept);
      const [first, last] = [expired[0], expired.at(-1)];
      return first && last ? this.#delete.run(first.position, last.position).changes : 0;
    });
  }
}
