import path from 'node:path';
import type { CollectionDefinition, DocumentStore } from '@tillstream/document-store';
import type { EventLog, TopicDefinition } from '@tillstream/event-log';
import { type Clock, type CrashPoints, NO_CRASH_POINTS, SystemClock } from '@tillstream/kernel';
import { type EmbeddedStorage, openEmbeddedStorage } from '@tillstream/sqlite';
import { tempDir } from './temp-dir.js';

export interface TempStorageOptions {
  readonly topics?: readonly TopicDefinition[];
  readonly collections?: readonly CollectionDefinition[];
  readonly clock?: Clock;
  readonly crash?: CrashPoints;
}

/** The real embedded storage in a folder of its own. */
export interface TempStorage {
  readonly log: EventLog;
  readonly store: DocumentStore;
  readonly dataDir: string;
  /** Closes and opens again; use `log` and `store` anew afterwards. */
  reopen(): Promise<void>;
  /** Closes and removes the folder. */
  close(): Promise<void>;
}

export function openTempStorage(options: TempStorageOptions = {}): TempStorage {
  const folder = tempDir();
  const dataDir = path.join(folder.path, 'data');
  const open = (): EmbeddedStorage =>
    openEmbeddedStorage({
      dataDir,
      topics: options.topics ?? [],
      collections: options.collections ?? [],
      clock: options.clock ?? new SystemClock(),
      crash: options.crash ?? NO_CRASH_POINTS,
    });
  let storage = open();
  return {
    dataDir,
    get log() {
      return storage.log;
    },
    get store() {
      return storage.store;
    },
    reopen: async () => {
      await storage.close();
      storage = open();
    },
    close: async () => {
      await storage.close();
      folder.remove();
    },
  };
}
