import { COLLECTIONS, type ConnectionDocument, connectionDocumentId, type Platform } from '@tillstream/contracts';
import type { Secrets } from '@tillstream/credentials';
import type { DocumentStore, Versioned } from '@tillstream/document-store';
import { notFound } from '../http/problem.js';
import type { Outboxed } from '../outbox/fact-store.js';

/** `removed`: deleted, but its last fact may not be in the log yet; for everybody it is gone. */
export type StoredConnection = ConnectionDocument & Outboxed & { readonly removed?: boolean };

export const CONNECTIONS = COLLECTIONS.connections.name;

/** The connection, or null when there is none. */
export async function loadConnection(
  store: DocumentStore,
  tenantId: string,
  platform: Platform,
): Promise<Versioned<StoredConnection> | null> {
  const found = await store.get<StoredConnection>(CONNECTIONS, connectionDocumentId(tenantId, platform));
  return found && !found.doc.removed ? found : null;
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
