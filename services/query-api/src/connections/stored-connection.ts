import { COLLECTIONS, type ConnectionDocument, type Platform } from '@tillstream/contracts';
import type { Secrets } from '@tillstream/credentials';
import type { DocumentStore, Versioned } from '@tillstream/document-store';
import { readConnection } from '@tillstream/tenant-config';
import { notFound } from '../http/problem.js';
import type { Outboxed } from '../outbox/fact-store.js';

export type StoredConnection = ConnectionDocument & Outboxed;

export const CONNECTIONS = COLLECTIONS.connections.name;

/** The connection, or null when there is none. */
export function loadConnection(
  store: DocumentStore,
  tenantId: string,
  platform: Platform,
): Promise<Versioned<StoredConnection> | null> {
  return readConnection<StoredConnection>(store, tenantId, platform);
}

/** Throws `not_found`. */
export async function requireConnection(
  store: DocumentStore,
  tenantId: string,
  platform: Platform,
): Promise<Versioned<StoredConnection>> {
  const found = await loadConnection(store, tenantId, platform);
  if (!found) throw notFound(`The ${platform} connection`);
  return found;
}

/** The secrets in the clear, for the adapter that sends them (I10). Throws `secret_undecryptable`. */
export function openSecrets(secrets: Secrets, connection: ConnectionDocument): ReadonlyMap<string, string> {
  const { tenantId, connectionId } = connection;
  return new Map(
    Object.entries(connection.secrets).map(([name, sealed]) => [
      name,
      secrets.open(sealed, { tenantId, connectionId }),
    ]),
  );
}
