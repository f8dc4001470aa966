import type { EventLog, SubscribeOptions, Subscription } from '@tillstream/event-log';
import type { Metrics } from './metrics.js';

/**
 * An EventLog whose subscriptions are measured: lag (looked up for each scrape), records, duration and failures of
 * batches, by group.
 */
export function observedLog(log: EventLog, metrics: Metrics): EventLog {
  const consumers = consumerMetrics(metrics);
  return {
    append: (records) => log.append(records),
    subscribe: async (options) => {
      const subscription = await log.subscribe({ ...options, handler: measured(options, consumers) });
      const removals = options.topics.map((topic) =>
        metrics.collect(async () => consumers.lag.set(await lagOf(log, options.group, topic), labels(options, topic))),
      );
      return whenStopped(subscription, () => removals.forEach((remove) => remove()));
    },
    tail: (options) => log.tail(options),
    read: (topic, partition, fromOffset, limit) => log.read(topic, partition, fromOffset, limit),
    endOffsets: (topic) => log.endOffsets(topic),
    committedOffsets: (group, topic) => log.committedOffsets(group, topic),
    close: () => log.close(),
  };
}

type ConsumerMetrics = ReturnType<typeof consumerMetrics>;

function consumerMetrics(metrics: Metrics) {
  return {
    lag: metrics.gauge('consumer_lag_records', {
      help: 'Records of a topic that a consumer group has not handled yet, over all replicas.',
      labels: ['group', 'topic'],
    }),
    handled: metrics.counter('consumer_handled_total', {
      help: 'Records handled by a consumer group.',
      labels: ['group'],
    }),
    seconds: metrics.histogram('consumer_batch_seconds', {
      help: 'Time a consumer group took to handle a batch, failures included.',
      labels: ['group'],
    }),
    failures: metrics.counter('consumer_failures_total', {
      help: 'Batches whose handling failed; each is delivered again.',
      labels: ['group'],
    }),
  };
}

const labels = ({ group }: SubscribeOptions, topic: string) => ({ group, topic });

function measured(options: SubscribeOptions, { handled, seconds, failures }: ConsumerMetrics) {
  const { group } = options;
  // A rate needs the zero before the first one.
  handled.add(0, { group });
  failures.add(0, { group });
  return async (batch: Parameters<SubscribeOptions['handler']>[0]): Promise<void> => {
    const began = performance.now();
    try {
      await options.handler(batch);
      handled.add(batch.records.length, { group });
    } catch (thrown) {
      failures.add(1, { group });
      throw thrown;
    } finally {
      seconds.observe((performance.now() - began) / 1_000, { group });
    }
  };
}

/** Ends are read last: a record that arrives in between is lag, never a negative one. */
async function lagOf(log: EventLog, group: string, topic: string): Promise<number> {
  const committed = await log.committedOffsets(group, topic);
  const ends = await log.endOffsets(topic);
  return ends.reduce((sum, end, partition) => sum + Math.max(0, end - (committed[partition] ?? 0)), 0);
}

function whenStopped(subscription: Subscription, onStop: () => void): Subscription {
  return {
    stop: async () => {
      onStop();
      await subscription.stop();
    },
    get lastError() {
      return subscription.lastError;
    },
  };
}
