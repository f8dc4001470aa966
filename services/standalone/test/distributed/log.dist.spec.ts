import { TOPICS } from '@tillstream/contracts';
import type { EventLog, LogRecord } from '@tillstream/event-log';
import { eventually } from '@tillstream/testing';
import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { REALM_ID } from '../../src/world/world.js';
import { booked, finished, play, type Scene, startRun } from './support.js';

const TIMEOUT_MS = 300_000;
/** Everything that some service consumes and acts upon. */
const CONSUMED = [
  TOPICS.requests,
  TOPICS.runs,
  TOPICS.discovered,
  TOPICS.progress,
  TOPICS.workQuickBooks,
  TOPICS.results,
  TOPICS.events,
  TOPICS.config,
].map(({ name }) => name);

describe('what lies on the topics, every service a process', () => {
  it(
    'delivered twice and in the opposite order, it changes nothing',
    async () => {
      await play({ seed: 920, orders: 40 }, async (scene) => {
        const syncId = await startRun(scene);
        await booked(scene, 8);
        // In the middle, and once more at the end.
        await repeatBackwards(scene);
        await finished(scene, syncId);
        await repeatBackwards(scene);
        const writes = scene.world.quickbooks.control.ledger(REALM_ID).writes.length;
        const again = await finished(scene, await startRun(scene));
        expect(again.counts).toMatchObject({ created: 0, updated: 0, failed: 0, held: 0 });
        expect(scene.world.quickbooks.control.ledger(REALM_ID).writes.length).toBe(writes);
      });
    },
    TIMEOUT_MS,
  );

  it(
    'poison goes to the dead-letter topics with its place and its reason, and nothing waits for it',
    async () => {
      await play({ seed: 921, orders: 30 }, async (scene) => {
        await poison(scene);
        const run = await finished(scene, await startRun(scene));
        expect(run).toMatchObject({ status: 'completed', counts: { failed: 0, held: 0, pending: 0 } });
        const { place } = scene.product;
        const log = await place.openLog('tillstream-test');
        try {
          for (const topic of CONSUMED) {
            const dead = await eventually(() => found(log, `${topic}.dlq`, POISON.length), { timeoutMs: 20_000 });
            for (const { headers } of dead) {
              expect(headers).toMatchObject({
                topic,
                partition: expect.stringMatching(/^\d+$/),
                offset: expect.stringMatching(/^\d+$/),
              });
              expect(headers['reason']).not.toBe('');
            }
          }
        } finally {
          await log.close();
        }
      });
    },
    TIMEOUT_MS,
  );
});

/** Every record of every consumed topic once more, the last one first. */
async function repeatBackwards({ product }: Scene): Promise<void> {
  const log = await product.place.openLog('tillstream-test');
  try {
    for (const topic of CONSUMED) {
      const records = await all(log, topic);
      const backwards = records.toReversed().map(({ key, value, headers }) => ({ topic, key, value, headers }));
      await log.append(backwards);
    }
  } finally {
    await log.close();
  }
}

async function all(log: EventLog, topic: string): Promise<readonly LogRecord[]> {
  const ends = await log.endOffsets(topic);
  const partitions = await Promise.all(
    ends.map(async (end, partition) => {
      const records: LogRecord[] = [];
      for (let from = 0; from < end; ) {
        const page = await log.read(topic, partition, from, end - from);
        if (page.length === 0) break;
        records.push(...page);
        from = (page.at(-1)?.offset ?? from) + 1;
      }
      return records;
    }),
  );
  return partitions.flat();
}

/** Undecodable bytes, no JSON, JSON that is no event, an event of a version that does not exist yet, nothing at all. */
const POISON: readonly (Buffer | null)[] = [
  Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28]),
  Buffer.from('{"half": '),
  Buffer.from('[1, 2, 3]'),
  Buffer.from(
    JSON.stringify({
      id: 'x',
      type: 'RunRequested',
      schemaVersion: 99,
      producer: 'somebody',
      seq: 1,
      eventNumber: 1,
      tenantId: 'default',
      occurredAt: '2026-01-01T00:00:00.000Z',
      facts: {},
    }),
  ),
  null,
];

/** Sent by a plain Kafka client: no program of ours would. What is too large the broker does not even take. */
async function poison({ product }: Scene): Promise<void> {
  const { KAFKA_BROKERS: brokers = '', KAFKA_TOPIC_PREFIX: prefix } = product.place.environment;
  const kafka = new Kafka({ brokers: brokers.split(','), clientId: 'somebody', logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  await producer.connect();
  try {
    for (const topic of CONSUMED) {
      await producer.send({
        topic: `${prefix}${topic}`,
        messages: POISON.map((value) => ({ key: 'default:orders', value })),
      });
    }
    const oversize = { key: 'default:orders', value: Buffer.alloc(17 * 1024 * 1024, 0x20) };
    const refused = producer.send({ topic: `${prefix}${TOPICS.requests.name}`, messages: [oversize] });
    await expect(refused).rejects.toThrow(/larger than the max message size|too large/i);
  } finally {
    await producer.disconnect();
  }
}

async function found(log: EventLog, topic: string, count: number): Promise<readonly LogRecord[] | null> {
  const records = await all(log, topic);
  return records.length >= count ? records : null;
}
