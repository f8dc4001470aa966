import type { CollectionDefinition, DocumentStore } from '@tillstream/document-store';
import { type Clock, type Ids, SystemIds, TillstreamError } from '@tillstream/kernel';
import { type Logger, SILENT_LOGGER } from '@tillstream/observability';
import { backoffCeiling } from '@tillstream/resilience';
import type { Connection } from 'mongoose';
import { connect, readingDatabase } from './connection.js';
import { closedError, openError, storageError } from './errors.js';
import { collectionModel } from './store/collection-model.js';
import { declareCollection } from './store/declaration.js';
import { MongoDocumentStore } from './store/mongo-document-store.js';

export interface MongoStorageOptions {
  /** `MONGODB_URI`. The database is the one it names, else `tillstream`. */
  readonly uri: string;
  readonly collections: readonly CollectionDefinition[];
  readonly clock: Clock;
  readonly ids?: Pick<Ids, 'random'>;
  readonly logger?: Logger;
  /** How long to keep trying while the server is away or refuses the credentials (ms). Default: until it works. */
  readonly patienceMs?: number;
  /** Ends the trying; rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Told of each failure that is followed by another attempt (for readiness). */
  readonly onFailure?: (error: Error) => void;
}

export interface MongoStorage {
  readonly store: DocumentStore;
  /** Resolves when the server answers now; rejects with what is wrong (for readiness). */
  check(): Promise<void>;
  close(): Promise<void>;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/**
 * Connects and makes the server follow the declared collections. While the server is away or refuses the credentials it
 * tries again with growing pauses, one warning each, because a restarting process would only do the same faster.
 * Throws `storage_uri_invalid`, `storage_incompatible`, `index_field_invalid` at once; `storage_unavailable`,
 * `storage_auth_failed`, `storage_full`, `storage_failed` when the patience ends.
 */
export async function openMongoStorage(options: MongoStorageOptions): Promise<MongoStorage> {
  const { clock, logger = SILENT_LOGGER, patienceMs = Number.POSITIVE_INFINITY, signal } = options;
  const ids = options.ids ?? new SystemIds(clock);
  const until = clock.monotonic() + patienceMs;
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await openOnce(options);
    } catch (thrown) {
      const error = openError(thrown);
      // Half of the wait is fixed: full jitter could be nothing, and many processes start at once.
      const ceiling = backoffCeiling({ attempt, baseMs: FIRST_WAIT_MS, maxMs: LONGEST_WAIT_MS });
      const waitMs = Math.round(ceiling * (0.5 + ids.random() / 2));
      const final = !(error instanceof TillstreamError) || error.family !== 'transient';
      if (final || clock.monotonic() + waitMs > until) throw error;
      options.onFailure?.(error);
      logger.warn({ code: error.code, attempt, retryInMs: waitMs, error: error.message }, 'MongoDB not usable yet');
      await clock.sleep(waitMs, signal);
    }
  }
}

async function openOnce({ uri, collections }: MongoStorageOptions): Promise<MongoStorage> {
  const connection = await connect(uri);
  try {
    const reading = await readingDatabase(connection);
    const models = collections.map((definition) => collectionModel(connection, definition));
    for (const model of models) await declareCollection(connection, model);
    return assemble(connection, new MongoDocumentStore(models, reading));
  } catch (error) {
    await connection.destroy().catch(() => {});
    throw error;
  }
}

function assemble(connection: Connection, store: MongoDocumentStore): MongoStorage {
  let closing: Promise<void> | undefined;
  const close = async () => {
    await store.close();
    await connection.destroy();
  };
  return {
    store,
    check: async () => {
      if (closing) throw closedError();
      try {
        await connection.db?.admin().ping();
      } catch (error) {
        throw storageError(error);
      }
    },
    close: () => (closing ??= close()),
  };
}
