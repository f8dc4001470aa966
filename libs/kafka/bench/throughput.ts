import { deadLetterTopic, encodeEvent } from '@tillstream/contracts';
import { SystemClock } from '@tillstream/kernel';
import { SILENT_LOGGER } from '@tillstream/observability';
import { consume } from '@tillstream/processor';
import { Partitioners } from 'kafkajs';
import { kafkaClient } from '../src/client/connection.js';
import { openKafkaEventLog } from '../src/index.js';

/** The shape of services/standalone/bench/stats.ts. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly goal: string;
  readonly met: boolean;
  readonly detail: string;
}

const RECORDS = 30_000;
const ROUNDS = 5;
const PARTITIONS = 12;
const GOAL = 0.7;
const MAX_BATCH = 500;
const [INPUT, OUTPUT] = ['bench.in.v1', 'bench.out.v1'];

const event = (seq: number) => ({
  id: `e${seq}`,
  type: 'RecordSettled',
  schemaVersion: 1 as const,
  producer: `record_state/demo:orders:woo:${seq % 1000}`,
  seq,
  eventNumber: seq,
  tenantId: 'demo',
  occurredAt: '2026-01-05T12:00:00.000Z',
  facts: { syncId: 'run_1', ordinal: seq, target: 'quickbooks', outcome: 'created', remoteCalls: 2, error: null },
  payload: { note: 'x'.repeat(500) },
});

/**
 * Records per second from topic to topic: `consume` (decode, dead letters, commit) and `append` of what was encoded
 * anew, against bare kafkajs eachBatch + sendBatch of the untouched bytes + commit. Same broker, records, partitions
 * and acks; rounds interleave. Each round is timed from its first batch to its last acknowledged record.
 */
export async function kafkaThroughputFigure(brokers: readonly string[], prefix: string): Promise<Figure> {
  const names = [INPUT, OUTPUT, deadLetterTopic(INPUT), deadLetterTopic(OUTPUT)];
  const log = await openKafkaEventLog({
    connection: { brokers, clientId: 'bench' },
    topics: names.map((name) => ({ name, partitions: PARTITIONS, retentionMs: null })),
    topicPrefix: prefix,
    clock: new SystemClock(),
  });
  try {
    for (let from = 0; from < RECORDS; from += 1000) {
      const seqs = Array.from({ length: 1000 }, (_, index) => from + index + 1);
      await log.append(seqs.map((seq) => ({ topic: INPUT, key: `k${seq % 1000}`, value: encodeEvent(event(seq)) })));
    }
    const ours: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.push(await throughRuntime(log, `runtime-${round}`));
      bare.push(await throughKafkajs(brokers, prefix, `bare-${round}`));
    }
    const ratios = ours.map((rate, round) => rate / (bare[round] ?? Number.NaN));
    const ratio = median(ratios);
    return {
      name: 'topic to topic over Kafka / bare kafkajs',
      value: ratio.toFixed(3),
      goal: `>= ${GOAL}`,
      met: ratio >= GOAL,
      detail:
        `${ROUNDS} rounds of ${RECORDS} records in ${PARTITIONS} partitions: ${median(ours).toFixed(0)} of ` +
        `${median(bare).toFixed(0)} records/s; ratios ${ratios.map((each) => each.toFixed(3)).join(' ')}`,
    };
  } finally {
    await log.close();
  }
}

async function throughRuntime(log: Awaited<ReturnType<typeof openKafkaEventLog>>, group: string): Promise<number> {
  const watch = stopwatch();
  const subscription = await consume({
    log,
    group,
    topics: [INPUT],
    maxBatch: MAX_BATCH,
    logger: SILENT_LOGGER,
    handle: async (events) => {
      watch.begin();
      await log.append(events.map(({ event: each, key }) => ({ topic: OUTPUT, key, value: encodeEvent(each) })));
      watch.add(events.length);
    },
  });
  const rate = await watch.rate;
  await subscription.stop();
  return rate;
}

async function throughKafkajs(brokers: readonly string[], prefix: string, groupId: string): Promise<number> {
  const kafka = kafkaClient({ brokers, clientId: 'bare' }, SILENT_LOGGER);
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  const consumer = kafka.consumer({ groupId: prefix + groupId });
  const watch = stopwatch();
  await Promise.all([producer.connect(), consumer.connect()]);
  await consumer.subscribe({ topics: [prefix + INPUT], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: PARTITIONS,
    eachBatch: async (payload) => {
      const { batch } = payload;
      watch.begin();
      for (let from = 0; from < batch.messages.length; from += MAX_BATCH) {
        const part = batch.messages.slice(from, from + MAX_BATCH);
        const messages = part.map(({ key, value }) => ({ key, value }));
        await producer.sendBatch({ acks: -1, topicMessages: [{ topic: prefix + OUTPUT, messages }] });
        const offset = String(Number(part.at(-1)?.offset) + 1);
        const partitions = [{ partition: batch.partition, offset }];
        await payload.commitOffsetsIfNecessary({ topics: [{ topic: batch.topic, partitions }] });
        watch.add(part.length);
        await payload.heartbeat();
      }
    },
  });
  const rate = await watch.rate;
  await Promise.all([consumer.disconnect(), producer.disconnect()]);
  return rate;
}

function stopwatch() {
  const { promise, resolve } = Promise.withResolvers<number>();
  let began: number | undefined;
  let count = 0;
  return {
    rate: promise,
    begin: () => {
      began ??= performance.now();
    },
    add: (records: number) => {
      count += records;
      if (count >= RECORDS) resolve((count * 1000) / (performance.now() - (began ?? 0)));
    },
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
