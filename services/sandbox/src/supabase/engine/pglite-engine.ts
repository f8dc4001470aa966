import { randomInt } from 'node:crypto';
import type { Socket } from 'node:net';
import type { PGlite } from '@electric-sql/pglite';
import {
  BackendWatcher,
  cString,
  errorResponse,
  int32,
  message,
  query,
  readCString,
  startupParameters,
} from '../wire/messages.js';
import { BOOTSTRAP } from './bootstrap.js';
import type { Engine, MessageSource, Session, TransactionStatus, WireBackend } from './engine.js';
import { Gate } from './gate.js';

const LOGIN = { user: 'postgres', password: 'sandbox-password', database: 'postgres' };

/**
 * PostgreSQL compiled to WebAssembly, in memory: no server needed, but one session for all. Transactions of the API and
 * of wire clients take turns; session settings, temporary tables and advisory locks are shared, and no statement is
 * ever cancelled.
 */
export class PgliteEngine implements Engine {
  readonly cancels = false;
  readonly sharedSession = true;
  readonly login = LOGIN;
  readonly #gate = new Gate();

  private constructor(
    private readonly db: PGlite,
    private readonly version: string,
  ) {}

  static async start(): Promise<PgliteEngine> {
    // Loaded here and not at the top: importing the sandbox must not cost what the WebAssembly costs.
    const { PGlite: Database } = await import('@electric-sql/pglite');
    const db = await Database.create();
    await db.exec(BOOTSTRAP);
    const { rows } = await db.query<{ version: string }>(`select current_setting('server_version') as version`);
    return new PgliteEngine(db, rows[0]?.version ?? '');
  }

  transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#gate.run(() =>
      this.db.transaction((transaction) =>
        work({
          query: async (text, params = []) => {
            const { rows, affectedRows = 0 } = await transaction.query<Record<string, unknown>>(text, [...params]);
            return { rows, affected: affectedRows };
          },
        }),
      ),
    );
  }

  script(text: string): Promise<void> {
    return this.#gate.run(async () => {
      await this.db.exec(text);
    });
  }

  async setReadOnly(on: boolean): Promise<void> {
    await this.script(`set default_transaction_read_only = ${on ? 'on' : 'off'}`);
  }

  async accept(socket: Socket, startup: Buffer, next: MessageSource): Promise<WireBackend | undefined> {
    const user = startupParameters(startup).get('user') ?? '';
    socket.write(message('R', int32(3)));
    const password = await next();
    if (password === undefined) return undefined;
    // The shared pooler wants the project in the user name: `postgres.<ref>`.
    if (user.replace(/\..*$/u, '') !== LOGIN.user || readCString(password, 5).text !== LOGIN.password) {
      socket.end(errorResponse('FATAL', '28P01', `password authentication failed for user "${user}"`));
      return undefined;
    }
    socket.write(this.#greeting());
    return new PgliteBackend(this.db, this.#gate);
  }

  #greeting(): Buffer {
    const parameters = {
      server_version: this.version,
      server_encoding: 'UTF8',
      client_encoding: 'UTF8',
      DateStyle: 'ISO, MDY',
      TimeZone: 'UTC',
      integer_datetimes: 'on',
      standard_conforming_strings: 'on',
    };
    return Buffer.concat([
      message('R', int32(0)),
      ...Object.entries(parameters).map(([name, value]) => message('S', cString(name), cString(value))),
      message('K', int32(randomInt(1, 99_999)), int32(randomInt(1, 99_999))),
      message('Z', Buffer.from('I')),
    ]);
  }

  async close(): Promise<void> {
    await this.#gate.run(() => this.db.close());
  }
}

/** A wire client's share of the one session: it keeps the lock from its BEGIN to its end. */
class PgliteBackend implements WireBackend {
  #release: (() => void) | undefined;

  constructor(
    private readonly db: PGlite,
    private readonly gate: Gate,
  ) {}

  async run(batch: Buffer, onData: (data: Buffer) => void): Promise<TransactionStatus> {
    this.#release ??= await this.gate.acquire();
    const watcher = new BackendWatcher();
    await this.db.runExclusive(() =>
      this.db.execProtocolRawStream(new Uint8Array(batch), {
        onRawData: (data) => {
          // The bytes belong to the WebAssembly memory and are only good until the next call.
          const copy = Buffer.from(data);
          watcher.push(copy);
          onData(copy);
        },
      }),
    );
    // Without ReadyForQuery (a Flush) the extended query is not over: the session stays with this client.
    if (watcher.status === 'I') this.#letGo();
    return watcher.status ?? 'T';
  }

  /** COPY from the client is not possible here. */
  push(): void {}

  async close(): Promise<void> {
    if (this.#release === undefined) return;
    try {
      await this.run(Buffer.concat([message('S'), query('rollback')]), () => {});
    } finally {
      this.#letGo();
    }
  }

  #letGo(): void {
    this.#release?.();
    this.#release = undefined;
  }
}
