import type { LogRecord } from '@tillstream/event-log';
import type { Stream } from './streams.js';

/** Records of one partition without a gap between them. */
interface Stretch {
  readonly first: number;
  readonly records: LogRecord[];
}

type Generation = Map<Stream, Stretch>;

/** A generation is full with this many characters of values; at most two are kept. */
const GENERATION_CHARACTERS = 4 * 1024 * 1024;

/**
 * What this process appended last, as committed, so that followers who keep up need not read it back from the file.
 * Nothing is in here that is not durable; what is forgotten is read from the file.
 */
export class RecentRecords {
  #pending: { readonly stream: Stream; readonly record: LogRecord }[] = [];
  #young: Generation = new Map();
  #old: Generation = new Map();
  #characters = 0;

  /** Belongs to the open transaction until `committed` or `rolledBack`. */
  add(stream: Stream, record: LogRecord): void {
    this.#pending.push({ stream, record });
  }

  committed(): void {
    for (const { stream, record } of this.#pending) this.#keep(stream, record);
    this.#pending = [];
  }

  rolledBack(): void {
    this.#pending = [];
  }

  /** Records from `fromOffset` on, at least one; undefined when that offset is not remembered. */
  from(stream: Stream, fromOffset: number, limit: number): readonly LogRecord[] | undefined {
    const stretch = [this.#young.get(stream), this.#old.get(stream)].find((one) => one && one.first <= fromOffset);
    if (!stretch) return undefined;
    const start = fromOffset - stretch.first;
    const records = stretch.records.slice(start, start + limit);
    return records.length === 0 ? undefined : records;
  }

  #keep(stream: Stream, record: LogRecord): void {
    if (this.#characters > GENERATION_CHARACTERS) this.#age();
    const stretch = this.#young.get(stream);
    if (stretch) stretch.records.push(record);
    else this.#young.set(stream, { first: record.offset, records: [record] });
    this.#characters += record.value.length;
  }

  #age(): void {
    this.#old = this.#young;
    this.#young = new Map();
    this.#characters = 0;
  }
}
