import {
  COLLECTIONS,
  type ConnectionDocument,
  connectionDocumentId,
  defaultSettings,
  type Platform,
  type Settings,
  type SettingsDocument,
} from '@tillstream/contracts';
import type { DocumentStore, Versioned } from '@tillstream/document-store';

/** What a tenant configured, read from the documents that query-api owns (D2): one reader for every service. */

type Store = Pick<DocumentStore, 'get' | 'getMany'>;

/**
 * The tenant's connections by platform. A removed one is not among them, although its document may stay until the last
 * fact about it is in the log: what is deleted is gone for every service at once.
 */
export async function readConnections(
  store: Store,
  tenantId: string,
  platforms: readonly Platform[],
): Promise<ReadonlyMap<Platform, ConnectionDocument>> {
  const ids = platforms.map((platform) => connectionDocumentId(tenantId, platform));
  const found = await store.getMany<ConnectionDocument>(COLLECTIONS.connections.name, ids);
  return new Map(
    platforms.flatMap((platform): [Platform, ConnectionDocument][] => {
      const live = present(found.get(connectionDocumentId(tenantId, platform)));
      return live === null ? [] : [[platform, live.doc]];
    }),
  );
}

/** One connection with its document's version; null when there is none. */
export async function readConnection<T extends ConnectionDocument = ConnectionDocument>(
  store: Pick<Store, 'get'>,
  tenantId: string,
  platform: Platform,
): Promise<Versioned<T> | null> {
  const id = connectionDocumentId(tenantId, platform);
  return present(await store.get<T>(COLLECTIONS.connections.name, id));
}

/** The tenant's settings; defaults while nobody has changed any. */
export async function readSettings(store: Pick<Store, 'get'>, tenantId: string): Promise<Settings> {
  const found = await store.get<SettingsDocument>(COLLECTIONS.settings.name, tenantId);
  return found?.doc.settings ?? defaultSettings();
}

function present<T extends ConnectionDocument>(found: Versioned<T> | null | undefined): Versioned<T> | null {
  return found && found.doc.removed !== true ? found : null;
}
