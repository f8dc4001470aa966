import path from 'node:path';
import type { StorageView } from '@tillstream/contracts';
import type { CollectionDefinition, DocumentStore } from '@tillstream/document-store';
import type { EventLog, TopicDefinition } from '@tillstream/event-log';
import { type Clock, type CrashPoints, NO_CRASH_POINTS } from '@tillstream/kernel';
import { type Logger, SILENT_LOGGER } from '@tillstream/observability';
import { settleStaged } from './backup/staging.js';
import { openError } from './errors.js';
import { fileBytes, storageFigures } from './figures.js';
import { DATABASE_FILE, lockFolder, prepareFolder } from './folder.js';
import { GroupCommitter } from './group-committer.js';
import { SqliteEventLog } from './log/sqlite-event-log.js';
import { type Db, openDatabase } from './schema.js';
import { SqliteDocumentStore } from './store/sqlite-document-store.js';

export interface EmbeddedStorageOptions {
  /** Created with mode 0700 when absent; belongs to one process at a time. */
  readonly dataDir: string;
  readonly topics: readonly TopicDefinition[];
  readonly collections: readonly CollectionDefinition[];
  readonly clock: Clock;
  readonly crash?: CrashPoints;
  readonly logger?: Logger;
}

export interface EmbeddedStorage {
  readonly log: EventLog;
  readonly store: DocumentStore;
  /** Stops delivery, commits what is queued, closes the file, frees the folder. */
  close(): Promise<void>;
  /** Bytes on disk. */
  sizes(): StorageSizes;
  /** What an operator asks of it; a few milliseconds however long the log is. Throws `storage_closed`, `storage_failed`. */
  figures(): StorageView;
  /** Log rows appended since the start, and the transactions they came in. */
  appends(): { readonly rows: number; readonly commits: number };
}

export interface StorageSizes {
  readonly databaseBytes: number;
  readonly walBytes: number;
}

/**
 * Opens `<dataDir>/tillstream.db` with event log and documents in it. Throws `data_not_writable`, `data_in_use`,
 * `data_newer_version`, `data_damaged`, `topic_partitions_changed` (permanent) or `storage_full` (transient).
 */
export function openEmbeddedStorage(options: EmbeddedStorageOptions): EmbeddedStorage {
  const { dataDir } = options;
  let release: (() => void) | undefined;
  let db: Db | undefined;
  try {
    prepareFolder(dataDir);
    release = lockFolder(dataDir);
    settleStaged(dataDir);
    db = openDatabase(path.join(dataDir, DATABASE_FILE));
    return assemble(options, db, release);
  } catch (error) {
    db?.close();
    release?.();
    throw openError(error, dataDir);
  }
}

function assemble(options: EmbeddedStorageOptions, db: Db, release: () => void): EmbeddedStorage {
  const { topics, collections, clock, crash = NO_CRASH_POINTS, logger = SILENT_LOGGER } = options;
  const committer = new GroupCommitter(db);
  const log = new SqliteEventLog({ db, committer, topics, clock, crash, logger });
  const store = new SqliteDocumentStore(db, committer, collections);
  const file = path.join(options.dataDir, DATABASE_FILE);
  let closing: Promise<void> | undefined;
  const close = async () => {
    await log.close();
    committer.close();
    await store.close();
    db.close();
    release();
  };
  return {
    log,
    store,
    close: () => (closing ??= close()),
    appends: () => log.appends,
    figures: () => log.figures((topics) => storageFigures(db, file, topics)),
    sizes: () => ({ databaseBytes: fileBytes(file), walBytes: fileBytes(`${file}-wal`) }),
  };
}
