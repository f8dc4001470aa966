import type {
  AppendedPosition,
  Assignment,
  EventLog,
  LogRecord,
  RecordToAppend,
  SubscribeOptions,
  Subscription,
  TailOptions,
  TopicDefinition,
} from '@tillstream/event-log';
import { type Clock, type CrashPoints, InvariantError } from '@tillstream/kernel';
import type { Logger } from '@tillstream/observability';
import { storageError } from '../errors.js';
import { type CommitObserver, closedError, type GroupCommitter } from '../group-committer.js';
import type { Db } from '../schema.js';
import { LogFigures, type TopicFigures } from './log-figures.js';
import { LogReader, NO_HEADERS } from './log-reader.js';
import { GroupSubscription } from './group-subscription.js';
import { OffsetTable } from './offset-table.js';
import { RecentRecords } from './recent-records.js';
import { Retention } from './retention.js';
import { type Stream, Streams } from './streams.js';
import { Tails } from './tails.js';

export interface EventLogParts {
  readonly db: Db;
  readonly committer: GroupCommitter;
  readonly topics: readonly TopicDefinition[];
  readonly clock: Clock;
  readonly crash: CrashPoints;
  readonly logger: Logger;
}

/** The EventLog on SQLite. Delivery is driven by commits of this process, which is the only writer of the file. */
export class SqliteEventLog implements EventLog, CommitObserver {
  readonly #streams: Streams;
  readonly #reader: LogReader;
  readonly #figures: LogFigures;
  readonly #offsets: OffsetTable;
  readonly #retention: Retention;
  readonly #recent = new RecentRecords();
  readonly #tails = new Tails();
  readonly #subscriptions = new Map<string, GroupSubscription>();
  readonly #dirty = new Set<Stream>();
  readonly #insert;
  readonly #appends = { rows: 0, commits: 0 };
  #closed = false;

  constructor(private readonly parts: EventLogParts) {
    this.#streams = new Streams(parts.db, parts.topics);
    this.#reader = new LogReader(parts.db, this.#recent);
    this.#figures = new LogFigures(parts.db, parts.topics, this.#streams);
    this.#offsets = new OffsetTable(parts.db);
    this.#retention = new Retention({ ...parts, streams: this.#streams, offsets: this.#offsets });
    this.#insert = parts.db.prepare('INSERT INTO log (position, key, headers, value, time) VALUES (?, ?, ?, ?, ?)');
    parts.committer.observe(this);
  }

