import type { TopicDefinition } from '@tillstream/event-log';
import type { Db } from '../schema.js';
import { STREAM_SPAN, type Stream, type Streams } from './streams.js';

/** Of one topic. `bytes`: an estimate, see LogFigures. */
export interface TopicFigures {
  readonly topic: string;
  readonly records: number;
  readonly bytes: number;
  readonly retentionMs: number | null;
  /** Milliseconds since the epoch; null = the topic is empty. */
  readonly oldestTime: number | null;
}

const SAMPLES = 16;
/** What SQLite keeps beside the texts: lengths, position, time. */
const ROW_BYTES = 24;

/**
 * Counts without reading the log: records lie gapless between a partition's first offset and its end. Bytes are the
 * mean of up to 16 records of each partition, evenly spread, times their number: exact while there are no more.
 */
export class LogFigures {
  readonly #first;
  readonly #bytes;

  constructor(
    db: Db,
    private readonly topics: readonly TopicDefinition[],
    private readonly streams: Streams,
  ) {
    this.#first = db.prepare<[number, number], { position: number; time: number }>(
      'SELECT position, time FROM log WHERE position >= ? AND position < ? ORDER BY position LIMIT 1',
    );
    // octet_length reads no more of a long value than the row's header.
    this.#bytes = db
      .prepare<[number], number>(
        `SELECT octet_length(key) + ifnull(octet_length(headers), 0) + octet_length(value) + ${ROW_BYTES}
         FROM log WHERE position = ?`,
      )
      .pluck();
  }

  all(): readonly TopicFigures[] {
    return this.topics.map(({ name, retentionMs }) => {
      const parts = this.streams.of(name).map((stream) => this.#stream(stream));
      const times = parts.flatMap(({ time }) => (time === null ? [] : [time]));
      return {
        topic: name,
        records: parts.reduce((sum, part) => sum + part.records, 0),
        bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
        retentionMs,
        oldestTime: times.length === 0 ? null : Math.min(...times),
      };
    });
  }

  #stream(stream: Stream): { readonly records: number; readonly bytes: number; readonly time: number | null } {
    const first = this.#first.get(stream.base, stream.base + STREAM_SPAN);
    if (!first) return { records: 0, bytes: 0, time: null };
    const records = stream.base + stream.committed - first.position;
    return { records, bytes: this.#estimate(first.position, records), time: first.time };
  }

  #estimate(position: number, records: number): number {
    const samples = Math.min(SAMPLES, records);
    let sum = 0;
    for (let n = 0; n < samples; n += 1) {
      sum += this.#bytes.get(position + Math.floor((n * records) / samples)) ?? 0;
    }
    return Math.round((sum / samples) * records);
  }
}
