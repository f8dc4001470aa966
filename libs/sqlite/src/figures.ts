import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { StorageView } from '@tillstream/contracts';
import type { TopicFigures } from './log/log-figures.js';
import type { Db } from './schema.js';

const DAY_MS = 86_400_000;
/** 64 MB. Measured: SQLite counts the pages of a table at 2.5 GB/s from memory, so about 25 ms. */
const COUNTED_PAGES = 16_384;

/** The figures of `GET /api/storage`. `databaseFile` lies directly in `dataDir`. */
export function storageFigures(
  db: Db,
  databaseFile: string,
  topics: readonly TopicFigures[],
  countedPages = COUNTED_PAGES,
): StorageView {
  return {
    dataBytes: folderBytes(path.dirname(databaseFile)),
    logBytes: logBytes(db, topics, countedPages),
    walBytes: fileBytes(`${databaseFile}-wal`),
    records: topics.reduce((sum, { records }) => sum + records, 0),
    topics: topics.map(({ topic, records, bytes, retentionMs, oldestTime }) => ({
      topic,
      records,
      bytes,
      retentionDays: retentionMs === null ? null : retentionMs / DAY_MS,
      oldestAt: oldestTime === null ? null : new Date(oldestTime).toISOString(),
    })),
  };
}

/**
 * Up to 64 MB of database the pages of the log as `dbstat` counts them. That reads every one of them, so beyond it is
 * the sum of the topics' estimates, which leaves out what is empty in the pages (a tenth to a third).
 */
function logBytes(db: Db, topics: readonly TopicFigures[], countedPages: number): number {
  const pages = Number(db.pragma('page_count', { simple: true }));
  if (pages > countedPages) return topics.reduce((sum, { bytes }) => sum + bytes, 0);
  return Number(db.prepare("SELECT pgsize FROM dbstat WHERE name = 'log' AND aggregate = TRUE").pluck().get());
}

/** Only looks at names: opening and closing the database's own files would end the locks SQLite has on them. */
function folderBytes(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + fileBytes(path.join(entry.parentPath, entry.name)), 0);
}

/** 0 for a file that is not there (any more). */
export function fileBytes(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
