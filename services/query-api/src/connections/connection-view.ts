import type { ConnectionDocument, ProjectStatusDocument, RealmStatusDocument } from '@tillstream/contracts';
import type { ConnectionView } from './schemas.js';

/** A connection as REST shows it; each secret only as configured or not (I10). */
export function connectionView(
  connection: ConnectionDocument,
  secretNames: readonly string[],
  writer: RealmStatusDocument | ProjectStatusDocument | null,
): ConnectionView {
  const { platform, connectionId, identity, config, secrets, createdAt, updatedAt } = connection;
  const { status, detail, lastCheckedAt } = writer ?? connection;
  return {
    ...config,
    ...Object.fromEntries(secretNames.map((name) => [name, { configured: secrets[name] !== undefined }])),
    platform,
    connectionId,
    identity,
    status,
    createdAt,
    updatedAt,
    ...(detail !== null && { detail }),
    ...(lastCheckedAt !== null && { lastCheckedAt }),
  };
}
