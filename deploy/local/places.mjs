// Where the local stack keeps things, all outside the repository: what is downloaded once (cache), and what runs now
// (one state file per stack, named after the checkout unless a name is given).
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const here = path.dirname(fileURLToPath(import.meta.url));

export function cacheFolder(...parts) {
  const base = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  const folder = path.join(base, 'tillstream', ...parts);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** The stack of this checkout, so that two checkouts do not stop each other's servers. */
export const DEFAULT_NAME = `checkout-${createHash('sha256').update(here).digest('hex').slice(0, 12)}`;

const stateFile = (name) => path.join(cacheFolder('stacks'), `${name}.json`);

export function readState(name) {
  try {
    return JSON.parse(readFileSync(stateFile(name), 'utf8'));
  } catch {
    return undefined;
  }
}

export function writeState(name, state) {
  const file = stateFile(name);
  writeFileSync(`${file}.${process.pid}`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.${process.pid}`, file);
}

export function removeState(name) {
  rmSync(stateFile(name), { force: true });
}
