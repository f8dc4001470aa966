import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DATABASE_FILE, KEY_FILES, syncFolder } from '../folder.js';

/**
 * A restore puts its files beside the old ones first. The staged database is there before a staged key is and leaves
 * by the one rename that is the restore; so staged keys without a staged database belong to the database in place.
 */
export const stagedDatabase = (dataDir: string) => path.join(dataDir, `${DATABASE_FILE}.restoring`);
export const stagedKey = (dataDir: string, name: string) => path.join(dataDir, `${name}.restoring`);

/** Takes a restore that ended in the middle back, or to its end. For the holder of the folder's lock. */
export function settleStaged(dataDir: string): void {
  const database = stagedDatabase(dataDir);
  const keys = KEY_FILES.filter((name) => existsSync(stagedKey(dataDir, name)));
  const decided = !existsSync(database);
  for (const name of keys) {
    if (decided) renameSync(stagedKey(dataDir, name), path.join(dataDir, name));
    else rmSync(stagedKey(dataDir, name));
  }
  if (keys.length > 0) syncFolder(dataDir);
  rmSync(`${database}-journal`, { force: true });
  rmSync(database, { force: true });
}
