import { partitionOf, type TopicDefinition } from '@tillstream/event-log';
import { InvariantError, PermanentError } from '@tillstream/kernel';
import type { Admin } from 'kafkajs';
import { backoffMs } from './backoff.js';
import { unknownTopic } from './errors.js';

/** Largest batch of one partition a broker takes from us: the embedded log sets no limit, its records must fit. */
export const MAX_RECORD_BYTES = 16 * 1024 * 1024;
const REPLICAS = 3;
const LEADERS_MS = 30_000;
const LONGEST_LOOK_MS = 1000;

/** Names as the program knows them and as the cluster does (prefix before every name). */
export class TopicNames {
  readonly #partitions: ReadonlyMap<string, number>;

  constructor(
    readonly definitions: readonly TopicDefinition[],
    readonly prefix: string,
  ) {
    this.#partitions = new Map(definitions.map(({ name, partitions }) => [name, partitions]));
  }

  onCluster(topic: string): string {
    return this.prefix + topic;
  }

  fromCluster(name: string): string {
    return name.slice(this.prefix.length);
  }

  /** Throws `topic_unknown`. */
  partitions(topic: string): number {
    const count = this.#partitions.get(topic);
    if (count === undefined) throw unknownTopic(topic);
    return count;
  }

  forKey(topic: string, key: string): number {
    const count = this.partitions(topic);
    return count === 1 ? 0 : partitionOf(key, count);
  }

  check(topic: string, partition: number): void {
    if (partition < 0 || partition >= this.partitions(topic)) {
      throw new InvariantError('partition_unknown', `there is no partition ${partition}`);
    }
  }
}

/**
 * Creates the topics that are missing and checks the partitions of the others. Three copies of which two must be
 * written (D1) where the cluster has three brokers, else one. Settings of topics that exist are left alone.
 * Throws `topic_partitions_changed` (permanent): a key would move to another partition.
 */
export async function ensureTopics(admin: Admin, names: TopicNames): Promise<void> {
  const missing = await missingTopics(admin, names);
  if (missing.length > 0) {
    const { brokers } = await admin.describeCluster();
    const replicationFactor = Math.min(REPLICAS, brokers.length);
    const topics = missing.map(({ name, partitions, retentionMs }) => ({
      topic: names.onCluster(name),
      numPartitions: partitions,
      replicationFactor,
      configEntries: Object.entries({
        'cleanup.policy': 'delete',
        'retention.ms': String(retentionMs ?? -1),
        'retention.bytes': '-1',
        'min.insync.replicas': replicationFactor === REPLICAS ? '2' : '1',
        'max.message.bytes': String(MAX_RECORD_BYTES),
        'message.timestamp.type': 'LogAppendTime',
        'unclean.leader.election.enable': 'false',
      }).map(([name, value]) => ({ name, value })),
    }));
    try {
      await admin.createTopics({ topics, waitForLeaders: true, timeout: LEADERS_MS });
    } catch (thrown) {
      // Another process may have been faster, and leaders may come late; anything else is noticed right below.
      if (!isRace(thrown) && !isUnknownYet(thrown)) throw thrown;
    }
  }
  await whenKnown(() => checkTopics(admin, names));
}

/** Also after its leaders are there, a broker may not know a new topic for a moment. */
async function whenKnown(check: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + LEADERS_MS;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await check();
    } catch (thrown) {
      if (!isUnknownYet(thrown) || performance.now() > deadline) throw thrown;
      await new Promise((resolve) => {
        setTimeout(resolve, backoffMs(attempt, LONGEST_LOOK_MS));
      });
    }
  }
}

function isUnknownYet(thrown: unknown): boolean {
  return (thrown as { type?: string } | null)?.type === 'UNKNOWN_TOPIC_OR_PARTITION' || isMissing(thrown);
}

function isMissing(thrown: unknown): boolean {
  return thrown instanceof PermanentError && thrown.code === 'topic_missing';
}

/** Throws `topic_missing` with all names, or `topic_partitions_changed`. */
export async function checkTopics(admin: Admin, names: TopicNames): Promise<void> {
  const missing = await missingTopics(admin, names);
  if (missing.length > 0) {
    const list = missing.map(({ name }) => names.onCluster(name)).join(', ');
    throw new PermanentError('topic_missing', `Kafka does not have these topics, create them first: ${list}`);
  }
}

async function missingTopics(admin: Admin, names: TopicNames) {
  const existing = new Set(await admin.listTopics());
  const known = names.definitions.filter(({ name }) => existing.has(names.onCluster(name)));
  const { topics } =
    known.length === 0
      ? { topics: [] }
      : await admin.fetchTopicMetadata({ topics: known.map(({ name }) => names.onCluster(name)) });
  for (const { name, partitions } of topics) {
    const wanted = names.partitions(names.fromCluster(name));
    if (partitions.length !== wanted) {
      throw new PermanentError(
        'topic_partitions_changed',
        `topic ${name} has ${partitions.length} partitions on the cluster and ${wanted} in this program`,
      );
    }
  }
  return names.definitions.filter(({ name }) => !existing.has(names.onCluster(name)));
}

function isRace(thrown: unknown): boolean {
  const errors = (thrown as { errors?: readonly { type?: string }[] } | null)?.errors ?? [];
  return errors.length > 0 && errors.every(({ type }) => type === 'TOPIC_ALREADY_EXISTS');
}
