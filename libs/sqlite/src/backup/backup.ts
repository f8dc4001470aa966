import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Clock, PermanentError, SystemClock } from '@tillstream/kernel';
import Database from 'better-sqlite3';
import { backupError, openError } from '../errors.js';
import { DATABASE_FILE, KEY_FILES, syncFolder } from '../folder.js';
import { type Db, refuseNewer, versionOf } from '../schema.js';
import { addBackupTables, countContents, findDamage, type KeyFile } from './backup-tables.js';

export interface BackupOptions {
  readonly dataDir: string;
  /** Must not exist yet; its folder must. */
  readonly file: string;
  /** Also `master.key` and `admin.key`, as far as the folder has them; without the first, no stored secret opens. */
  readonly includeKeys: boolean;
  readonly clock?: Clock;
}

export interface BackupReport {
  readonly file: string;
  readonly bytes: number;
  readonly records: number;
  readonly documents: number;
  /** RFC 3339 UTC with milliseconds. */
  readonly createdAt: string;
  /** Names of the key files in the backup. */
  readonly keysIncluded: readonly string[];
}

/** 8 MB between two turns of the event loop. */
const PAGES_PER_STEP = 2000;

/**
 * One consistent copy of log, offsets and documents in a single file (mode 0600), also while another process writes to
 * the folder. Secrets stay sealed as they are stored. The file appears under its name only when it is whole and
 * checked. Throws `backup_exists`, `backup_not_writable`, `data_not_found`, `data_newer_version`, `data_damaged`
 * (permanent) or `storage_full` (transient).
 */
export async function backupEmbedded(options: BackupOptions): Promise<BackupReport> {
  const { dataDir, file, includeKeys, clock = new SystemClock() } = options;
  refuseExisting(file);
  const source = openSource(dataDir);
  const partial = `${file}.${process.pid}.partial`;
  try {
    const createdAt = new Date(clock.now()).toISOString();
    const keys = includeKeys ? readKeys(dataDir) : [];
    closeSync(openSync(partial, 'wx', 0o600));
    await source.backup(partial, { progress: () => PAGES_PER_STEP });
    const counts = complete(partial, dataDir, createdAt, keys);
    publish(partial, file);
    return { file, bytes: statSync(file).size, ...counts, createdAt, keysIncluded: keys.map(({ name }) => name) };
  } catch (error) {
    throw backupError(error, file, dataDir);
  } finally {
    source.close();
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${partial}${suffix}`, { force: true });
  }
}

/**
 * Inside one read transaction from here on: SQLite begins a copy anew whenever another process has written between two
 * of its steps, so that beside a busy owner it would never end; the steps of a transaction all see the same data.
 */
function openSource(dataDir: string): Db {
  const file = path.join(dataDir, DATABASE_FILE);
  if (!existsSync(file)) throw notFound(dataDir);
  let source: Db | undefined;
  try {
    source = new Database(file, { readonly: true, fileMustExist: true });
    source.exec('BEGIN');
    refuseNewer(source);
    if (versionOf(source) === 0) throw notFound(dataDir);
    return source;
  } catch (error) {
    source?.close();
    throw openError(error, dataDir);
  }
}

/** Checks the copy and makes it a backup: one plain file without a write-ahead log. */
function complete(partial: string, dataDir: string, createdAt: string, keys: readonly KeyFile[]) {
  const copy = new Database(partial);
  try {
    copy.pragma('journal_mode = DELETE');
    const damage = findDamage(copy);
    if (damage !== null) {
      throw new PermanentError('data_damaged', `the data file in ${dataDir} is damaged: ${damage}; no backup was made`);
    }
    const counts = countContents(copy);
    addBackupTables(copy, createdAt, keys);
    return counts;
  } finally {
    copy.close();
  }
}

/** `wx` takes the name and refuses one that is taken, on every file system (hard links would not); the rename fills it. */
function publish(partial: string, file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    refuseExisting(file);
    throw error;
  }
  renameSync(partial, file);
  syncFolder(path.dirname(file));
}

function readKeys(dataDir: string): readonly KeyFile[] {
  return KEY_FILES.map((name) => ({ name, file: path.join(dataDir, name) }))
    .filter(({ file }) => existsSync(file))
    .map(({ name, file }) => ({ name, content: readFileSync(file) }));
}

function refuseExisting(file: string): void {
  if (!existsSync(file)) return;
  throw new PermanentError('backup_exists', `${file} exists already and is never overwritten; choose another name`);
}

function notFound(dataDir: string): PermanentError {
  return new PermanentError('data_not_found', `there is no data of Tillstream in ${dataDir}`);
}
