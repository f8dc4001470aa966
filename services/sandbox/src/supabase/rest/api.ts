import type { HttpRequest } from '../../shared/http.js';
import type { Engine, Session } from '../engine/engine.js';
import { DbError, RestError } from '../errors.js';
import type { Caller } from '../gateway/authorize.js';
import type { SupabaseSwitches } from '../switches.js';
import { deleteRows, updateRows } from './change.js';
import { type RestContext, unknownTable } from './context.js';
import { insertRows, putRow } from './insert.js';
import { type Preferences, parsePrefer } from './prefer.js';
import { parseQuery } from './query.js';
import { readTable } from './read.js';
import { type RestReply, errorReply, jsonHeaders } from './reply.js';
import { type Call, callFunction, resolveCall, unknownFunction } from './rpc.js';
import { type SchemaCache, loadSchemaCache } from './schema-cache.js';
import { ident } from './sql-text.js';

/** An answer and whether a transaction behind it changed something. */
export interface Worked {
  readonly reply: RestReply;
  readonly wrote: boolean;
}

const PREFIX = '/rest/v1';
const READS = new Set(['GET', 'HEAD']);
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE']);

interface Target {
  readonly kind: 'root' | 'table' | 'function';
  readonly name: string;
}

/** PostgREST over an engine: understands a request, runs it in one transaction under the caller's role. */
export class RestApi {
  #cache: SchemaCache | undefined;
  #stale = true;

  constructor(
    private readonly engine: Engine,
    private readonly switches: () => SupabaseSwitches,
  ) {}

  /** The next request reads the schema anew, as after `NOTIFY pgrst, 'reload schema'`. */
  reloadSchemaCache(): void {
    this.#stale = true;
  }

  /** SQL that ran elsewhere: DDL or a NOTIFY makes the cache stale. */
  noticeStatements(texts: readonly string[]): void {
    const automatic = this.switches().schemaCache === 'auto';
    for (const text of texts) {
      if (/\bpgrst\b/iu.test(text) && /\b(?:notify|pg_notify)\b/iu.test(text)) this.#stale = true;
      if (automatic && /\b(?:create|alter|drop|comment|grant|revoke|do)\b/iu.test(text)) this.#stale = true;
    }
  }

  /** Answers a request that the gateway let through. Never rejects for what a caller can cause. */
  async handle(request: HttpRequest, caller: Caller, cacheLags: boolean): Promise<Worked> {
    try {
      return await this.#work(request, caller, cacheLags);
    } catch (thrown) {
      return { reply: errorReply(thrown, caller.role === 'anon'), wrote: false };
    }
  }

  async #work(request: HttpRequest, caller: Caller, cacheLags: boolean): Promise<Worked> {
    const target = readTarget(request.url.pathname);
    if (!METHODS.has(request.method)) {
      throw new RestError(405, 'PGRST117', `Unsupported HTTP method: ${request.method}`);
    }
    const preferences = parsePrefer(headerText(request.headers['prefer']));
    const single = wantsSingle(headerText(request.headers.accept));
    const schema = this.#schema(request);
    const cache = await this.#currentCache();
    if (target.kind === 'root') return { reply: describe(cache, schema), wrote: false };
    if (cacheLags)
      throw target.kind === 'function'
        ? unknownFunction(schema, target.name, [])
        : unknownTable({ cache, schema }, target.name);
    const base = {
      method: request.method,
      schema,
      cache,
      query: parseQuery(
        request.url.searchParams,
        READS.has(request.method) ? headerText(request.headers['range']) : undefined,
      ),
      preferences,
      single,
      body: request.body,
      maxRows: this.switches().maxRows,
    };
    const call = target.kind === 'function' ? resolveCall(base, target.name) : undefined;
    if (call !== undefined && !READS.has(request.method) && request.method !== 'POST') {
      throw new RestError(405, 'PGRST101', 'Only GET and POST verbs are allowed for RPC');
    }
    return this.#transaction(request, caller, base, target, call);
  }

  #transaction(
    request: HttpRequest,
    caller: Caller,
    base: Omit<RestContext, 'session'>,
    target: Target,
    call: Call | undefined,
  ): Promise<Worked> {
    const readOnly = READS.has(request.method) || (call !== undefined && !call.function.isVolatile);
    const timeout = call?.function.statementTimeout ?? this.#timeoutOf(caller.role, base.cache);
    return this.engine.transaction(async (session) => {
      if (readOnly || this.switches().readOnly) await session.query('set transaction read only');
      await impersonate(session, caller, base, request, timeout);
      const startedAt = performance.now();
      const context = { ...base, session };
      const reply = call === undefined ? await tableWork(context, target.name) : await callFunction(context, call);
      this.#judgeTime(performance.now() - startedAt, timeout);
      return { reply: asRequested(reply, request.method), wrote: readOnly ? false : await hasWritten(session) };
    });
  }

  /** An engine that cannot cancel a statement finds out afterwards that it took too long; the work is rolled back. */
  #judgeTime(tookMs: number, timeout: string): void {
    const limit = milliseconds(timeout);
    if (this.engine.cancels || limit === 0 || tookMs <= limit) return;
    throw new DbError('57014', 'canceling statement due to statement timeout');
  }

  #timeoutOf(role: string, cache: SchemaCache): string {
    const own = cache.roleTimeouts.get(role);
    if (own !== undefined) return own;
    const byRole: Readonly<Record<string, number>> = this.switches().statementTimeoutMs;
    return `${byRole[role] ?? byRole['authenticated'] ?? 8_000}ms`;
  }

  #schema({ method, headers }: HttpRequest): string {
    const { schemas } = this.switches();
    const asked =
      headerText(headers[READS.has(method) ? 'accept-profile' : 'content-profile']) ?? schemas[0] ?? 'public';
    if (schemas.includes(asked)) return asked;
    throw new RestError(
      406,
      'PGRST106',
      `Invalid schema: ${asked}`,
      null,
      `Only the following schemas are exposed: ${schemas.join(', ')}`,
    );
  }

  async #currentCache(): Promise<SchemaCache> {
    if (this.#cache !== undefined && !this.#stale) return this.#cache;
    this.#stale = false;
    this.#cache = await this.engine.transaction(loadSchemaCache);
    return this.#cache;
  }
}

