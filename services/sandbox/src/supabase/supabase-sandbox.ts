import type { Clock } from '@tillstream/kernel';
import { FaultInjector, type FaultRule } from '../shared/faults.js';
import {
  LOOPBACK,
  type HttpReply,
  type HttpRequest,
  type Reach,
  type RunningServer,
  startHttp,
} from '../shared/http.js';
import { SupabaseControl } from './control.js';
import { controlApi } from './control-api.js';
import type { Engine } from './engine/engine.js';
import { PgliteEngine } from './engine/pglite-engine.js';
import { afterCommit, beforeCommit, cacheLags, htmlReply } from './fault-effects.js';
import { type Caller, authorize, gatewayReply } from './gateway/authorize.js';
import { ProjectKeys } from './gateway/keys.js';
import { SupabaseLedger } from './ledger.js';
import { RestApi, type Worked } from './rest/api.js';
import { type RestReply, errorReply } from './rest/reply.js';
import { DEFAULT_SWITCHES, type SupabaseSwitches } from './switches.js';
import { type WireServer, startWire } from './wire/server.js';

export interface SupabaseSandboxOptions extends Reach {
  readonly clock: Clock;
  /** PGlite in memory (default), or an existing PostgreSQL: the URL of a superuser, without TLS. */
  readonly engine?: 'pglite' | { readonly databaseUrl: string };
  /** Data API; 0 (default) picks a free port. */
  readonly port?: number;
  /** Wire protocol; 0 (default) picks a free port. */
  readonly databasePort?: number;
  readonly faults?: readonly FaultRule[];
  readonly faultSeed?: number;
  readonly switches?: Partial<SupabaseSwitches>;
  /** SQL that ran before any client came. */
  readonly setup?: string;
}

export const SANDBOX_SECRET_KEY = 'sb_secret_sandboxsandboxsandbox_00000000';
export const SANDBOX_PUBLISHABLE_KEY = 'sb_publishable_sandboxsandboxsandbox_00000000';
const JWT_SECRET = 'sandbox-jwt-secret-with-at-least-32-characters';

/** The edge gives up on requests whose address and headers reach this many bytes. */
const EDGE_LIMIT = 16 * 1024;
/** What Node takes before it answers 431 itself: more than the edge's limit, so that the edge can answer. */
const HEADER_ROOM = 256 * 1024;

/**
 * A Supabase project: the Data API below `<projectUrl>/rest/v1` and PostgreSQL's wire protocol at `databaseUrl`, both
 * over one real database; `control` for whoever runs the test.
 */
export class SupabaseSandbox {
  readonly control: SupabaseControl;
  readonly #switches: { value: SupabaseSwitches };
  readonly #keys: ProjectKeys;
  readonly #faults: FaultInjector;
  readonly #ledger = new SupabaseLedger();
  readonly #api: RestApi;
  #http: RunningServer | undefined;
  #wire: WireServer | undefined;

