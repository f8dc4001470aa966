import type { LogRecord, SubscribeOptions } from '@tillstream/event-log';
import { asError, type Clock, type CrashPoints } from '@tillstream/kernel';
import type { KafkaMessage } from 'kafkajs';
import { backoffMs } from '../backoff.js';
import { toRecord } from '../records.js';

/** Each batch costs a request and a commit, over a network: more records than on SQLite make up for it. */
const DEFAULT_BATCH = 500;
/** A batch ends early beyond this many bytes of values, so that huge records cannot exhaust memory. */
const BATCH_BYTES = 8 * 1024 * 1024;
/** What may wait here before the partition is paused. */
const BUFFERED_BATCHES = 4;
const BUFFERED_BYTES = 8 * 1024 * 1024;
/** Kafka's answers to a member that is none any more: its partitions belong to somebody else. */
const REFUSED = new Set(['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS', 'FENCED_INSTANCE_ID']);

export type CommitOffset = (next: number) => Promise<void>;

export interface DeliveryContext {
  readonly options: SubscribeOptions;
  readonly topic: string;
  readonly partition: number;
  readonly clock: Clock;
  readonly crash: CrashPoints;
  /** The handler of an earlier assignment of this partition, which must end first. */
  readonly after: Promise<void>;
  readonly onError: (error: Error, attempt: number) => void;
  readonly onRefused: (error: Error) => void;
}

/**
 * One partition for as long as it is assigned: hands out batches, the same one again while its handler rejects, and
 * commits behind what was handled. kafkajs only fills it, so that a slow handler costs neither heartbeats nor the
 * other partitions their turn.
 */
export class PartitionDelivery {
  lastError: Error | undefined;
  readonly #end = new AbortController();
  #lost = false;
  #queue: KafkaMessage[] = [];
  #bytes = 0;
  #fetched: number | undefined;
  #handled: number | undefined;
  #stored: number | undefined;
  #commit: CommitOffset | undefined;
  #running: Promise<void> | undefined;
  #storing: Promise<void> | undefined;
  #beganAt = Number.NEGATIVE_INFINITY;
  #endPause: (() => void) | undefined;
  #drained: (() => void) | undefined;

  constructor(private readonly context: DeliveryContext) {}

  /** Where the next fetch of this assignment continues, undefined before the first one. */
  get fetched(): number | undefined {
    return this.#fetched;
  }

  get isFull(): boolean {
    return this.#queue.length >= BUFFERED_BATCHES * this.#maxBatch || this.#bytes >= BUFFERED_BYTES;
  }

  offer(messages: readonly KafkaMessage[], next: number, commit: CommitOffset): void {
    for (const message of messages) {
      this.#queue.push(message);
      this.#bytes += message.value?.length ?? 0;
    }
    this.#fetched = next;
    this.#commit = commit;
    if (this.#endPause && this.#isBatchFull()) this.#endPause();
    this.#wake();
  }

  /** Calls `resume` once there is room again, or when the assignment ends. */
  whenDrained(resume: () => void): void {
    this.#drained = resume;
    this.#checkDrained();
  }

  /** The partition belongs to somebody else from now on: nothing more is delivered, nothing committed. */
  lose(): void {
    this.#lost = true;
    this.#finish();
  }

  /** Ends in peace: what was handled is still committed. */
  async stop(): Promise<void> {
    this.#finish();
    await this.ended();
  }

  async ended(): Promise<void> {
    await this.context.after;
    await this.#running;
    await this.#storing;
  }

  get #maxBatch(): number {
    return this.context.options.maxBatch ?? DEFAULT_BATCH;
  }

  get #signal(): AbortSignal {
    return this.#end.signal;
  }

  #finish(): void {
    this.#end.abort();
    this.#queue = [];
    this.#checkDrained();
  }

  #checkDrained(): void {
    if (!this.#drained || (this.isFull && !this.#signal.aborted)) return;
    const resume = this.#drained;
    this.#drained = undefined;
    resume();
  }

  #isBatchFull(): boolean {
    return this.#queue.length >= this.#maxBatch;
  }

  #wake(): void {
    if (this.#running || this.#signal.aborted || this.#queue.length === 0) return;
    this.#running = this.#deliver().finally(() => {
      this.#running = undefined;
      this.#wake();
    });
  }

  async #deliver(): Promise<void> {
    await this.context.after;
    while (this.#queue.length > 0 && !this.#signal.aborted) {
      await this.#keepPace();
      if (this.#signal.aborted) return;
      const records = this.#take();
      // Behind the last one waiting the fetch may have passed records that are none of ours (transaction markers).
      const next = this.#queue.length === 0 ? this.#fetched : Number(this.#queue[0]?.offset);
      if (!(await this.#handle(records))) return;
      this.#handled = next;
      this.#storing ??= this.#storeOffset();
    }
  }

  #take(): readonly LogRecord[] {
    const { topic, partition } = this.context;
    let bytes = 0;
    let count = 0;
    while (count < this.#queue.length && count < this.#maxBatch && bytes <= BATCH_BYTES) {
      bytes += this.#queue[count]?.value?.length ?? 0;
      count += 1;
    }
    const taken = this.#queue.splice(0, count);
    this.#bytes -= bytes;
    this.#checkDrained();
    return taken.map((message) => toRecord(topic, partition, message));
  }

  async #keepPace(): Promise<void> {
    const { options, clock } = this.context;
    const { paceMs = 0 } = options;
    if (paceMs === 0) return;
    const early = this.#beganAt + paceMs - clock.monotonic();
    if (early > 0 && !this.#isBatchFull()) await this.#pause(early);
    this.#beganAt = clock.monotonic();
  }

  /** Until the time is over, a full batch waits, or the assignment ends. */
  async #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = () => resolve();
    const cancel = this.context.clock.setTimer(ms, end);
    this.#signal.addEventListener('abort', end, { once: true });
    this.#endPause = end;
    await promise;
    this.#endPause = undefined;
    this.#signal.removeEventListener('abort', end);
    cancel();
  }

  async #handle(records: readonly LogRecord[]): Promise<boolean> {
    const { topic, partition, options } = this.context;
    for (let attempt = 1; !this.#signal.aborted; attempt += 1) {
      try {
        await options.handler({ topic, partition, records, signal: this.#signal });
        this.lastError = undefined;
        return true;
      } catch (thrown) {
        await this.#failed(thrown, attempt);
      }
    }
    return false;
  }

  /** The next batch does not wait for this: at-least-once delivery allows the committed offset to lag behind. */
  async #storeOffset(): Promise<void> {
    const { crash, onRefused } = this.context;
    for (let attempt = 1; this.#handled !== this.#stored && !this.#lost; attempt += 1) {
      const next = this.#handled ?? 0;
      try {
        crash.hit('offset.commit.before');
        await this.#commit?.(next);
        crash.hit('offset.commit.after');
        this.#stored = next;
        attempt = 0;
      } catch (thrown) {
        if (REFUSED.has((thrown as { type?: string }).type ?? '')) {
          onRefused(asError(thrown));
          this.lose();
        } else if (this.#signal.aborted) break;
        else await this.#failed(thrown, attempt);
      }
    }
    this.#storing = undefined;
  }

  async #failed(thrown: unknown, attempt: number): Promise<void> {
    if (this.#signal.aborted) return;
    this.lastError = asError(thrown);
    this.context.onError(this.lastError, attempt);
    await this.context.clock.sleep(backoffMs(attempt), this.#signal).catch(() => undefined);
  }
}
