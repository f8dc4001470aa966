import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SystemClock } from '@tillstream/kernel';
import { type EmbeddedStorageOptions, openEmbeddedStorage } from '../src/index.js';

/** A fresh folder below the system's temporary one. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'tillstream-sqlite-'));
  return { path: folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function open(dataDir: string, options: Partial<EmbeddedStorageOptions> = {}) {
  return openEmbeddedStorage({ dataDir, topics: [], collections: [], clock: new SystemClock(), ...options });
}

/** What the contract suites need: a storage that can be closed and opened again over the same folder. */
export function reopenable(options: Partial<EmbeddedStorageOptions>) {
  const folder = temporaryFolder();
  let storage = open(folder.path, options);
  return {
    get log() {
      return storage.log;
    },
    get store() {
      return storage.store;
    },
    reopen: async () => {
      await storage.close();
      storage = open(folder.path, options);
    },
    dispose: async () => {
      await storage.close();
      folder.remove();
    },
  };
}
