import { SILENT_LOGGER } from '@tillstream/observability';
import { Partitioners } from 'kafkajs';
import { kafkaClient } from '../src/client/connection.js';
import type { Stopwatch } from './stopwatch.js';

export interface BareCopy {
  readonly brokers: readonly string[];
  readonly group: string;
  /** Names on the broker. */
  readonly from: string;
  readonly to: string;
  readonly partitions: number;
}

/**
 * What a program on kafkajs alone would do: each fetched batch goes out in one sendBatch to the same partition, then its
 * offset is committed; all partitions at a time.
 */
export async function throughKafkajs(copy: BareCopy, watch: Stopwatch): Promise<number> {
  const kafka = kafkaClient({ brokers: copy.brokers, clientId: 'bare' }, SILENT_LOGGER);
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  const consumer = kafka.consumer({ groupId: copy.group });
  await Promise.all([producer.connect(), consumer.connect()]);
  await consumer.subscribe({ topics: [copy.from], fromBeginning: true });
  await consumer.run({
    partitionsConsumedConcurrently: copy.partitions,
    eachBatch: async ({ batch }) => {
      watch.begin();
      const { partition } = batch;
      const messages = batch.messages.map(({ key, value }) => ({ key, value, partition }));
      await producer.sendBatch({ acks: -1, topicMessages: [{ topic: copy.to, messages }] });
      watch.add(messages.length);
    },
  });
  const rate = await watch.rate;
  await Promise.all([consumer.disconnect(), producer.disconnect()]);
  return rate;
}
