import type { LogRecord } from '@tillstream/event-log';
import type { Db } from '../schema.js';
import type { RecentRecords } from './recent-records.js';
import type { Stream } from './streams.js';

interface Row {
  readonly position: number;
  readonly key: string;
  readonly headers: string | null;
  readonly value: string;
  readonly time: number;
}

export const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});
/** A batch stops growing beyond this many characters of values, so that huge records cannot exhaust memory. */
const BATCH_CHARACTERS = 8 * 1024 * 1024;

export class LogReader {
  readonly #select;

  constructor(
    db: Db,
    private readonly recent: RecentRecords,
  ) {
    this.#select = db.prepare<[number, number, number], Row>(
      'SELECT position, key, headers, value, time FROM log WHERE position >= ? AND position < ? ORDER BY position LIMIT ?',
    );
  }

  /** As `read`, from memory where possible: for followers, who ask for what was appended a moment ago. */
  follow(stream: Stream, fromOffset: number, limit: number): readonly LogRecord[] {
    const recent = this.recent.from(stream, fromOffset, limit);
    return recent ? withinSize(recent) : this.read(stream, fromOffset, limit);
  }

  /** Up to `limit` committed records from `fromOffset` on; at least one if there is any. */
  read(stream: Stream, fromOffset: number, limit: number): LogRecord[] {
    const records: LogRecord[] = [];
    let characters = 0;
    const start = stream.base + Math.max(0, fromOffset);
    for (const row of this.#select.iterate(start, stream.base + stream.committed, limit)) {
      records.push(toRecord(stream, row));
      characters += row.value.length;
      if (characters > BATCH_CHARACTERS) break;
    }
    return records;
  }
}

function withinSize(records: readonly LogRecord[]): readonly LogRecord[] {
  let characters = 0;
  const over = records.findIndex(({ value }) => {
    characters += value.length;
    return characters > BATCH_CHARACTERS;
  });
  return over === -1 ? records : records.slice(0, over + 1);
}

function toRecord(stream: Stream, row: Row): LogRecord {
  return {
    topic: stream.topic,
    partition: stream.partition,
    offset: row.position - stream.base,
    key: row.key,
    headers: row.headers === null ? NO_HEADERS : (JSON.parse(row.headers) as Record<string, string>),
    value: row.value,
    time: row.time,
  };
}
