import { accessSync, closeSync, constants, fsyncSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { PermanentError } from '@tillstream/kernel';
import Database from 'better-sqlite3';
import { errorCode } from './errors.js';

export const DATABASE_FILE = 'tillstream.db';
/** Key files beside the database; libs/credentials makes them. */
export const KEY_FILES = ['master.key', 'admin.key'] as const;
const LOCK_FILE = 'tillstream.lock';

/** Creates folder and file for their owner only; in a folder that was there before, at least the file is private. */
export function prepareFolder(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  closeSync(openSync(path.join(dataDir, DATABASE_FILE), 'a', 0o600));
}

/**
 * Holds the folder for this process: an exclusive SQLite transaction on a file of its own, i.e. a lock of the kernel,
 * which is gone the moment the process is, also after kill -9. Throws `data_in_use`. Returns the release.
 */
export function lockFolder(dataDir: string): () => void {
  const lock = new Database(path.join(dataDir, LOCK_FILE), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (errorCode(error) !== 'SQLITE_BUSY') throw error;
    throw new PermanentError('data_in_use', `data folder ${dataDir} is in use by another Tillstream process`);
  }
  return () => lock.close();
}

/** Makes names given, changed or taken away in the folder survive a power cut, before anything that relies on them. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
