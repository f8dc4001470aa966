import { deadLetterTopic, encodeEvent, type RecordSettled, type SyncEvent } from '@tillstream/contracts';
import type { EventLog } from '@tillstream/event-log';
import { openKafkaEventLog } from '@tillstream/kafka';
import { InvariantError, NO_CRASH_POINTS, SystemClock } from '@tillstream/kernel';
import { openMongoStorage } from '@tillstream/mongo';
import { SILENT_LOGGER } from '@tillstream/observability';
import {
  type Aggregate,
  aggregateCollection,
  type AggregateRuntime,
  consume,
  createAggregateRuntime,
  sourceOf,
} from '@tillstream/processor';
import { type DistributedStack, eventually, type Figure, figure, listed, median } from '@tillstream/testing';
import { withDatabase } from './database.js';

const EVENTS = 10_000;
const RECORDS = 1000;
const ROUNDS = 3;
const PARTITIONS = 12;
const clock = new SystemClock();
const [INPUT, OUTPUT] = ['bench.settled.v1', 'bench.confirmed.v1'];

interface Confirmed {
  readonly type: 'RecordSettled';
  readonly facts: RecordSettled;
}

interface State {
  readonly settled: number;
  readonly remoteCalls: number;
}

/** One event out for each one in, and a small state; each round has a collection of its own, so that nothing is a repeat. */
const confirming = (round: number): Aggregate<State, RecordSettled, Confirmed> => ({
  name: `bench_state_${round}`,
  initial: () => ({ settled: 0, remoteCalls: 0 }),
  decide: (facts, { settled }) => [{ type: 'RecordSettled', facts: { ...facts, ordinal: settled } }],
  evolve: (state, { facts }) => ({
    settled: state.settled + 1,
    remoteCalls: state.remoteCalls + facts.remoteCalls,
  }),
  publish: (_, id) => [{ topic: OUTPUT, key: id }],
  tenantOf: (id) => id.split(':', 1)[0] ?? '',
});

/**
 * Events per second through an aggregate from topic to topic: decoded, decided, state and outbox written with their
 * expected versions to the document store, events appended, offset committed. From the start of the consumer to the last
 * event in the output. There is nothing bare to hold this against, hence no goal.
 */
export function aggregateFigure({ brokers, mongoUri, prefix }: DistributedStack): Promise<Figure> {
  return withDatabase(mongoUri, `${prefix}aggregate`, async (uri) => {
    const log = await openLog(brokers, prefix);
    const aggregates = Array.from({ length: ROUNDS + 1 }, (_, round) => confirming(round));
    const collections = aggregates.map((aggregate) => aggregateCollection(aggregate));
    const storage = await openMongoStorage({ uri, collections, clock });
    try {
      await fill(log);
      const parts = { log, store: storage.store, clock, crash: NO_CRASH_POINTS, logger: SILENT_LOGGER };
      const rates: number[] = [];
      for (const aggregate of aggregates) {
        rates.push(await rateOf(createAggregateRuntime(aggregate, parts), aggregate.name, log));
      }
      // The first round warms up.
      return summary(rates.slice(1));
    } finally {
      await log.close();
      await storage.close();
    }
  });
}

function summary(rates: readonly number[]): Figure {
  return figure('topic to topic through an aggregate with its state in MongoDB, events/s', {
    value: median(rates),
    digits: 0,
    goal: null,
    detail: `${ROUNDS} rounds of ${EVENTS} events of ${RECORDS} records in ${PARTITIONS} partitions: ${listed(rates, 0)}`,
  });
}

function openLog(brokers: readonly string[], topicPrefix: string): Promise<EventLog> {
  const names = [INPUT, OUTPUT, deadLetterTopic(INPUT), deadLetterTopic(OUTPUT)];
  return openKafkaEventLog({
    connection: { brokers, clientId: 'bench' },
    topics: names.map((name) => ({ name, partitions: PARTITIONS, retentionMs: null })),
    topicPrefix,
    clock,
  });
}

async function fill(log: EventLog): Promise<void> {
  const events = Array.from({ length: EVENTS }, (_, index): [string, SyncEvent] => {
    const key = `demo:orders:woo:${index % RECORDS}`;
    const seq = Math.floor(index / RECORDS) + 1;
    const event: SyncEvent = {
      id: `e${index}`,
      type: 'RecordSettled',
      schemaVersion: 1,
      producer: `record_state/${key}`,
      seq,
      eventNumber: seq,
      tenantId: 'demo',
      occurredAt: '2026-01-05T12:00:00.000Z',
      facts: { syncId: 'run_1', ordinal: index, target: 'quickbooks', outcome: 'created', remoteCalls: 2, error: null },
    };
    return [key, event];
  });
  await log.append(events.map(([key, event]) => ({ topic: INPUT, key, value: encodeEvent(event) })));
}

async function rateOf(
  runtime: AggregateRuntime<State, RecordSettled, Confirmed>,
  group: string,
  log: EventLog,
): Promise<number> {
  const before = await sizeOf(log);
  const began = performance.now();
  let handled = 0;
  const subscription = await consume({
    log,
    group,
    topics: [INPUT],
    logger: SILENT_LOGGER,
    handle: async (events) => {
      const inputs = events.flatMap(({ event, key, topic }) =>
        event.type === 'RecordSettled'
          ? [{ id: key, input: event.facts, source: sourceOf(event, topic, { gapless: true }) }]
          : [],
      );
      await runtime.handle(inputs);
      handled += inputs.length;
    },
  });
  await eventually(() => handled >= EVENTS, { timeoutMs: 300_000, intervalMs: 5 });
  const rate = (EVENTS * 1000) / (performance.now() - began);
  await subscription.stop();
  await runtime.settleOutboxes();
  const written = (await sizeOf(log)) - before;
  if (written !== EVENTS) throw new InvariantError('bench_output', `${written} of ${EVENTS} events were written`);
  return rate;
}

async function sizeOf(log: EventLog): Promise<number> {
  return (await log.endOffsets(OUTPUT)).reduce((sum, end) => sum + end, 0);
}
