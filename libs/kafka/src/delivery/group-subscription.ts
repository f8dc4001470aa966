import type { Assignment, SubscribeOptions, Subscription } from '@tillstream/event-log';
import { type Clock, type CrashPoints, TransientError } from '@tillstream/kernel';
import type { Logger } from '@tillstream/observability';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { backoffMs } from '../backoff.js';
import { BRIEF_RETRY } from '../client/connection.js';
import { logError } from '../errors.js';
import type { TopicNames } from '../topics.js';
import { AssignmentNotice } from './assignment-notice.js';
import { PartitionDelivery } from './partition-delivery.js';
import { samePartitions } from './same-partitions.js';

export interface SubscriptionContext {
  readonly kafka: Kafka;
  readonly names: TopicNames;
  readonly clock: Clock;
  readonly crash: CrashPoints;
  readonly logger: Logger;
  readonly sessionTimeoutMs: number;
  readonly onStopped: () => void;
}

/** How long a fetch waits for records: bounds how fast a stop and the return of a paused partition are. */
const LONG_POLL_MS = 500;
/** A partition whose buffer stays full this long is paused; shorter, its fetch just waits. */
const ROOM_MS = 250;
const LONGEST_RESTART_MS = 5000;
const LEAVE_MS = 10_000;

/**
 * One member of a consumer group. kafkajs joins, fetches and beats; PartitionDelivery hands out and commits. A crash of
 * the kafkajs consumer shows in `lastError` and a new one is started, again and again.
 */
export class GroupSubscription implements Subscription {
  readonly #stop = new AbortController();
  readonly #deliveries = new Map<string, PartitionDelivery>();
  /** Where fetches of the assignment before this one went on: a late answer to one of them must not be taken. */
  readonly #late = new Map<string, number>();
  #consumer: Consumer | undefined;
  #problem: Error | undefined = new TransientError('log_joining', 'the consumer has not joined its group yet');
  #attempt = 0;
  readonly #notice: AssignmentNotice;
  readonly #running: Promise<void>;
  #stopped: Promise<void> | undefined;