  async append(records: readonly RecordToAppend[]): Promise<readonly AppendedPosition[]> {
    this.#open();
    if (records.length === 0) return [];
    const { committer, crash } = this.parts;
    const streams = records.map((record) => this.#streams.forKey(record.topic, record.key));
    crash.hit('log.append.before');
    const positions = await committer.run(
      () => this.#insertAll(records, streams),
      (appended) => {
        crash.hit('log.append.after');
        this.#tails.publish(records, appended.positions, appended.time);
      },
    );
    return positions.positions;
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    this.#open();
    const streams = options.topics.flatMap((topic) => this.#streams.of(topic));
    const claims = options.topics.map((topic) => `${options.group}\n${topic}`);
    const taken = claims.find((claim) => this.#subscriptions.has(claim));
    if (taken !== undefined) {
      throw new InvariantError('already_subscribed', `group ${options.group} already follows ${taken.split('\n')[1]}`);
    }
    const subscription = new GroupSubscription(options, streams, {
      reader: this.#reader,
      clock: this.parts.clock,
      logger: this.parts.logger,
      storedOffset: (stream) => this.#offsets.get(options.group, stream),
      commitOffset: (stream, next) => this.#commitOffset(options.group, stream, next),
      onStopped: () => {
        for (const claim of claims) this.#subscriptions.delete(claim);
      },
    });
    for (const claim of claims) this.#subscriptions.set(claim, subscription);
    try {
      await this.parts.committer.run(() => this.#offsets.register(options.group, streams));
      await options.onAssigned?.(assignmentOf(streams));
    } catch (error) {
      await subscription.stop();
      throw error;
    }
    subscription.wakeAll();
    return subscription;
  }

  async tail(options: TailOptions): Promise<Subscription> {
    this.#open();
    for (const topic of options.topics) this.#streams.of(topic);
    return this.#tails.add(options);
  }

  async read(topic: string, partition: number, fromOffset: number, limit: number): Promise<readonly LogRecord[]> {
    return this.#query(() => this.#reader.read(this.#streams.partition(topic, partition), fromOffset, limit));
  }

  async endOffsets(topic: string): Promise<readonly number[]> {
    return this.#streams.of(topic).map((stream) => stream.committed);
  }

  async committedOffsets(group: string, topic: string): Promise<readonly number[]> {
    return this.#query(() => this.#streams.of(topic).map((stream) => this.#offsets.get(group, stream)));
  }

  /** What `view` makes of the topics' figures. */
  figures<R>(view: (topics: readonly TopicFigures[]) => R): R {
    return this.#query(() => view(this.#figures.all()));
  }

  /** Stops all subscriptions; the file itself belongs to the storage. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#tails.clear();
    await Promise.all([...new Set(this.#subscriptions.values())].map((subscription) => subscription.stop()));
  }

  committed(): void {
    if (this.#dirty.size === 0) return;
    const appended = [...this.#dirty];
    this.#dirty.clear();
    this.#recent.committed();
    this.#appends.commits += 1;
    for (const stream of appended) {
      this.#appends.rows += stream.next - stream.committed;
      stream.committed = stream.next;
    }
    for (const subscription of new Set(this.#subscriptions.values())) subscription.wake(appended);
    this.#retention.afterAppend();
  }

  /** Rows appended since the start and the transactions they came in: their ratio is the batch size group commit reached. */
  get appends(): Readonly<{ rows: number; commits: number }> {
    return { ...this.#appends };
  }

  rolledBack(): void {
    for (const stream of this.#dirty) stream.next = stream.committed;
    this.#dirty.clear();
    this.#recent.rolledBack();
  }

  #open(): void {
    if (this.#closed) throw closedError();
  }

  #query<R>(read: () => R): R {
    this.#open();
    try {
      return read();
    } catch (error) {
      throw storageError(error);
    }
  }

  #insertAll(records: readonly RecordToAppend[], streams: readonly Stream[]) {
    const time = Math.round(this.parts.clock.now());
    const positions = records.map((record, index) => {
      const stream = streams[index] as Stream;
      const offset = stream.next;
      const { headers } = record;
      const key = record.key.toWellFormed();
      const value = record.value.toWellFormed();
      this.#insert.run(stream.base + offset, key, encodeHeaders(headers), value, time);
      this.#recent.add(stream, {
        topic: record.topic,
        partition: stream.partition,
        offset,
        key,
        headers: headers ? { ...headers } : NO_HEADERS,
        value,
        time,
      });
      stream.next = offset + 1;
      this.#dirty.add(stream);
      return { partition: stream.partition, offset };
    });
    return { positions, time };
  }

  #commitOffset(group: string, stream: Stream, next: number): Promise<void> {
    const { committer, crash } = this.parts;
    crash.hit('offset.commit.before');
    return committer.run(
      () => this.#offsets.put(group, stream, next),
      () => crash.hit('offset.commit.after'),
    );
  }
}

function encodeHeaders(headers: RecordToAppend['headers']): string | null {
  if (headers === undefined) return null;
  for (const _ in headers) return JSON.stringify(headers);
  return null;
}

/** One process, so it delivers every partition there is. */
function assignmentOf(streams: readonly Stream[]): Assignment {
  const byTopic = Map.groupBy(streams, ({ topic }) => topic);
  return new Map([...byTopic].map(([topic, own]) => [topic, own.map(({ partition }) => partition)]));
}
