/**
 * EventLog: the durable, partitioned log behind every topic (design section 4). Embedded: SQLite; distributed: Kafka.
 *
 * Guarantees every adapter gives (proved by `eventLogContract`):
 *  - `append` resolves only when every record is durable (D1); on rejection none, some or all may be in the log.
 *  - Records of one key keep the order in which they were appended; a key always maps to the same partition.
 *  - `subscribe` delivers at least once, in order per partition, never two batches of one partition at a time; the
 *    group's offset moves only after the handler resolved. A rejecting handler gets the same batch again (with
 *    backoff), other partitions go on.
 */
export interface LogRecord {
  readonly topic: string;
  readonly partition: number;
  /** Position within the partition, from 0, gapless in the SQLite adapter (Kafka may have gaps). */
  readonly offset: number;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  /** UTF-8 text. Ours is JSON; foreign producers may send anything. */
  readonly value: string;
  /** Append time, milliseconds since the epoch. */
  readonly time: number;
}

export interface RecordToAppend {
  readonly topic: string;
  readonly key: string;
  readonly value: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface AppendedPosition {
  readonly partition: number;
  readonly offset: number;
}

export interface RecordBatch {
  readonly topic: string;
  readonly partition: number;
  /** 1..maxBatch records of this partition, ascending offsets. */
  readonly records: readonly LogRecord[];
  /** Aborted when the subscription is stopping or lost the partition: finish the current step, start no new one. */
  readonly signal: AbortSignal;
}

export interface SubscribeOptions {
  /** Consumer group: stored state, renaming one re-reads everything. */
  readonly group: string;
  readonly topics: readonly string[];
  /** Most records per batch. Default 200 on SQLite, 500 on Kafka, where it ends early beyond 8 MiB of values. */
  readonly maxBatch?: number;
  /**
   * For followers that may lag a little: batches of one partition begin at least this many milliseconds apart unless
   * `maxBatch` records wait, so that a busy partition is handled in fewer, larger batches. Default 0.
   */
  readonly paceMs?: number;
  /**
   * Told with every partition that this subscription delivers, before the first batch of them: once where there is one
   * process (a rejection is then `subscribe`'s), and after every rebalance of the group (a takeover, when partitions of
   * another member are among them; a rejection is told again). No batch is delivered before it resolved.
   */
  readonly onAssigned?: (assignment: Assignment) => void | Promise<void>;
  readonly handler: (batch: RecordBatch) => Promise<void>;
}

/** Partitions by topic. Of topics with equally many partitions a member has the same ones, so that keys meet. */
export type Assignment = ReadonlyMap<string, readonly number[]>;

export interface Subscription {
  /** Stops delivery and resolves when the running handler, if any, has finished. */
  stop(): Promise<void>;
  /** Set when delivery is stuck: the last handler error. Readiness turns red on it. */
  readonly lastError: Error | undefined;
}

export interface TailOptions {
  readonly topics: readonly string[];
  /** Called for every record appended after the call resolved; no group, no offset, nothing is retried. */
  readonly onRecord: (record: LogRecord) => void;
}

export interface EventLog {
  append(records: readonly RecordToAppend[]): Promise<readonly AppendedPosition[]>;
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  /** Follows topics from now on without a group: replies and live progress. */
  tail(options: TailOptions): Promise<Subscription>;
  /** Up to `limit` records from `fromOffset` on (rebuild, explain). */
  read(topic: string, partition: number, fromOffset: number, limit: number): Promise<readonly LogRecord[]>;
  /** Next offset to be written, per partition. */
  endOffsets(topic: string): Promise<readonly number[]>;
  /** Next offset the group will read, per partition (0 when it never committed). */
  committedOffsets(group: string, topic: string): Promise<readonly number[]>;
  close(): Promise<void>;
}

/** What an adapter must know of a topic before it is used. */
export interface TopicDefinition {
  readonly name: string;
  /** Never changes within a topic's version. */
  readonly partitions: number;
  /** Milliseconds; null = unlimited (facts). */
  readonly retentionMs: number | null;
}
