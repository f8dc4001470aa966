import type { ConnectionDocument } from '@tillstream/contracts';
import {
  dataApiRoute,
  postgresRoute,
  type SchemaPlace,
  SupabaseFailure,
  type SupabaseRoute,
} from '@tillstream/supabase';
import { readConnection, readSettings } from '@tillstream/tenant-config';
import type { WriterParts } from './writer-parts.js';

/** A tenant's project as connected now. */
export interface ProjectConfig {
  readonly connection: ConnectionDocument;
  readonly place: SchemaPlace;
}

/** null when the tenant has no Supabase connection. Read from documents of query-api (D2). */
export async function loadProjectConfig({ deps }: WriterParts, tenantId: string): Promise<ProjectConfig | null> {
  const [connection, settings] = await Promise.all([
    readConnection(deps.store, tenantId, 'supabase'),
    readSettings(deps.store, tenantId),
  ]);
  if (!connection) return null;
  const schema = connection.doc.config['schema'];
  const prefix = settings.supabase.tablePrefix;
  return {
    connection: connection.doc,
    place: { schema: typeof schema === 'string' && schema !== '' ? schema : 'public', prefix },
  };
}

/** The database URL is preferred: it can create the tables. @throws SupabaseFailure when the connection has neither way. */
export function openRoute({ deps, options }: WriterParts, { connection, place }: ProjectConfig): SupabaseRoute {
  const secret = (name: string): string | null => {
    const sealed = connection.secrets[name];
    return sealed ? deps.secrets.open(sealed, connection) : null;
  };
  const databaseUrl = secret('databaseUrl');
  const { allowPrivateTargets, send } = deps;
  const { statementTimeoutMs } = options;
  if (databaseUrl !== null) return postgresRoute({ ...place, databaseUrl, allowPrivateTargets, statementTimeoutMs });
  const serviceKey = secret('serviceKey');
  const projectUrl = connection.config['projectUrl'];
  if (serviceKey !== null && typeof projectUrl === 'string')
    return dataApiRoute({ ...place, projectUrl, serviceKey, send });
  throw new SupabaseFailure(
    { kind: 'held', problem: 'supabase_access_denied' },
    'The connection has neither a database URL nor a project URL with its key.',
    null,
  );
}
