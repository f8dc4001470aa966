import type { SubscribeOptions, Subscription } from '@tillstream/event-log';
import type { Clock } from '@tillstream/kernel';
import type { Logger } from '@tillstream/observability';
import type { LogReader } from './log-reader.js';
import { PartitionDelivery } from './partition-delivery.js';
import type { Stream } from './streams.js';

export interface SubscriptionContext {
  readonly reader: LogReader;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly storedOffset: (stream: Stream) => number;
  readonly commitOffset: (stream: Stream, next: number) => Promise<void>;
  readonly onStopped: () => void;
}

/** One group following some topics: its partitions are delivered side by side, each strictly in order. */
export class GroupSubscription implements Subscription {
  readonly #stop = new AbortController();
  readonly #deliveries: ReadonlyMap<Stream, PartitionDelivery>;
  #stopped: Promise<void> | undefined;

  constructor(
    options: SubscribeOptions,
    streams: readonly Stream[],
    private readonly context: SubscriptionContext,
  ) {
    const delivery = {
      options,
      reader: context.reader,
      clock: context.clock,
      signal: this.#stop.signal,
      commitOffset: context.commitOffset,
      onError: (stream: Stream, error: Error, attempt: number) =>
        context.logger.warn(
          { group: options.group, topic: stream.topic, partition: stream.partition, attempt, error: error.message },
          'batch not handled, it will be delivered again',
        ),
    };
    this.#deliveries = new Map(
      streams.map((stream) => [stream, new PartitionDelivery(stream, context.storedOffset(stream), delivery)]),
    );
  }

  get lastError(): Error | undefined {
    for (const delivery of this.#deliveries.values()) if (delivery.lastError) return delivery.lastError;
    return undefined;
  }

  wake(streams: readonly Stream[]): void {
    for (const stream of streams) this.#deliveries.get(stream)?.wake();
  }

  wakeAll(): void {
    for (const delivery of this.#deliveries.values()) delivery.wake();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#drain();
    return this.#stopped;
  }

  async #drain(): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#deliveries.values()].map((delivery) => delivery.stopped()));
    this.context.onStopped();
  }
}
