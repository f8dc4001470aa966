import type { EventLog, TopicDefinition } from '@tillstream/event-log';
import { type Clock, type CrashPoints, NO_CRASH_POINTS } from '@tillstream/kernel';
import { type Logger, SILENT_LOGGER } from '@tillstream/observability';
import { type Kafka, Partitioners } from 'kafkajs';
import { type KafkaConnection, kafkaClient, PATIENT_RETRY, rawCluster } from './client/connection.js';
import { logError } from './errors.js';
import { KafkaEventLog } from './kafka-event-log.js';
import { Reader } from './reader.js';
import { checkTopics, ensureTopics, TopicNames } from './topics.js';

export interface KafkaEventLogOptions {
  readonly connection: KafkaConnection;
  readonly topics: readonly TopicDefinition[];
  /** Before every topic and group name (KAFKA_TOPIC_PREFIX). */
  readonly topicPrefix?: string;
  /** Create what is missing; false = only check (topics come from a job of the deployment). Default true. */
  readonly createTopics?: boolean;
  /** After that long without a heartbeat another consumer takes over. Default 10 s. */
  readonly sessionTimeoutMs?: number;
  readonly clock: Clock;
  readonly crash?: CrashPoints;
  readonly logger?: Logger;
}

const SESSION_TIMEOUT_MS = 10_000;

/**
 * Connects, creates or checks the topics, and gives the log. One try: rejects within seconds with `log_unavailable`
 * (transient), `log_auth_failed`, `log_not_allowed`, `topic_missing` or `topic_partitions_changed`; `openKafkaEventLogPatiently`
 * tries again.
 */
export async function openKafkaEventLog(options: KafkaEventLogOptions): Promise<EventLog> {
  const { connection, clock, crash = NO_CRASH_POINTS, logger = SILENT_LOGGER } = options;
  const names = new TopicNames(options.topics, options.topicPrefix ?? '');
  const kafka = kafkaClient(connection, logger);
  const newReader = () => new Reader(rawCluster(connection, logger), names);
  const { producer, admin } = await connect(kafka, names, options.createTopics ?? true);
  return new KafkaEventLog({
    kafka,
    producer,
    admin,
    names,
    reader: newReader(),
    newReader,
    clock,
    crash,
    logger,
    sessionTimeoutMs: options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS,
  });
}

async function connect(kafka: Kafka, names: TopicNames, create: boolean) {
  const admin = kafka.admin();
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
    retry: PATIENT_RETRY,
  });
  try {
    await admin.connect();
    await (create ? ensureTopics(admin, names) : checkTopics(admin, names));
    await producer.connect();
    return { admin, producer };
  } catch (thrown) {
    await Promise.all([admin.disconnect().catch(() => {}), producer.disconnect().catch(() => {})]);
    throw logError(thrown);
  }
}