  private constructor(
    private readonly options: SupabaseSandboxOptions,
    private readonly engine: Engine,
  ) {
    this.#switches = { value: { ...DEFAULT_SWITCHES, ...options.switches } };
    this.#keys = new ProjectKeys(JWT_SECRET, [
      { value: SANDBOX_SECRET_KEY, kind: 'secret', role: 'service_role' },
      { value: SANDBOX_PUBLISHABLE_KEY, kind: 'publishable', role: 'anon' },
    ]);
    this.#faults = new FaultInjector({
      rules: options.faults ?? [],
      seed: options.faultSeed ?? 1,
      now: () => options.clock.now(),
    });
    this.#api = new RestApi(engine, () => this.#switches.value);
    this.control = new SupabaseControl({
      engine,
      api: this.#api,
      keys: this.#keys,
      faults: this.#faults,
      ledger: this.#ledger,
      wire: () => this.#wire,
      switches: this.#switches,
    });
  }

  static async start(options: SupabaseSandboxOptions): Promise<SupabaseSandbox> {
    const engine = await startEngine(options.engine ?? 'pglite');
    const sandbox = new SupabaseSandbox(options, engine);
    await sandbox.#listen();
    return sandbox;
  }

  /** The project's address; the Data API lies below `<projectUrl>/rest/v1`. */
  get projectUrl(): string {
    return this.#http?.url ?? '';
  }

  /** A secret key: goes into the `apikey` header alone. */
  get serviceKey(): string {
    return SANDBOX_SECRET_KEY;
  }

  get publishableKey(): string {
    return SANDBOX_PUBLISHABLE_KEY;
  }

  /** The service role's JWT of old: `apikey` and `Authorization: Bearer`. */
  get legacyServiceKey(): string {
    return this.#keys.first('legacy', 'service_role') ?? '';
  }

  get legacyAnonKey(): string {
    return this.#keys.first('legacy', 'anon') ?? '';
  }

  /** PostgreSQL over the wire, as owner of the database; faults on `WIRE` and `CONNECT` apply. */
  get databaseUrl(): string {
    const { user, password, database } = this.engine.login;
    const host = this.options.advertisedHost ?? LOOPBACK;
    const credentials = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
    return `postgresql://${credentials}@${host}:${this.#wire?.port ?? 0}/${database}`;
  }

  async close(): Promise<void> {
    await this.#http?.close();
    await this.#wire?.close();
    await this.engine.close();
  }

  async #listen(): Promise<void> {
    const { clock, setup, port = 0, databasePort = 0 } = this.options;
    if (this.#switches.value.readOnly) await this.engine.setReadOnly(true);
    if (setup !== undefined) await this.control.sql(setup);
    this.#http = await startHttp((request) => this.#handle(request), port, {
      ...this.options,
      maxHeaderBytes: HEADER_ROOM,
    });
    this.#wire = await startWire(
      {
        engine: this.engine,
        clock,
        faults: this.#faults,
        ledger: this.#ledger,
        switches: () => this.#switches.value,
        onStatements: (texts) => this.#api.noticeStatements(texts),
      },
      databasePort,
      this.options.host,
    );
  }

  async #handle(request: HttpRequest): Promise<HttpReply> {
    if (request.url.pathname.startsWith('/__sandbox/')) return controlApi(this.control, request);
    const countHangUp = () => {
      this.#ledger.hangUps += 1;
    };
    request.gone.addEventListener('abort', countHangUp);
    try {
      return await this.#answer(request);
    } finally {
      // A connection that is destroyed by a fault from here on is no caller who left.
      request.gone.removeEventListener('abort', countHangUp);
    }
  }

  async #answer(request: HttpRequest): Promise<HttpReply> {
    const path = `${request.url.pathname}${withoutKey(request.url)}`;
    const fired = this.#faults.decide({ method: request.method, path, body: request.body });
    const early = await beforeCommit(this.options.clock, request.gone, fired);
    if (early !== undefined) return this.#finish(request, path, null, idle(early), early);
    const caller = this.#caller(request);
    if ('status' in caller) return this.#finish(request, path, null, { reply: caller, wrote: false }, caller);
    const { latencyMs } = this.#switches.value;
    if (latencyMs > 0) await this.options.clock.sleep(latencyMs);
    const done = await this.#api.handle(request, caller, cacheLags(fired));
    const answered = await afterCommit(this.options.clock, fired, done.reply);
    return this.#finish(request, path, caller.role, done, answered);
  }

  /** Whom the gateway lets through as what; else its refusal. */
  #caller(request: HttpRequest): Caller | RestReply {
    const switches = this.#switches.value;
    if (switches.paused) return gatewayReply(540, 'Project paused');
    if (sizeOf(request) >= EDGE_LIMIT) return htmlReply(520);
    if (!/^\/rest\/v1(?:\/|$)/u.test(request.url.pathname))
      return gatewayReply(404, 'no Route matched with those values');
    try {
      const queryKey = request.url.searchParams.get('apikey');
      return authorize(this.#keys, request.headers, queryKey, switches, this.options.clock.now());
    } catch (thrown) {
      return errorReply(thrown, true);
    }
  }

  #finish(
    request: HttpRequest,
    path: string,
    role: string | null,
    { reply, wrote }: Worked,
    answered: RestReply | 'drop',
  ): HttpReply {
    this.#ledger.requests.push({
      at: this.options.clock.now(),
      method: request.method,
      path,
      role,
      status: reply.status,
      answered: answered === 'drop' ? 0 : answered.status,
      ...(reply.code === undefined ? {} : { code: reply.code }),
      ...(reply.rows === undefined ? {} : { rows: reply.rows }),
      wrote,
    });
    if (answered === 'drop') return 'drop';
    return { status: answered.status, headers: answered.headers, body: answered.body };
  }
}

async function startEngine(engine: NonNullable<SupabaseSandboxOptions['engine']>): Promise<Engine> {
  if (engine === 'pglite') return PgliteEngine.start();
  const { PostgresEngine } = await import('./engine/postgres-engine.js');
  return PostgresEngine.start(engine.databaseUrl);
}

function idle(early: RestReply | 'drop'): Worked {
  return { reply: early === 'drop' ? { status: 0, headers: {}, body: '' } : early, wrote: false };
}

function sizeOf({ url, headers }: HttpRequest): number {
  const lines = Object.entries(headers).map(([name, value]) => name.length + String(value).length + 4);
  return url.pathname.length + url.search.length + lines.reduce((total, length) => total + length, 0);
}

/** Keys never reach the log, also not a sandbox's. */
function withoutKey(url: URL): string {
  const kept = new URLSearchParams([...url.searchParams].filter(([name]) => name !== 'apikey'));
  const text = kept.toString();
  return text === '' ? '' : `?${decodeURIComponent(text.replaceAll('+', ' '))}`;
}
