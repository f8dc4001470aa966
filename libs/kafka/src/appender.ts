import type { AppendedPosition, RecordToAppend } from '@tillstream/event-log';
import { PermanentError, TransientError } from '@tillstream/kernel';
import type { Message, Producer, RecordMetadata } from 'kafkajs';
import { backoffMs } from './backoff.js';
import { closedError, logError } from './errors.js';
import { MAX_RECORD_BYTES, type TopicNames } from './topics.js';

/**
 * Most bytes of one request, unless a single record is larger. Partitions that wait for one answer go on together: with
 * much larger requests all of them would wait for the broker, and then the broker for all of them. kafkajs copies a
 * request several times, too.
 */
const REQUEST_BYTES = 1024 * 1024;
/** What a record needs besides key, value and headers, generously. */
const RECORD_OVERHEAD = 128;

/** How long an append waits for a cluster that is away before it is refused. */
const PATIENCE_MS = 30_000;
const LONGEST_PAUSE_MS = 1000;

interface Queued {
  readonly topic: string;
  readonly partition: number;
  readonly message: Message;
  readonly bytes: number;
  readonly call: AppendCall;
  /** Place among the records of its call. */
  readonly index: number;
}

/** One call of `append`: its records may go out in several requests. */
interface AppendCall {
  readonly positions: AppendedPosition[];
  open: number;
  readonly resolve: (positions: readonly AppendedPosition[]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Appends with ONE request under way: what is appended meanwhile goes out together in the next. That keeps the order
 * of a key also when a request is repeated, without kafkajs' idempotent producer (ADR 0014), and makes many small
 * appends as cheap as one large.
 */
export class Appender {
  #queue: Queued[] = [];
  #sending: Promise<void> | undefined;
  #closed = false;

  constructor(
    private readonly producer: Producer,
    private readonly names: TopicNames,
  ) {}

  /** Wrong topics and oversize records are refused before anything is sent. */
  async append(records: readonly RecordToAppend[]): Promise<readonly AppendedPosition[]> {
    if (this.#closed) throw closedError();
    if (records.length === 0) return [];
    const { promise, resolve, reject } = Promise.withResolvers<readonly AppendedPosition[]>();
    const call: AppendCall = { positions: [], open: records.length, resolve, reject };
    const queued = records.map((record, index) => this.#prepare(record, call, index));
    for (const each of queued) this.#queue.push(each);
    this.#sending ??= this.#send();
    return promise;
  }

  /** Resolves when everything appended before is durable or refused. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#sending;
  }

  #prepare({ topic, key, value, headers }: RecordToAppend, call: AppendCall, index: number): Queued {
    const partition = this.names.forKey(topic, key);
    const bytes =
      Buffer.byteLength(value) + Buffer.byteLength(key) + RECORD_OVERHEAD + (headers ? headerBytes(headers) : 0);
    if (bytes > MAX_RECORD_BYTES) {
      throw new PermanentError(
        'record_too_large',
        `a record for ${topic} has ${bytes} bytes, at most ${MAX_RECORD_BYTES}`,
      );
    }
    return {
      topic,
      partition,
      bytes,
      message: headers ? { key, value, partition, headers: { ...headers } } : { key, value, partition },
      call,
      index,
    };
  }

  async #send(): Promise<void> {
    // The rest of this turn may append more.
    await Promise.resolve();
    while (this.#queue.length > 0) await this.#sendRequest(this.#take());
    this.#sending = undefined;
  }

  #take(): readonly Queued[] {
    let bytes = 0;
    const over = this.#queue.findIndex((each, index) => {
      bytes += each.bytes;
      return index > 0 && bytes > REQUEST_BYTES;
    });
    const taken = over === -1 ? this.#queue : this.#queue.slice(0, over);
    this.#queue = over === -1 ? [] : this.#queue.slice(over);
    return taken;
  }

  /**
   * kafkajs stops repeating as soon as no broker can be reached, however many retries it is given: the request is
   * repeated here until the cluster is back or the patience is over. Nothing else is sent meanwhile, so order is kept.
   */
  async #sendRequest(queued: readonly Queued[]): Promise<void> {
    const byTopic = Map.groupBy(queued, ({ topic }) => topic);
    const topicMessages = [...byTopic].map(([topic, each]) => ({
      topic: this.names.onCluster(topic),
      messages: each.map(({ message }) => message),
    }));
    const end = performance.now() + PATIENCE_MS;
    for (let attempt = 1; ; attempt += 1) {
      try {
        settle(queued, await this.producer.sendBatch({ acks: -1, topicMessages }), this.names);
        return;
      } catch (thrown) {
        const error = logError(thrown);
        const again = error instanceof TransientError && performance.now() < end && !this.#closed;
        if (!again) {
          for (const { call } of queued) call.reject(error);
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, backoffMs(attempt, LONGEST_PAUSE_MS)));
      }
    }
  }
}

/** The broker answers with the first offset per partition; the records of a request lie behind each other there. */
function settle(queued: readonly Queued[], answers: readonly RecordMetadata[], names: TopicNames): void {
  const next = new Map(
    answers.map(({ topicName, partition, baseOffset }) => [
      `${names.fromCluster(topicName)}/${partition}`,
      Number(baseOffset),
    ]),
  );
  for (const { topic, partition, call, index } of queued) {
    const key = `${topic}/${partition}`;
    const offset = next.get(key) ?? -1;
    next.set(key, offset + 1);
    call.positions[index] = { partition, offset };
    call.open -= 1;
    if (call.open === 0) call.resolve(call.positions);
  }
}

function headerBytes(headers: Readonly<Record<string, string>>): number {
  return Object.entries(headers).reduce((sum, [name, text]) => sum + Buffer.byteLength(name + text) + 10, 0);
}
