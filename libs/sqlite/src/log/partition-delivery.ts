import type { LogRecord, SubscribeOptions } from '@tillstream/event-log';
import { asError, type Clock } from '@tillstream/kernel';
import type { LogReader } from './log-reader.js';
import type { Stream } from './streams.js';

const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 30_000;
const DEFAULT_BATCH = 200;

export interface DeliveryContext {
  readonly options: SubscribeOptions;
  readonly reader: LogReader;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly commitOffset: (stream: Stream, next: number) => Promise<void>;
  readonly onError: (stream: Stream, error: Error, attempt: number) => void;
}

/** Delivers one partition to one group: batch by batch, the same batch again while its handler rejects. */
export class PartitionDelivery {
  lastError: Error | undefined;
  #next: number;
  #stored: number;
  #running: Promise<void> | undefined;
  #storing: Promise<void> | undefined;
  /** Of the last batch, on the monotonic clock. */
  #beganAt = Number.NEGATIVE_INFINITY;
  #endPause: (() => void) | undefined;

  constructor(
    readonly stream: Stream,
    committedOffset: number,
    private readonly context: DeliveryContext,
  ) {
    this.#next = committedOffset;
    this.#stored = committedOffset;
  }

  /** Called after each commit that appended to the partition; nothing runs while there is nothing to deliver. */
  wake(): void {
    if (this.#endPause && this.#isFull()) this.#endPause();
    if (this.#running !== undefined || this.#idle()) return;
    this.#running = this.#deliver().finally(() => {
      this.#running = undefined;
      this.wake();
    });
  }

  async stopped(): Promise<void> {
    await this.#running;
    await this.#storing;
  }

  #idle(): boolean {
    return this.context.signal.aborted || this.#next >= this.stream.committed;
  }

  async #deliver(): Promise<void> {
    await nextTurn();
    while (!this.#idle()) {
      await this.#keepPace();
      if (this.#idle()) return;
      const records = this.#read();
      const last = records.at(-1);
      if (!last || !(await this.#handle(records))) return;
      this.#next = last.offset + 1;
      this.#storing ??= this.#storeOffset();
      await nextTurn();
    }
  }

  #read(): readonly LogRecord[] {
    return this.context.reader.follow(this.stream, this.#next, this.context.options.maxBatch ?? DEFAULT_BATCH);
  }

  async #keepPace(): Promise<void> {
    const { options, clock } = this.context;
    const { paceMs = 0 } = options;
    if (paceMs === 0) return;
    const early = this.#beganAt + paceMs - clock.monotonic();
    if (early > 0 && !this.#isFull()) await this.#pause(early);
    this.#beganAt = clock.monotonic();
  }

  /** Until the time is over, a full batch waits, or the subscription stops. */
  async #pause(ms: number): Promise<void> {
    const { clock, signal } = this.context;
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = () => resolve();
    const cancel = clock.setTimer(ms, end);
    signal.addEventListener('abort', end, { once: true });
    this.#endPause = end;
    await promise;
    this.#endPause = undefined;
    signal.removeEventListener('abort', end);
    cancel();
  }

  #isFull(): boolean {
    return this.stream.committed - this.#next >= (this.context.options.maxBatch ?? DEFAULT_BATCH);
  }

  /** True when the batch was handled, false when the subscription stopped first. */
  async #handle(records: readonly LogRecord[]): Promise<boolean> {
    const { topic, partition } = this.stream;
    const { signal } = this.context;
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        await this.context.options.handler({ topic, partition, records, signal });
        this.lastError = undefined;
        return true;
      } catch (thrown) {
        await this.#failed(thrown, attempt);
      }
    }
    return false;
  }

  /** The next batch does not wait for this: at-least-once delivery allows the stored offset to lag behind. */
  async #storeOffset(): Promise<void> {
    let attempt = 0;
    while (this.#stored < this.#next && !(attempt > 0 && this.context.signal.aborted)) {
      const next = this.#next;
      try {
        await this.context.commitOffset(this.stream, next);
        this.#stored = next;
        attempt = 0;
      } catch (thrown) {
        attempt += 1;
        await this.#failed(thrown, attempt);
      }
    }
    this.#storing = undefined;
  }

  async #failed(thrown: unknown, attempt: number): Promise<void> {
    if (this.context.signal.aborted) return;
    this.lastError = asError(thrown);
    this.context.onError(this.stream, this.lastError, attempt);
    const wait = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(attempt - 1, 20));
    await this.context.clock.sleep(wait, this.context.signal).catch(() => undefined);
  }
}

/** Lets timers, sockets and the other partitions run between two batches. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
