import { partitionOf, type TopicDefinition } from '@tillstream/event-log';
import { InvariantError, PermanentError } from '@tillstream/kernel';
import type { Db } from '../schema.js';

/** Room for 2^38 offsets in each of 2^15 streams within the integers a double holds exactly. */
export const STREAM_SPAN = 2 ** 38;

/** One partition of one topic. `next` runs ahead of `committed` inside an open transaction only. */
export interface Stream {
  readonly id: number;
  readonly topic: string;
  readonly partition: number;
  readonly base: number;
  next: number;
  committed: number;
}

/** The partitions of all topics with their end offsets in memory, so that an append never asks the file. */
export class Streams {
  readonly #byTopic = new Map<string, readonly Stream[]>();
  readonly #topics: readonly TopicDefinition[];

  constructor(db: Db, topics: readonly TopicDefinition[]) {
    this.#topics = topics;
    db.transaction(() => {
      for (const topic of topics) this.#byTopic.set(topic.name, openTopic(db, topic));
    }).immediate();
  }

  of(topic: string): readonly Stream[] {
    const streams = this.#byTopic.get(topic);
    if (!streams)
      throw new InvariantError('topic_unknown', `topic ${topic} was not declared when the storage was opened`);
    return streams;
  }

  /** Partitions whose records expire, with their time to live in milliseconds. */
  withRetention(): readonly { readonly stream: Stream; readonly retentionMs: number }[] {
    return this.#topics.flatMap(({ name, retentionMs }) =>
      retentionMs === null ? [] : this.of(name).map((stream) => ({ stream, retentionMs })),
    );
  }

  forKey(topic: string, key: string): Stream {
    const streams = this.of(topic);
    return at(streams, streams.length === 1 ? 0 : partitionOf(key, streams.length));
  }

  partition(topic: string, partition: number): Stream {
    return at(this.of(topic), partition);
  }
}

function at(streams: readonly Stream[], partition: number): Stream {
  const stream = streams[partition];
  if (!stream) throw new InvariantError('partition_unknown', `there is no partition ${partition}`);
  return stream;
}

function openTopic(db: Db, topic: TopicDefinition): readonly Stream[] {
  const known = db
    .prepare<[string], { first_stream: number; partitions: number }>(
      'SELECT first_stream, partitions FROM topics WHERE name = ?',
    )
    .get(topic.name);
  if (known && known.partitions !== topic.partitions) {
    throw new PermanentError(
      'topic_partitions_changed',
      `topic ${topic.name} has ${known.partitions} partitions in the data folder and ${topic.partitions} in this program`,
    );
  }
  const first = known?.first_stream ?? addTopic(db, topic);
  return Array.from({ length: topic.partitions }, (_, partition) =>
    openStream(db, topic.name, partition, first + partition),
  );
}

function addTopic(db: Db, topic: TopicDefinition): number {
  const next = db
    .prepare<[], { first: number | null }>('SELECT max(first_stream + partitions) AS first FROM topics')
    .get();
  const first = next?.first ?? 1;
  db.prepare('INSERT INTO topics (name, first_stream, partitions) VALUES (?, ?, ?)').run(
    topic.name,
    first,
    topic.partitions,
  );
  return first;
}

function openStream(db: Db, topic: string, partition: number, id: number): Stream {
  const base = id * STREAM_SPAN;
  const last = db
    .prepare<[number, number], { last: number | null }>(
      'SELECT max(position) AS last FROM log WHERE position >= ? AND position < ?',
    )
    .get(base, base + STREAM_SPAN);
  const next = (last?.last ?? base - 1) - base + 1;
  return { id, topic, partition, base, next, committed: next };
}