  constructor(
    private readonly options: SubscribeOptions,
    private readonly context: SubscriptionContext,
  ) {
    const { clock, logger } = context;
    const { group, onAssigned } = options;
    this.#notice = new AssignmentNotice({
      onAssigned,
      clock,
      signal: this.#stop.signal,
      onError: (error, attempt) =>
        logger.warn({ group, attempt, error: error.message }, 'assignment not taken over, it is told again'),
    });
    this.#running = this.#run();
  }

  get lastError(): Error | undefined {
    for (const delivery of this.#deliveries.values()) if (delivery.lastError) return delivery.lastError;
    return this.#notice.lastError ?? this.#problem;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#drain();
    return this.#stopped;
  }

  async #drain(): Promise<void> {
    const deliveries = [...this.#deliveries.values()].map((delivery) => delivery.stop());
    this.#stop.abort();
    await Promise.all(deliveries);
    await Promise.race([this.#running, pause(LEAVE_MS)]);
    this.context.onStopped();
  }

  /** Starts a consumer after each crash of the one before, with growing pauses until one joined. */
  async #run(): Promise<void> {
    const { clock, logger } = this.context;
    while (!this.#stop.signal.aborted) {
      const error = await this.#consume();
      if (this.#stop.signal.aborted) return;
      this.#loseAll();
      this.#attempt += 1;
      this.#problem = logError(error);
      logger.error(
        { group: this.options.group, attempt: this.#attempt, error: this.#problem.message },
        'consumer ended',
      );
      const wait = backoffMs(this.#attempt, LONGEST_RESTART_MS);
      await clock.sleep(wait, this.#stop.signal).catch(() => undefined);
    }
  }

  /** Resolves with what ended it, after leaving the group. */
  async #consume(): Promise<unknown> {
    const consumer = this.#create();
    const crashed = Promise.withResolvers<unknown>();
    consumer.on(consumer.events.CRASH, ({ payload }) => crashed.resolve(payload.error));
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => this.#assigned(payload.memberAssignment));
    consumer.on(consumer.events.REBALANCING, () => this.#loseAll());
    try {
      await consumer.connect();
      await consumer.subscribe({
        topics: this.options.topics.map((topic) => this.context.names.onCluster(topic)),
        fromBeginning: true,
      });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 64,
        eachBatch: (payload) => this.#take(payload),
      });
      return await Promise.race([crashed.promise, this.#whenStopped()]);
    } catch (thrown) {
      return thrown;
    } finally {
      await Promise.all(this.#stop.signal.aborted ? [...this.#deliveries.values()].map((each) => each.ended()) : []);
      await Promise.race([consumer.disconnect().catch(() => undefined), pause(LEAVE_MS)]);
    }
  }

  #create(): Consumer {
    const { kafka, names, sessionTimeoutMs } = this.context;
    this.#consumer = kafka.consumer({
      groupId: names.onCluster(this.options.group),
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.round(sessionTimeoutMs / 5),
      rebalanceTimeout: Math.max(60_000, sessionTimeoutMs),
      maxWaitTimeInMs: Math.min(LONG_POLL_MS, Math.round(sessionTimeoutMs / 5)),
      allowAutoTopicCreation: false,
      partitionAssigners: [samePartitions],
      // kafkajs would start itself again after some crashes and not after others; we do it after all of them.
      retry: { ...BRIEF_RETRY, restartOnFailure: () => Promise.resolve(false) },
    });
    return this.#consumer;
  }

  #whenStopped(): Promise<void> {
    const { signal } = this.#stop;
    return new Promise((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** A new generation of the group: every partition begins again at its committed offset. */
  #assigned(assignment: Readonly<Record<string, readonly number[]>>): void {
    this.#loseAll();
    if (this.#stop.signal.aborted) return;
    this.#problem = undefined;
    this.#attempt = 0;
    const before = new Map(this.#deliveries);
    this.#deliveries.clear();
    const told = this.#notice.tell(this.#byTopic(assignment));
    for (const [name, partitions] of Object.entries(assignment)) {
      for (const partition of partitions) {
        const key = `${name}/${partition}`;
        this.#deliveries.set(key, this.#delivery(name, partition, before.get(key), told));
      }
    }
    // Handlers of lost partitions are waited for at stop.
    for (const [key, delivery] of before) if (!this.#deliveries.has(key)) this.#keepUntilEnded(key, delivery);
  }

  #byTopic(assignment: Readonly<Record<string, readonly number[]>>): Assignment {
    const { names } = this.context;
    return new Map(Object.entries(assignment).map(([name, partitions]) => [names.fromCluster(name), partitions]));
  }

  #keepUntilEnded(key: string, delivery: PartitionDelivery): void {
    this.#deliveries.set(key, delivery);
    delivery.ended().then(
      () => this.#deliveries.get(key) === delivery && this.#deliveries.delete(key),
      () => undefined,
    );
  }

  #delivery(
    name: string,
    partition: number,
    before: PartitionDelivery | undefined,
    told: Promise<unknown>,
  ): PartitionDelivery {
    const { names, clock, crash, logger } = this.context;
    const topic = names.fromCluster(name);
    const fields = { group: this.options.group, topic, partition };
    if (before?.fetched !== undefined) this.#late.set(`${name}/${partition}`, before.fetched);
    return new PartitionDelivery({
      options: this.options,
      topic,
      partition,
      clock,
      crash,
      after: Promise.all([before?.ended(), told]).then(() => undefined),
      onError: (error, attempt) =>
        logger.warn({ ...fields, attempt, error: error.message }, 'batch not handled, it will be delivered again'),
      onRefused: (error) =>
        logger.warn({ ...fields, error: error.message }, 'offset refused: the partition belongs to another consumer'),
    });
  }

  #loseAll(): void {
    for (const delivery of this.#deliveries.values()) delivery.lose();
  }

  async #take(payload: EachBatchPayload): Promise<void> {
    const { topic, partition, messages } = payload.batch;
    const key = `${topic}/${partition}`;
    const delivery = this.#deliveries.get(key);
    if (!delivery || !payload.isRunning() || payload.isStale() || this.#isLate(key, messages[0]?.offset)) return;
    const last = payload.batch.lastOffset();
    delivery.offer(messages, Number(last) + 1, (offset) =>
      payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset: String(offset) }] }] }),
    );
    payload.resolveOffset(last);
    const end = performance.now() + ROOM_MS;
    while (delivery.isFull && performance.now() < end && payload.isRunning()) {
      await payload.heartbeat();
      await pause(5);
    }
    if (delivery.isFull) delivery.whenDrained(payload.pause());
  }

  /** Once per assignment: the answer to a fetch of the assignment before would skip what was not committed. */
  #isLate(key: string, first: string | undefined): boolean {
    const late = this.#late.get(key);
    this.#late.delete(key);
    return late !== undefined && first !== undefined && Number(first) >= late;
  }
}

/** Real time: bounds of waiting for the network. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
