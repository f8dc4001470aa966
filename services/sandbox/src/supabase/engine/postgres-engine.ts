import { type Socket, connect } from 'node:net';
import pg from 'pg';
import { MessageReader, message } from '../wire/messages.js';
import { BOOTSTRAP } from './bootstrap.js';
import type { Engine, MessageSource, Session, TransactionStatus, WireBackend } from './engine.js';

/** PostgREST's own pool: how many requests work at once, and how long one waits for its turn. */
const POOL = { max: 10, connectionTimeoutMillis: 10_000 };

/** An existing PostgreSQL, reached by the URL of a superuser without TLS. Its database is used as it is. */
export class PostgresEngine implements Engine {
  readonly cancels = true;
  readonly sharedSession = false;
  readonly login: Engine['login'];

  private constructor(
    private readonly url: URL,
    private readonly pool: pg.Pool,
  ) {
    this.login = {
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      database: url.pathname.slice(1),
    };
  }

  static async start(databaseUrl: string): Promise<PostgresEngine> {
    const pool = new pg.Pool({ connectionString: databaseUrl, ...POOL });
    // A server that goes away ends idle connections; the next request finds out by itself.
    pool.on('error', () => {});
    const engine = new PostgresEngine(new URL(databaseUrl), pool);
    await engine.script(BOOTSTRAP);
    return engine;
  }

  async transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('begin');
      const result = await work({
        query: async (text, params = []) => {
          const { rows, rowCount } = await client.query<Record<string, unknown>>(text, [...params]);
          return { rows, affected: rowCount ?? 0 };
        },
      });
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch((thrown: unknown) => {
        broken = thrown instanceof Error ? thrown : new Error(String(thrown));
      });
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async script(text: string): Promise<void> {
    await this.pool.query(text);
  }

  /** Sessions that are open already keep their setting, as on a full disk. */
  async setReadOnly(on: boolean): Promise<void> {
    const { rows } = await this.pool.query<{ name: string }>('select quote_ident(current_database()) as name');
    await this.pool.query(`alter database ${rows[0]?.name} set default_transaction_read_only = ${on ? 'on' : 'off'}`);
  }

  /** The handshake is the real server's own. */
  async accept(client: Socket, startup: Buffer, next: MessageSource): Promise<WireBackend | undefined> {
    const upstream = connect(Number(this.url.port || 5432), this.url.hostname);
    upstream.setNoDelay(true);
    upstream.on('error', () => client.destroy());
    const backend = new ProxiedBackend(upstream);
    return (await backend.handshake(client, startup, next)) ? backend : undefined;
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}

/** Authentication requests after which the server waits for the client: password, MD5, SASL and its second step. */
const WANTS_ANSWER: ReadonlySet<number> = new Set([3, 5, 10, 11]);

/** A connection to the real server behind a client's one. */
class ProxiedBackend implements WireBackend {
  #onData: (data: Buffer) => void = () => {};
  #onReady: ((status: TransactionStatus | undefined) => void) | undefined;
  #onAuthentication: (() => void) | undefined;
  readonly #reader = new MessageReader();

  constructor(private readonly upstream: Socket) {
    upstream.on('data', (data: Buffer) => {
      this.#onData(data);
      this.#reader.push(data);
      for (let each = this.#reader.takeMessage(); each !== undefined; each = this.#reader.takeMessage())
        this.#see(each);
    });
    upstream.on('close', () => this.#ready(undefined));
  }

  /** Passes messages both ways until the server is ready; false when it refused. */
  async handshake(client: Socket, startup: Buffer, next: MessageSource): Promise<boolean> {
    this.#onData = (data) => client.write(data);
    this.#onAuthentication = () => {
      void next().then((answer) => (answer === undefined ? this.upstream.destroy() : this.upstream.write(answer)));
    };
    const ready = this.#whenReady();
    this.upstream.write(startup);
    const accepted = (await ready) !== undefined;
    this.#onAuthentication = undefined;
    if (!accepted) client.end();
    return accepted;
  }

  async run(batch: Buffer, onData: (data: Buffer) => void, flushOnly = false): Promise<TransactionStatus> {
    this.#onData = onData;
    const ready = flushOnly ? undefined : this.#whenReady();
    this.upstream.write(batch);
    return (await ready) ?? 'T';
  }

  push(data: Buffer): void {
    this.upstream.write(data);
  }

  close(): Promise<void> {
    this.upstream.end(message('X'));
    return Promise.resolve();
  }

  #whenReady(): Promise<TransactionStatus | undefined> {
    return new Promise((resolve) => {
      this.#onReady = resolve;
    });
  }

  #see(backend: Buffer): void {
    const type = String.fromCharCode(backend[0] ?? 0);
    if (type === 'Z') this.#ready(String.fromCharCode(backend[5] ?? 0) as TransactionStatus);
    if (type === 'R' && WANTS_ANSWER.has(backend.readInt32BE(5))) this.#onAuthentication?.();
  }

  #ready(status: TransactionStatus | undefined): void {
    this.#onReady?.(status);
    this.#onReady = undefined;
  }
}