function readTarget(pathname: string): Target {
  const rest = pathname.slice(PREFIX.length).replace(/\/$/u, '');
  if (rest === '') return { kind: 'root', name: '' };
  const [, first = '', second, ...more] = rest.split('/').map(decodeURIComponent);
  if (first === 'rpc' && second !== undefined && more.length === 0) return { kind: 'function', name: second };
  if (second === undefined) return { kind: 'table', name: first };
  throw new RestError(404, 'PGRST125', 'Invalid path specified in request URL');
}

const SINGLE = 'application/vnd.pgrst.object+json';
const ACCEPTED = ['*/*', 'application/*', 'application/json', SINGLE, 'application/vnd.pgrst.array+json', 'text/html'];

function wantsSingle(accept: string | undefined): boolean {
  if (accept === undefined || accept === '') return false;
  const types = accept.split(',').map((part) => part.split(';')[0]?.trim() ?? '');
  if (types[0] === SINGLE) return true;
  if (types.some((type) => ACCEPTED.includes(type))) return false;
  throw new RestError(406, 'PGRST107', `None of these media types are available: ${types.join(', ')}`);
}

async function impersonate(
  session: Session,
  caller: Caller,
  base: Omit<RestContext, 'session'>,
  request: HttpRequest,
  timeout: string,
): Promise<void> {
  const settings: readonly (readonly [string, string])[] = [
    ['statement_timeout', timeout],
    ['timezone', timezoneOf(base.preferences)],
    ['search_path', `${ident(base.schema)}, public`],
    ['request.method', request.method],
    ['request.path', request.url.pathname],
    ['request.jwt.claims', JSON.stringify(caller.claims)],
    ['role', caller.role],
  ];
  const calls = settings.map((_, index) => `set_config($${2 * index + 1}::text, $${2 * index + 2}::text, true)`);
  await session.query(`select ${calls.join(', ')}`, settings.flat());
}

function timezoneOf({ timezone }: Preferences): string {
  return timezone ?? 'UTC';
}

function tableWork(context: RestContext, name: string): Promise<RestReply> {
  switch (context.method) {
    case 'POST':
      return insertRows(context, name);
    case 'PUT':
      return putRow(context, name);
    case 'PATCH':
      return updateRows(context, name);
    case 'DELETE':
      return deleteRows(context, name);
    default:
      return readTable(context, name);
  }
}

/** A transaction gets its number with its first change. */
async function hasWritten(session: Session): Promise<boolean> {
  const { rows } = await session.query('select pg_current_xact_id_if_assigned() is not null as wrote');
  return rows[0]?.['wrote'] === true;
}

function asRequested(reply: RestReply, method: string): RestReply {
  return method === 'HEAD' ? { ...reply, body: '' } : reply;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1_000, min: 60_000, h: 3_600_000 };

/** "8s", "8000ms", "8000": a timeout as PostgreSQL's settings write it; 0 for none. */
function milliseconds(text: string): number {
  const parsed = /^\s*(\d+)\s*(ms|s|min|h)?\s*$/u.exec(text);
  return parsed === null ? 0 : Number(parsed[1]) * (UNITS[parsed[2] ?? ''] ?? 1);
}

/** The root describes the API; here only names. */
function describe(cache: SchemaCache, schema: string): RestReply {
  const tables = [...cache.tables.values()].filter((table) => table.schema === schema);
  const functions = [...cache.functions.values()].flat().filter((each) => each.schema === schema);
  const paths = [...tables.map(({ name }) => `/${name}`), ...functions.map(({ name }) => `/rpc/${name}`)];
  const body = {
    swagger: '2.0',
    info: { title: 'standard public schema', version: '14.5' },
    paths: Object.fromEntries(['/', ...paths].map((path) => [path, {}])),
  };
  return { status: 200, headers: jsonHeaders(false), body: JSON.stringify(body) };
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(',') : value;
}
