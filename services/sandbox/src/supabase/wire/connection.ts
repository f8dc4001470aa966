import type { Socket } from 'node:net';
import type { Clock } from '@tillstream/kernel';
import { type FaultInjector, type FaultRule, firedOf } from '../../shared/faults.js';
import type { Engine, TransactionStatus, WireBackend } from '../engine/engine.js';
import type { SupabaseLedger } from '../ledger.js';
import type { SupabaseSwitches } from '../switches.js';
import { BackendWatcher, MessageReader, errorResponse, query, startupKind } from './messages.js';
import { Statements } from './statements.js';

export interface WireContext {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly faults: FaultInjector;
  readonly ledger: SupabaseLedger;
  readonly switches: () => SupabaseSwitches;
  /** Told of every batch's SQL: DDL makes the API's schema cache stale. */
  readonly onStatements: (texts: readonly string[]) => void;
}

/** Messages that end a batch: simple query, Sync, Flush, function call. */
const ENDS_BATCH = new Set(['Q', 'S', 'H', 'F']);
const COPY_DATA = new Set(['d', 'c', 'f']);

/** One client over the wire protocol, from its handshake to its end. */
export class WireConnection {
  readonly #reader = new MessageReader();
  readonly #statements: Statements;
  #waiting: (() => void) | undefined;
  #gone = false;
  #backend: WireBackend | undefined;
  #transactions = 0;

  constructor(
    readonly id: number,
    private readonly socket: Socket,
    private readonly context: WireContext,
  ) {
    this.#statements = new Statements(this.#prefix());
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.#reader.push(chunk);
      this.#wake();
    });
    socket.on('close', () => {
      this.#gone = true;
      this.#wake();
    });
    socket.on('error', () => socket.destroy());
  }

  /** Serves the client until it leaves. Never rejects. */
  async serve(): Promise<void> {
    try {
      const startup = await this.#startup();
      if (startup === undefined) return;
      this.#backend = await this.context.engine.accept(this.socket, startup, () => this.#next());
      if (this.#backend !== undefined) await this.#batches(this.#backend);
    } catch {
      // A client that tears its connection has nothing to be told.
    } finally {
      await this.#backend?.close().catch(() => {});
      this.socket.destroy();
    }
  }

  /** As an administrator ends it: 57P01, then the socket. */
  terminate(): void {
    this.socket.end(errorResponse('FATAL', '57P01', 'terminating connection due to administrator command'));
    this.socket.destroySoon();
  }

  async #startup(): Promise<Buffer | undefined> {
    for (;;) {
      const packet = await this.#take(() => this.#reader.takePacket());
      if (packet === undefined) return undefined;
      const kind = startupKind(packet);
      if (kind === 'startup') return (await this.#mayConnect()) ? packet : undefined;
      if (kind === 'cancel') return undefined;
      // TLS is offered by real projects and needed by none.
      this.socket.write('N');
    }
  }

  /** A paused project and a fault on `CONNECT` turn a client away. */
  async #mayConnect(): Promise<boolean> {
    const fired = this.context.faults.decide({ method: 'CONNECT', path: '', body: '' });
    await this.#delay(fired);
    if (firedOf(fired, 'resetBeforeCommit') !== undefined) return false;
    const refused = firedOf(fired, 'status');
    if (refused === undefined && !this.context.switches().paused) return true;
    const code = refused?.code ?? '57P03';
    this.socket.end(errorResponse('FATAL', code, 'the database system is not accepting connections'));
    return false;
  }

  async #batches(backend: WireBackend): Promise<void> {
    let batch: Buffer[] = [];
    let texts: string[] = [];
    for (let each = await this.#next(); each !== undefined; each = await this.#next()) {
      const type = String.fromCharCode(each[0] ?? 0);
      if (type === 'X') return;
      texts.push(...this.#statements.textsOf(each));
      batch.push(this.#statements.renamed(each));
      if (!ENDS_BATCH.has(type)) continue;
      if (!(await this.#run(backend, Buffer.concat(batch), texts, type === 'H'))) return;
      batch = [];
      texts = [];
    }
  }

  /** False when the connection is over. */
  async #run(backend: WireBackend, batch: Buffer, texts: readonly string[], flushOnly: boolean): Promise<boolean> {
    const { faults, onStatements } = this.context;
    const fired = texts.length === 0 ? [] : faults.decide({ method: 'WIRE', path: texts.join(';\n'), body: '' });
    await this.#delay(fired);
    if (firedOf(fired, 'resetBeforeCommit') !== undefined) {
      this.#log(texts, new BackendWatcher(), 'resetBeforeCommit');
      return false;
    }
    const refused = firedOf(fired, 'status');
    const lost = firedOf(fired, 'dropReplyAfterCommit') !== undefined;
    const watcher = new BackendWatcher();
    const feeding = this.#feedCopy(backend);
    const status = await backend.run(
      refused === undefined ? batch : raise(refused),
      (data) => {
        watcher.push(data);
        if (!lost) this.socket.write(data);
      },
      flushOnly,
    );
    feeding.stop();
    onStatements(texts);
    this.#log(texts, watcher, lost ? 'dropReplyAfterCommit' : refused?.code);
    this.#endOfTransaction(status, flushOnly);
    return !lost;
  }

  /** While a batch runs, COPY data goes straight on; anything else waits for its turn. */
  #feedCopy(backend: WireBackend): { stop(): void } {
    const onData = () => {
      for (;;) {
        const type = this.#reader.peekType();
        if (type === undefined || !COPY_DATA.has(type)) return;
        const data = this.#reader.takeMessage();
        if (data === undefined) return;
        backend.push(data);
      }
    };
    onData();
    this.socket.on('data', onData);
    return { stop: () => this.socket.off('data', onData) };
  }

  #endOfTransaction(status: TransactionStatus, flushOnly: boolean): void {
    if (status !== 'I' || flushOnly) return;
    this.#transactions += 1;
    this.#statements.prefix = this.#prefix();
  }

  #prefix(): string | undefined {
    if (this.context.switches().transactionPooler) return `c${this.id}t${this.#transactions}_`;
    return this.context.engine.sharedSession ? `c${this.id}_` : undefined;
  }

  async #delay(fired: readonly FaultRule[]): Promise<void> {
    const delay = firedOf(fired, 'delay');
    if (delay !== undefined) await this.context.clock.sleep(delay.ms ?? 0);
  }

  #log(texts: readonly string[], watcher: BackendWatcher, fault: string | undefined): void {
    if (texts.length === 0) return;
    this.context.ledger.statements.push({
      at: this.context.clock.now(),
      connection: this.id,
      texts,
      tags: watcher.tags,
      ...(watcher.errorCode === undefined ? {} : { code: watcher.errorCode }),
      ...(fault === undefined ? {} : { fault }),
    });
  }

  #next(): Promise<Buffer | undefined> {
    return this.#take(() => this.#reader.takeMessage());
  }

  async #take(take: () => Buffer | undefined): Promise<Buffer | undefined> {
    for (;;) {
      const found = take();
      if (found !== undefined || this.#gone) return found;
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }

  #wake(): void {
    this.#waiting?.();
    this.#waiting = undefined;
  }
}

/** Work that fails with the rule's code in place of the client's, so that its transaction fails as a real one would. */
function raise(rule: FaultRule): Buffer {
  const code = /^[0-9A-Z]{5}$/u.test(rule.code ?? '') ? rule.code : '57014';
  return query(`do $fault$ begin raise exception 'fault of the sandbox' using errcode = '${code}'; end $fault$`);
}
