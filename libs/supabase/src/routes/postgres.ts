import { asError, TillstreamError } from '@tillstream/kernel';
import pg from 'pg';
import { refusal, SupabaseFailure } from '../domain/classify.js';
import { type SchemaPlace, schemaSql } from '../domain/schema/index.js';
import { qualified } from '../domain/schema/tables.js';
import { type DatabaseAddress, guardedSocket, parseDatabaseUrl } from './database-address.js';
import {
  type AppliedRecord,
  batchJson,
  type CurrentRow,
  inOrder,
  type SchemaState,
  type SupabaseRoute,
} from './port.js';

export interface PostgresOptions extends SchemaPlace {
  readonly databaseUrl: string;
  readonly allowPrivateTargets: boolean;
  /** Longest single statement, ms (real time: the server counts it). Default 8 s, as the Data API has it. */
  readonly statementTimeoutMs?: number;
  /** Connections; Supabase's smallest plan has 15 in its pooler for everybody. Default 4. */
  readonly connections?: number;
}

const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 30_000;
/** Building an index of an old project may take a while. */
const INSTALL_TIMEOUT_MS = 120_000;

/**
 * A PostgreSQL connection, direct or by a pooler. Nothing outlives a transaction (no named statements, no session
 * settings, no session locks), so that a transaction pooler will do. An answer that got lost is unknown; the call is
 * simply repeated.
 */
export function postgresRoute(options: PostgresOptions): SupabaseRoute {
  const pool = openPool(options);
  const timeoutMs = options.statementTimeoutMs ?? 8_000;
  const value = async (name: string, argument: string | null, ms = timeoutMs): Promise<unknown> => {
    const text = `select ${qualified(options, name)}(${argument === null ? '' : '$1::jsonb'}) as answer`;
    return inTransaction(pool, ms, async (client) => {
      const { rows } = await client.query<{ answer: unknown }>(text, argument === null ? [] : [argument]);
      return rows[0]?.answer;
    });
  };
  return {
    kind: 'postgres',
    apply: async (items) => (await value('apply', batchJson(items))) as readonly AppliedRecord[],
    read: async (keys) => {
      const asked = keys.map((key, index) => ({ index, ...key }));
      const found = await value('read', JSON.stringify(asked));
      return inOrder(found as readonly { index: number; row: CurrentRow }[], keys.length);
    },
    check: async () => (await value('check', null)) as SchemaState,
    // The script brings its own transaction and advisory lock.
    install: () =>
      withClient(pool, async (client) => {
        await client.query(
          `begin; set local statement_timeout = ${INSTALL_TIMEOUT_MS};${withoutBegin(schemaSql(options))}`,
        );
      }),
    close: () => pool.end(),
  };
}

const withoutBegin = (sql: string): string => sql.replace('\nbegin;\n', '\n');

function openPool(options: PostgresOptions): pg.Pool {
  const address = parseDatabaseUrl(options.databaseUrl);
  const { host, port, database, user, password } = address;
  const pool = new pg.Pool({
    host,
    port,
    database,
    user,
    password,
    ssl: tlsOptions(address),
    stream: () => guardedSocket(options.allowPrivateTargets),
    max: options.connections ?? 4,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    allowExitOnIdle: true,
    application_name: 'tillstream',
  });
  // An idle connection that breaks (maintenance, restart) is simply replaced by the next call.
  pool.on('error', () => {});
  return pool;
}

function tlsOptions({ tls, host }: DatabaseAddress) {
  if (tls === 'off') return false;
  return { rejectUnauthorized: tls === 'verified', servername: host };
}

function inTransaction<T>(pool: pg.Pool, timeoutMs: number, run: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return withClient(pool, async (client) => {
    await client.query(`begin; set local statement_timeout = ${timeoutMs}`);
    const result = await run(client);
    await client.query('commit');
    return result;
  });
}

/** A connection that saw an error is closed: whatever it was in the middle of ends with it. */
async function withClient<T>(pool: pg.Pool, run: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  let client: pg.PoolClient | null = null;
  const onError = () => {};
  try {
    client = await pool.connect();
    client.on('error', onError);
    const result = await run(client);
    client.removeListener('error', onError);
    client.release();
    return result;
  } catch (thrown) {
    client?.release(true);
    throw failureOf(thrown);
  }
}

function failureOf(thrown: unknown): SupabaseFailure {
  if (thrown instanceof SupabaseFailure) return thrown;
  if (thrown instanceof pg.DatabaseError) {
    return refusal({ code: thrown.code ?? null, httpStatus: null, message: thrown.message });
  }
  if (thrown instanceof TillstreamError) {
    return new SupabaseFailure({ kind: 'held', problem: 'supabase_access_denied' }, thrown.message, null);
  }
  return refusal({ code: null, httpStatus: null, message: `no answer from the database: ${asError(thrown).message}` });
}
