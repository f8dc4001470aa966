import {
  chmodSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { PermanentError, TillstreamError } from '@tillstream/kernel';
import Database from 'better-sqlite3';
import { isDamage, openError } from '../errors.js';
import { DATABASE_FILE, lockFolder, syncFolder } from '../folder.js';
import { refuseNewer } from '../schema.js';
import {
  countContents,
  dropBackupTables,
  findDamage,
  type KeyFile,
  readBackupTables,
  unreadable,
} from './backup-tables.js';
import { settleStaged, stagedDatabase, stagedKey } from './staging.js';

export interface RestoreOptions {
  /** Created when absent. */
  readonly dataDir: string;
  readonly file: string;
  /** Replace the database, and the keys the backup has, of a folder that is in nobody's use. */
  readonly force: boolean;
}

export interface RestoreReport {
  readonly dataDir: string;
  readonly records: number;
  readonly documents: number;
  /** When the backup was made, RFC 3339 UTC with milliseconds. */
  readonly createdAt: string;
  /** Names of the key files that came from the backup; others were left alone. */
  readonly keysRestored: readonly string[];
}

/** Where a restore can be interrupted; for the crash specs. */
export type RestoreStep = 'checkpointed' | 'copied' | 'staged' | 'swapped' | 'finished';

interface Backup {
  readonly file: string;
  readonly createdAt: string;
  readonly keys: readonly KeyFile[];
  readonly records: number;
  readonly documents: number;
}

/**
 * Makes the data folder what it was when the backup was made; mode 0700. The backup is checked from end to end before
 * anything is touched, and one rename replaces the old database: interrupted before it the folder is the old one,
 * after it the new one. Throws `backup_unreadable`, `data_newer_version`, `data_in_use`, `data_not_empty` (without
 * force), `data_not_writable` (permanent) or `storage_full` (transient).
 */
export async function restoreEmbedded(options: RestoreOptions): Promise<RestoreReport> {
  return restoreInSteps(options, () => {});
}

export function restoreInSteps(options: RestoreOptions, reached: (step: RestoreStep) => void): RestoreReport {
  const { dataDir, file, force } = options;
  const backup = readBackup(file);
  let release: (() => void) | undefined;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    release = lockFolder(dataDir);
    settleStaged(dataDir);
    if (!force) refuseOccupied(dataDir, backup.keys);
    try {
      replace(dataDir, backup, reached);
    } finally {
      settleStaged(dataDir);
    }
  } catch (error) {
    throw openError(error, dataDir);
  } finally {
    release?.();
  }
  reached('finished');
  const { createdAt, records, documents, keys } = backup;
  return { dataDir, records, documents, createdAt, keysRestored: keys.map(({ name }) => name) };
}

function readBackup(file: string): Backup {
  if (!existsSync(file)) throw unreadable(file, 'there is no such file');
  try {
    const db = new Database(file, { readonly: true, fileMustExist: true });
    try {
      const tables = readBackupTables(db, file);
      refuseNewer(db);
      const damage = findDamage(db) ?? findCut(db, file);
      if (damage !== null) throw unreadable(file, `it is damaged (${damage})`);
      return { file, ...tables, ...countContents(db) };
    } finally {
      db.close();
    }
  } catch (error) {
    if (error instanceof TillstreamError) throw error;
    throw unreadable(file, isDamage(error) ? 'it is damaged, or no backup' : 'it cannot be read', error);
  }
}

/** integrity_check does not mind when the end of the last page is missing. */
function findCut(db: Database.Database, file: string): string | null {
  const expected = Number(db.pragma('page_count', { simple: true })) * Number(db.pragma('page_size', { simple: true }));
  const { size } = statSync(file);
  return size === expected ? null : `it has ${size} bytes instead of ${expected}`;
}

function refuseOccupied(dataDir: string, keys: readonly KeyFile[]): void {
  const occupied = [DATABASE_FILE, ...keys.filter((key) => differs(dataDir, key)).map(({ name }) => name)].find(
    (name) => existsSync(path.join(dataDir, name)),
  );
  if (occupied === undefined) return;
  throw new PermanentError('data_not_empty', `${dataDir} has a ${occupied} already; it is replaced only with force`);
}

function differs(dataDir: string, { name, content }: KeyFile): boolean {
  const file = path.join(dataDir, name);
  return existsSync(file) && !readFileSync(file).equals(content);
}

function replace(dataDir: string, backup: Backup, reached: (step: RestoreStep) => void): void {
  const database = path.join(dataDir, DATABASE_FILE);
  chmodSync(dataDir, 0o700);
  checkpointOld(dataDir, database);
  // A write-ahead log left behind would be read as the new database's.
  for (const suffix of ['-wal', '-shm', '-journal']) rmSync(`${database}${suffix}`, { force: true });
  reached('checkpointed');
  stageDatabase(dataDir, backup.file);
  reached('copied');
  for (const key of backup.keys) stageKey(dataDir, key);
  syncFolder(dataDir);
  reached('staged');
  renameSync(stagedDatabase(dataDir), database);
  syncFolder(dataDir);
  reached('swapped');
}

/** Brings all of the old database into its one file, so that until the rename nothing of it is lost. */
function checkpointOld(dataDir: string, database: string): void {
  if (!existsSync(database)) return;
  let old: Database.Database | undefined;
  try {
    old = new Database(database, { timeout: 0 });
    const [answer] = old.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
    if (answer?.busy !== 1) return;
    throw new PermanentError('data_in_use', `a program (a backup?) is reading the data in ${dataDir}`);
  } catch (error) {
    if (!isDamage(error)) throw error; // damaged: what a restore is for
  } finally {
    old?.close();
  }
}

function stageDatabase(dataDir: string, file: string): void {
  const staged = stagedDatabase(dataDir);
  copyFileSync(file, staged);
  chmodSync(staged, 0o600);
  const db = new Database(staged);
  try {
    dropBackupTables(db);
  } finally {
    db.close();
  }
  sync(staged);
  syncFolder(dataDir);
}

function stageKey(dataDir: string, { name, content }: KeyFile): void {
  const handle = openSync(stagedKey(dataDir, name), 'wx', 0o600);
  try {
    writeSync(handle, content);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** SQLite syncs the pages it changed; the copied rest is not on disk before this. */
function sync(file: string): void {
  const handle = openSync(file, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
