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
 * Follows topics as a group. A record that cannot be decoded goes to `<topic>.dlq` with its position and the reason,
 * and the records around it are handled (I7, D9).
 */
export function consume(options: ConsumeOptions): Promise<Subscription> {
  const { log, group, topics, maxBatch, paceMs, onAssigned } = options;
  return log.subscribe({
    group,
    topics,
    ...(maxBatch === undefined ? {} : { maxBatch }),
    ...(paceMs === undefined ? {} : { paceMs }),
    ...(onAssigned === undefined ? {} : { onAssigned }),
    handler: (batch) => handleBatch(options, batch),
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

async function handleBatch({ log, logger, handle }: ConsumeOptions, batch: RecordBatch): Promise<void> {
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
  if (events.length > 0) await handle(events, batch.signal);
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
    logger.error({ topic, partition, offset, reason }, 'record cannot be decoded, moved to the dead-letter topic');
  }
}
