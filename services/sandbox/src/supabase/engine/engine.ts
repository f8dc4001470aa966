import type { Socket } from 'node:net';

export interface SqlResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly affected: number;
}

/** One database session inside a transaction. Parameters are texts: cast them in the statement. */
export interface Session {
  query(text: string, params?: readonly string[]): Promise<SqlResult>;
}

/** Status of a session after a batch of messages: idle, in a transaction, in a failed one. */
export type TransactionStatus = 'I' | 'T' | 'E';

/** The other end of a client's connection over the wire protocol, after its startup. */
export interface WireBackend {
  /**
   * Hands over whole messages; resolves with the status once the backend is ready for the next. A batch that ends with
   * a Flush instead of a Sync (`flushOnly`) leaves it in the middle of an extended query.
   */
  run(batch: Buffer, onData: (data: Buffer) => void, flushOnly?: boolean): Promise<TransactionStatus>;
  /** COPY data while a batch runs. */
  push(data: Buffer): void;
  /** Ends the session; an open transaction is rolled back. */
  close(): Promise<void>;
}

/** The PostgreSQL under the sandbox. */
export interface Engine {
  /** Whether statement timeouts end a statement by themselves; if not, the API judges by the time it took. */
  readonly cancels: boolean;
  /** Names of prepared statements are shared by all connections and must be kept apart. */
  readonly sharedSession: boolean;
  /** Commits when `work` resolves, rolls back when it rejects. Driver errors pass through (`asDbError`). */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** Several statements at once, outside any transaction of the API. */
  script(text: string): Promise<void>;
  /** Serves the handshake of a client that said who it is, then gives its backend. Undefined: refused and closed. */
  accept(socket: Socket, startup: Buffer, reader: MessageSource): Promise<WireBackend | undefined>;
  /** Every transaction from now on is read-only, or no longer. */
  setReadOnly(on: boolean): Promise<void>;
  /** Credentials and database for URLs handed to clients. */
  readonly login: { readonly user: string; readonly password: string; readonly database: string };
  close(): Promise<void>;
}

/** The next whole message of a client during its handshake; undefined when it hung up. */
export type MessageSource = () => Promise<Buffer | undefined>;
