import { PermanentError } from '@tillstream/kernel';
import Database from 'better-sqlite3';

export type Db = Database.Database;

/**
 * Each entry brings the file from version `index` to `index + 1` (PRAGMA user_version). Entries are never edited.
 * `log.position` = stream * 2^38 + offset: one integer key keeps an append a plain insert at the right edge.
 */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE topics (
     name TEXT PRIMARY KEY, first_stream INTEGER NOT NULL, partitions INTEGER NOT NULL
   ) WITHOUT ROWID;
   CREATE TABLE log (
     position INTEGER PRIMARY KEY, key TEXT NOT NULL, headers TEXT, value TEXT NOT NULL, time INTEGER NOT NULL
   );
   CREATE TABLE offsets (
     consumer_group TEXT NOT NULL, stream INTEGER NOT NULL, next_offset INTEGER NOT NULL,
     PRIMARY KEY (consumer_group, stream)
   ) WITHOUT ROWID;
   CREATE TABLE collections (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);`,
];

/** About 32 MB: pages written again and again reach the database file once per checkpoint. */
const CHECKPOINT_PAGES = 8000;

export const SCHEMA_VERSION = MIGRATIONS.length;

/** Opens the file and brings it to this program's version. Throws `data_newer_version` before anything is changed. */
export function openDatabase(file: string): Db {
  const db = new Database(file);
  try {
    refuseNewer(db);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL'); // GUARD(group-commit-fsync)
    // KiB. The system caches the file as well; more here shows in the memory of the process and nowhere else.
    db.pragma('cache_size = -16384');
    db.pragma('temp_store = MEMORY');
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    db.pragma('journal_size_limit = 67108864');
    migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** The data version of a file; 0 = nothing was ever stored in it. */
export function versionOf(db: Db): number {
  return Number(db.pragma('user_version', { simple: true }));
}

/** Throws `data_newer_version`. */
export function refuseNewer(db: Db): void {
  const version = versionOf(db);
  if (version <= SCHEMA_VERSION) return;
  throw new PermanentError(
    'data_newer_version',
    `the data was written by a newer Tillstream (data version ${version}, this program knows ${SCHEMA_VERSION}); start that version again, nothing was changed`,
    { detail: { dataVersion: version, knownVersion: SCHEMA_VERSION } },
  );
}

function migrate(db: Db): void {
  db.transaction(() => {
    for (let version = versionOf(db); version < SCHEMA_VERSION; version += 1) {
      db.exec(MIGRATIONS[version] ?? '');
      db.pragma(`user_version = ${version + 1}`);
    }
  }).exclusive();
}
