import { deadLetterTopic, decodeEvent, encodeEvent, type StoredEvent } from '@tillstream/contracts';
import type { EventLog, RecordToAppend } from '@tillstream/event-log';
import { InvariantError, SystemClock } from '@tillstream/kernel';
import { SILENT_LOGGER } from '@tillstream/observability';
import { consume } from '@tillstream/processor';
import { type Figure, figure, listed, median, ratios } from '@tillstream/testing';
import { openKafkaEventLog } from '../src/index.js';
import { throughKafkajs } from './bare-kafkajs.js';
import { type Stopwatch, stopwatch } from './stopwatch.js';

const RECORDS = 30_000;
const KEYS = 1000;
const ROUNDS = 11;
const PARTITIONS = 12;
/** Of a round. */
const ATTEMPTS = 5;
const GOAL = 0.7;
const [INPUT, OUTPUT] = ['bench.in.v1', 'bench.out.v1'];

/**
 * Records per second from topic to topic: the processor's `consume` (decode and check, dead letters, commit) and `append`
 * of what was encoded anew, against bare kafkajs eachBatch + sendBatch of the untouched bytes. Same broker, records,
 * bytes, partitions, and acknowledgement by all replicas; rounds take turns, and the first, which warms up broker and
 * JIT, is not counted. Each round is timed from its first batch to its last acknowledged record.
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
    const records = await fill(log);
    const ours: Side = (name) => complete(log, records, (watch) => throughRuntime(log, `runtime-${name}`, watch));
    const topics = { from: prefix + INPUT, to: prefix + OUTPUT, partitions: PARTITIONS };
    const bare: Side = (name) =>
      complete(log, records, (watch) => throughKafkajs({ ...topics, brokers, group: `${prefix}bare-${name}` }, watch));
    const sides: Sides = { ours, bare };
    const rates = { ours: [] as number[], bare: [] as number[] };
    const again = { ours: 0, bare: 0 };
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const side of round % 2 === 0 ? (['ours', 'bare'] as const) : (['bare', 'ours'] as const)) {
        const { rate, attempts } = await once(sides[side], round);
        again[side] += attempts - 1;
        if (round > 0) rates[side].push(rate);
      }
    }
    return summary(rates, again);
  } finally {
    await log.close();
  }
}

/** A round by a consumer group of this name; null = something was delivered or written twice (at least once, D1). */
type Side = (name: string) => Promise<number | null>;
type Sides = Readonly<Record<'ours' | 'bare', Side>>;

/** A round with repeats is measured anew: its stopwatch stopped before all records were through. */
async function once(side: Side, round: number): Promise<{ readonly rate: number; readonly attempts: number }> {
  for (let attempts = 1; attempts <= ATTEMPTS; attempts += 1) {
    const rate = await side(`${round}-${attempts}`);
    if (rate !== null) return { rate, attempts };
  }
  throw new InvariantError('bench_output', `${ATTEMPTS} attempts each wrote more records than were read`);
}

function summary(
  { ours, bare }: Readonly<Record<keyof Sides, readonly number[]>>,
  again: Readonly<Record<keyof Sides, number>>,
): Figure {
  const perRound = ratios(ours, bare);
  return figure('topic to topic over Kafka / bare kafkajs', {
    value: median(perRound),
    digits: 3,
    goal: { atLeast: GOAL },
    detail:
      `${ROUNDS} rounds of ${RECORDS} records in ${PARTITIONS} partitions: ${median(ours).toFixed(0)} of ` +
      `${median(bare).toFixed(0)} records/s; ratios ${listed(perRound, 3)}; measured anew because of repeats: ` +
      `${again.ours} and ${again.bare}`,
  });
}

/** How many records there are to read: topics that were made just now may take a request twice. */
async function fill(log: EventLog): Promise<number> {
  for (let from = 0; from < RECORDS; from += 1000) {
    await log.append(Array.from({ length: 1000 }, (_, index) => inputRecord(from + index + 1)));
  }
  return sizeOf(log, INPUT);
}

/** An event as a writer tells it, 0.9 kB; both sides must write these very bytes. */
function inputRecord(seq: number): RecordToAppend {
  const key = `k${seq % KEYS}`;
  const event: StoredEvent = {
    id: `e${seq}`,
    type: 'RecordSettled',
    schemaVersion: 1,
    producer: `record_state/demo:orders:woo:${seq % KEYS}`,
    seq,
    eventNumber: seq,
    tenantId: 'demo',
    occurredAt: '2026-01-05T12:00:00.000Z',
    facts: { syncId: 'run_1', ordinal: seq, target: 'quickbooks', outcome: 'created', remoteCalls: 2, error: null },
    payload: { note: 'x'.repeat(500) },
  };
  const value = encodeEvent(event);
  if (encodeEvent(decodeEvent(value)) !== value) {
    throw new InvariantError('bench_bytes', 'encoding a decoded event gives other bytes');
  }
  return { topic: INPUT, key, value };
}

/** The rate of one side, once the output has grown by every record; null = by more. */
async function complete(log: EventLog, records: number, side: (watch: Stopwatch) => Promise<number>) {
  const before = await sizeOf(log, OUTPUT);
  const rate = await side(stopwatch(records));
  const written = (await sizeOf(log, OUTPUT)) - before;
  if (written < records) throw new InvariantError('bench_output', `${written} of ${records} records were written`);
  return written === records ? rate : null;
}

async function sizeOf(log: EventLog, topic: string): Promise<number> {
  return (await log.endOffsets(topic)).reduce((sum, end) => sum + end, 0);
}

async function throughRuntime(log: EventLog, group: string, watch: Stopwatch): Promise<number> {
  const subscription = await consume({
    log,
    group,
    topics: [INPUT],
    logger: SILENT_LOGGER,
    handle: async (events) => {
      watch.begin();
      await log.append(events.map(({ event, key }) => ({ topic: OUTPUT, key, value: encodeEvent(event) })));
      watch.add(events.length);
    },
  });
  const rate = await watch.rate;
  await subscription.stop();
  return rate;
}
