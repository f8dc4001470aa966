import type { EventLog, LogRecord } from '@tillstream/event-log';
import { open } from './open.js';

/** What the backup specs open: every commit adds three records and one document. */
export const BUSY = {
  topics: [{ name: 'busy.v1', partitions: 3, retentionMs: null }],
  collections: [{ name: 'docs', indexes: [['n']] }],
};

/** Documents 0 to `count` - 1, each with its three records. */
export async function fill(dataDir: string, count: number, filler = ''): Promise<void> {
  const storage = open(dataDir, BUSY);
  const { log, store } = storage;
  const numbers = Array.from({ length: count }, (_, n) => n);
  await Promise.all([
    log.append(
      numbers.flatMap((n) => [0, 1, 2].map((part) => ({ topic: 'busy.v1', key: `${n}:${part}`, value: filler }))),
    ),
    store.bulkWrite(
      numbers.map((n) => ({ op: 'put', collection: 'docs', id: String(n), doc: { n }, expectedVersion: 0 }) as const),
    ),
  ]);
  await storage.close();
}

/** What the folder holds; `consistent`: three records a document, all readable, no group ahead of the log. */
export async function contents(dataDir: string) {
  const storage = open(dataDir, BUSY);
  const { log, store } = storage;
  const ends = await log.endOffsets('busy.v1');
  const read = await Promise.all(ends.map((end, partition) => readAll(log, partition, end)));
  const offsets = await log.committedOffsets('g', 'busy.v1');
  const documents = await store.count('docs');
  const ids = Array.from({ length: documents }, (_, n) => String(n));
  const found = await store.getMany<{ n: number }>('docs', ids);
  await storage.close();
  const records = read.flat().length;
  const consistent =
    records === 3 * documents &&
    read.every((part, partition) => part.length === ends[partition]) &&
    offsets.every((offset, partition) => offset <= (ends[partition] ?? 0)) &&
    ids.every((id) => found.get(id)?.version === 1 && String(found.get(id)?.doc.n) === id);
  return { records, documents, consistent };
}

async function readAll(log: EventLog, partition: number, end: number): Promise<readonly LogRecord[]> {
  const all: LogRecord[] = [];
  while (all.length < end) {
    const some = await log.read('busy.v1', partition, all.length, 100_000);
    if (some.length === 0) break;
    all.push(...some);
  }
  return all;
}
