import { decodeEvent } from '@tillstream/contracts';
import type { DocumentStore } from '@tillstream/document-store';
import type { EventLog, LogRecord } from '@tillstream/event-log';
import { applyBatch } from '../apply-batch.js';
import type { ProjectedEvent } from '../domain/project.js';
import { PROJECTED_TOPICS } from '../projector.js';
import { HeldRecords } from './held-records.js';

/** Records read in one turn of the event loop. */
const PAGE = 1000;
/** Records folded in one turn: few enough that most of their objects are garbage before the collector looks. */
const FOLDED_AT_ONCE = 300;
/** Such batches that the store may put into one commit: each commit waits for the disk, and blocks the process. */
const MOST_UNDER_WAY = 16;
/** Characters held of a partition before its oldest documents are made; memory stays within a small multiple of it. */
const MOST_CHARACTERS = 16 * 1024 * 1024;

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
  /** Where the documents of a read model go; nothing is there when a partition is folded from its start. */
  readonly placeOf: (collection: string) => string;
  /** Called with the number of events read. */
  readonly onProgress?: (events: number) => void;
  readonly mostCharacters?: number;
  readonly page?: number;
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
  const { log, onProgress, mostCharacters = MOST_CHARACTERS, page = PAGE } = parts;
  const held = new HeldRecords();
  let noneStored = begin === 0;
  for (let offset = begin; offset < end; ) {
    const records = await log.read(topic, partition, offset, Math.min(page, end - offset));
    const last = records.at(-1);
    if (last === undefined) break;
    for (const record of records) held.add(record);
    if (held.characters > mostCharacters) {
      await foldDownTo(mostCharacters / 2, held, noneStored, parts);
      noneStored = false;
    }
    onProgress?.(records.length);
    offset = last.offset + 1;
    await nextTurn();
  }
  await foldDownTo(0, held, noneStored, parts);
}

/** Batches have no document in common, so the next one is folded while the store waits for company for its commit. */
async function foldDownTo(left: number, held: HeldRecords, noneStored: boolean, { store, placeOf }: ReplayParts) {
  let underWay: Promise<unknown>[] = [];
  while (held.characters > left) {
    const events = held.take(FOLDED_AT_ONCE).flatMap(decoded);
    const batch = applyBatch(store, events, undefined, { placeOf, noneStored });
    // Its failure is thrown below, and must not go unhandled until then.
    batch.catch(() => {});
    underWay.push(batch);
    await nextTurn();
    if (underWay.length < MOST_UNDER_WAY) continue;
    await Promise.all(underWay);
    underWay = [];
  }
  await Promise.all(underWay);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/**
 * What cannot be decoded went to the dead-letter topic when it was first met, and is in no read model. The schemas are
 * asked again, by the very function the live projector asks: what it skipped is skipped here, whoever wrote the log.
 */
function decoded({ topic, key, value }: LogRecord): ProjectedEvent[] {
  try {
    return [{ topic, key, event: decodeEvent(value) }];
  } catch {
    return [];
  }
}
