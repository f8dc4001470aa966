import { renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Where the command line finds the instance that runs on a data folder. */
const NAME = 'instance.json';

export interface Instance {
  readonly url: string;
  readonly pid: number;
}

/** Written whole or not at all, readable by the owner only. One left by a killed process names a pid that is gone. */
export function writeInstanceFile(dataDir: string, instance: Instance): void {
  const file = path.join(dataDir, NAME);
  const next = `${file}.new`;
  writeFileSync(next, `${JSON.stringify(instance)}\n`, { mode: 0o600 });
  renameSync(next, file);
}

export function removeInstanceFile(dataDir: string): void {
  rmSync(path.join(dataDir, NAME), { force: true });
}
