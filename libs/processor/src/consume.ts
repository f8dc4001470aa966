import { deadLetterTopic, decodeEvent, type SyncEvent } from '@tillstream/contracts';
import type { EventLog, LogRecord, RecordBatch, SubscribeOptions, Subscription } from '@tillstream/event-log';
import { asError, type CrashPoints } from '@tillstream/kernel';
import type { Logger } from '@tillstream/observability';
import type { InputSource } from './types.js';

/** An event as it lies on the log. */
export interface DecodedRecord {
  readonly event: SyncEvent;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Append time, milliseconds since the epoch. */
  readonly time: number;
}

export interface ConsumeOptions {
  readonly log: EventLog;
  /** Consumer group: stored state, renaming one re-reads everything. */
  readonly group: string;
  readonly topics: readonly string[];
  /** Most records per batch; the default is the log's (SubscribeOptions). */
  readonly maxBatch?: number;
  /** Batches of one partition begin at least this many milliseconds apart unless full (default 0). */
  readonly paceMs?: number;
  /** Events of one partition in order. Must be safe to repeat; the offset commits after it resolved. */
  readonly handle: (events: readonly DecodedRecord[], signal: AbortSignal) => Promise<void>;
  /** Told with the partitions before the first batch of them, and after every rebalance (SubscribeOptions). */
  readonly onAssigned?: SubscribeOptions['onAssigned'];
  readonly logger: Logger;
  readonly crash?: CrashPoints;
}

/**
 * Follows topics as a group. A record that cannot be decoded or handled goes to `<topic>.dlq` with its position and the reason,
 * and the records around it are handled (I7, D9).
 */
export function consume(options: ConsumeOptions): Promise<Subscription> {
  const { log, group, topics, maxBatch, paceMs, onAssigned } = options;
  const defects = new Defects();
  return log.subscribe({
    group,
    topics,
    ...(maxBatch === undefined ? {} : { maxBatch }),
    ...(paceMs === undefined ? {} : { paceMs }),
    ...(onAssigned === undefined ? {} : { onAssigned }),
    handler: (batch) => handleBatch(options, batch, defects),
  });
}

/** The source of an input made of `event`: what repeats are recognised by (D3). */
export function sourceOf(
  event: Pick<SyncEvent, 'producer' | 'seq'>,
  topic: string,
  options: { readonly gapless?: boolean } = {},
): InputSource {
  return { producer: event.producer, topic, seq: event.seq, ...options };
}

async function handleBatch(options: ConsumeOptions, batch: RecordBatch, defects: Defects): Promise<void> {
  const { log, logger, handle } = options;
  const events: DecodedRecord[] = [];
  const dead: { record: LogRecord; reason: string }[] = [];
  for (const record of batch.records) {
    try {
      const { topic, partition, offset, key, headers, time } = record;
      events.push({ event: decodeEvent(record.value), topic, partition, offset, key, headers, time });
    } catch (thrown) {
      dead.push({ record, reason: asError(thrown).message });
    }
  }
  if (dead.length > 0) await bury(log, logger, dead);
  if (events.length === 0) return;
  try {
    await handle(events, batch.signal);
  } catch (thrown) {
    if (!isDefect(thrown) || batch.signal.aborted || !defects.isProven(batch)) throw thrown;
    await handleSingly(options, batch, events);
  }
}

/**
 * A defect of ours that one record's shape brings out (a value where none was expected, a stack that ran out): repeating
 * the batch would stop its partition for ever. Whatever comes from outside, storage included, is not one of these.
 */
function isDefect(thrown: unknown): boolean {
  return thrown instanceof TypeError || thrown instanceof RangeError;
}

/** Times a batch may fail by a defect before its records are taken one by one: about three seconds. */
const DEFECTS = 5;

/** How often the batch at a partition's head failed so; one entry per partition. */
class Defects {
  readonly #heads = new Map<string, { offset: number; times: number }>();

  isProven({ records: [first] }: RecordBatch): boolean {
    if (first === undefined) return false;
    const { topic, partition, offset } = first;
    const key = `${topic}/${partition}`;
    const known = this.#heads.get(key);
    const times = known?.offset === offset ? known.times + 1 : 1;
    this.#heads.set(key, { offset, times });
    return times >= DEFECTS;
  }
}

/** One by one, so that the record that cannot be handled stops nothing but itself (I7). */
async function handleSingly(
  { log, logger, handle }: ConsumeOptions,
  { records, signal }: RecordBatch,
  events: readonly DecodedRecord[],
): Promise<void> {
  for (const event of events) {
    try {
      await handle([event], signal);
    } catch (thrown) {
      if (!isDefect(thrown) || signal.aborted) throw thrown;
      const record = records.find(({ topic, offset }) => topic === event.topic && offset === event.offset);
      if (record) await bury(log, logger, [{ record, reason: `cannot be handled: ${asError(thrown).message}` }]);
    }
  }
}

async function bury(log: EventLog, logger: Logger, dead: readonly { record: LogRecord; reason: string }[]) {
  await log.append(
    dead.map(({ record: { topic, partition, offset, key, value }, reason }) => ({
      topic: deadLetterTopic(topic),
      key,
      value,
      headers: { topic, partition: String(partition), offset: String(offset), reason },
    })),
  );
  for (const { record, reason } of dead) {
    const { topic, partition, offset } = record;
    logger.error({ topic, partition, offset, reason }, 'record moved to the dead-letter topic');
  }
}
