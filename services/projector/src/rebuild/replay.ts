import { decodeEvent } from '@tillstream/contracts';
import type { DocumentStore } from '@tillstream/document-store';
import type { EventLog, LogRecord } from '@tillstream/event-log';
import { LruCache } from '@tillstream/processor';
import { applyBatch, type ReadModelCache } from '../apply-batch.js';
import type { ProjectedEvent } from '../domain/project.js';
import { PROJECTED_TOPICS } from '../projector.js';

/** Records folded in one go: a document takes many of its events in one write. */
const PAGE = 2000;
const CACHED_DOCUMENTS = 4000;

/** Next offset to fold, by topic and partition. */
export type Positions = ReadonlyMap<string, readonly number[]>;

export const AT_THE_START: Positions = new Map();

export async function endsOf(log: EventLog): Promise<Positions> {
  const ends = await Promise.all(PROJECTED_TOPICS.map(async (topic) => [topic, await log.endOffsets(topic)] as const));
  return new Map(ends);
}

export interface ReplayParts {
  readonly log: EventLog;
  readonly store: DocumentStore;
  /** Where the documents of a read model go. */
  readonly placeOf: (collection: string) => string;
  readonly onProgress?: (events: number) => void;
}

/**
 * Folds the topics from `from` to `to` into the places. One partition after another: a document is fed by events of one
 * key only (D6). Gives the event loop back between pages, so that a running service goes on answering.
 */
export async function replay(from: Positions, to: Positions, parts: ReplayParts): Promise<void> {
  for (const [topic, ends] of to) {
    const begins = from.get(topic) ?? [];
    for (const [partition, end] of ends.entries())
      await replayPartition(topic, partition, begins[partition] ?? 0, end, parts);
  }
}

async function replayPartition(topic: string, partition: number, begin: number, end: number, parts: ReplayParts) {
  const { log, store, placeOf, onProgress } = parts;
  const cache: ReadModelCache = new LruCache(CACHED_DOCUMENTS);
  for (let offset = begin; offset < end; ) {
    const records = await log.read(topic, partition, offset, Math.min(PAGE, end - offset));
    const last = records.at(-1);
    if (last === undefined) return;
    await applyBatch(store, records.flatMap(decoded), cache, placeOf);
    onProgress?.(records.length);
    offset = last.offset + 1;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** What cannot be decoded went to the dead-letter topic when it was first met, and is in no read model. */
function decoded({ topic, key, value }: LogRecord): ProjectedEvent[] {
  try {
    return [{ topic, key, event: decodeEvent(value) }];
  } catch {
    return [];
  }
}
