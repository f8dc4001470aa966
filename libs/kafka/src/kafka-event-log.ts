import type {
  AppendedPosition,
  EventLog,
  LogRecord,
  RecordToAppend,
  SubscribeOptions,
  Subscription,
  TailOptions,
} from '@tillstream/event-log';
import { type Clock, type CrashPoints, InvariantError } from '@tillstream/kernel';
import type { Logger } from '@tillstream/observability';
import type { Admin, Kafka, Producer } from 'kafkajs';
import { Appender } from './appender.js';
import { GroupSubscription } from './delivery/group-subscription.js';
import { closedError, logError } from './errors.js';
import type { Reader } from './reader.js';
import { Tail } from './tail.js';
import type { TopicNames } from './topics.js';

export interface KafkaEventLogParts {
  readonly kafka: Kafka;
  readonly producer: Producer;
  readonly admin: Admin;
  readonly names: TopicNames;
  readonly reader: Reader;
  readonly newReader: () => Reader;
  readonly clock: Clock;
  readonly crash: CrashPoints;
  readonly logger: Logger;
  readonly sessionTimeoutMs: number;
}

/** The EventLog on Kafka. Everything above the port stays as it is on SQLite. */
export class KafkaEventLog implements EventLog {
  readonly #appender: Appender;
  readonly #subscriptions = new Map<string, GroupSubscription>();
  readonly #tails = new Set<Tail>();
  #closed = false;

  constructor(private readonly parts: KafkaEventLogParts) {
    this.#appender = new Appender(parts.producer, parts.names);
  }

  async append(records: readonly RecordToAppend[]): Promise<readonly AppendedPosition[]> {
    this.#open();
    if (records.length === 0) return [];
    this.parts.crash.hit('log.append.before');
    const positions = await this.#appender.append(records);
    this.parts.crash.hit('log.append.after');
    return positions;
  }

  /** Resolves before the group is joined: until then `lastError` says `log_joining`, or what keeps it from joining. */
  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    this.#open();
    const { names, kafka, clock, crash, logger, sessionTimeoutMs } = this.parts;
    for (const topic of options.topics) names.partitions(topic);
    if (this.#subscriptions.has(options.group)) {
      throw new InvariantError('already_subscribed', `group ${options.group} already follows topics in this process`);
    }
    const onStopped = () => void this.#subscriptions.delete(options.group);
    const context = { names, kafka, clock, crash, logger, sessionTimeoutMs, onStopped };
    const subscription = new GroupSubscription(options, context);
    this.#subscriptions.set(options.group, subscription);
    return subscription;
  }

  async tail(options: TailOptions): Promise<Subscription> {
    this.#open();
    for (const topic of options.topics) this.parts.names.partitions(topic);
    const tail = await failing(Tail.start(options, this.parts.newReader()));
    this.#tails.add(tail);
    return tail;
  }

  async read(topic: string, partition: number, fromOffset: number, limit: number): Promise<readonly LogRecord[]> {
    this.#open();
    this.parts.names.check(topic, partition);
    return failing(this.parts.reader.read(topic, partition, fromOffset, limit));
  }

  async endOffsets(topic: string): Promise<readonly number[]> {
    this.#open();
    return failing(this.parts.reader.ends(topic));
  }

  async committedOffsets(group: string, topic: string): Promise<readonly number[]> {
    this.#open();
    const { admin, names } = this.parts;
    const length = names.partitions(topic);
    const [answer] = await failing(
      admin.fetchOffsets({ groupId: names.onCluster(group), topics: [names.onCluster(topic)] }),
    );
    const offsets = new Map(answer?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    return Array.from({ length }, (_, partition) => Math.max(0, offsets.get(partition) ?? 0));
  }

  /** Stops subscriptions (waiting for running handlers), sends what is queued, closes the connections. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { producer, admin, reader } = this.parts;
    await Promise.all([...this.#subscriptions.values(), ...this.#tails].map((each) => each.stop()));
    await this.#appender.close();
    await Promise.all([producer.disconnect(), admin.disconnect(), reader.close()].map((each) => each.catch(() => {})));
  }

  #open(): void {
    if (this.#closed) throw closedError();
  }
}

async function failing<R>(work: Promise<R>): Promise<R> {
  try {
    return await work;
  } catch (thrown) {
    throw logError(thrown);
  }
}
