import type { LogRecord } from '@tillstream/event-log';
import type { RawBatch, RawCluster, RawPartition } from './client/raw.js';
import { toBatch } from './client/raw.js';
import { toRecord } from './records.js';
import type { TopicNames } from './topics.js';

const FETCH_BYTES = 4 * 1024 * 1024;
const ATTEMPTS = 8;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1000;

/** A place in a partition and what is to be read there. */
export interface FetchPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** Reads partitions without a consumer group, over a connection of its own. */
export class Reader {
  #connected: Promise<void> | undefined;
  #topics = new Set<string>();

  constructor(
    private readonly cluster: RawCluster,
    private readonly names: TopicNames,
  ) {}

  /** Up to `limit` records from `from` on; records that expired are passed over. */
  async read(topic: string, partition: number, from: number, limit: number): Promise<readonly LogRecord[]> {
    const records: LogRecord[] = [];
    let offset = Math.max(0, from);
    while (records.length < limit) {
      const found = await this.#retried(topic, () => this.#page({ topic, partition, offset }));
      if (found.expiredBefore !== undefined) {
        if (found.expiredBefore <= offset) break;
        offset = found.expiredBefore;
        continue;
      }
      for (const message of found.batch?.messages ?? []) records.push(toRecord(topic, partition, message));
      const next = found.batch && found.batch.rawMessages.length > 0 ? Number(found.batch.lastOffset()) + 1 : offset;
      if (next <= offset) break;
      offset = next;
    }
    return records.slice(0, limit);
  }

  /** The next offset of every partition. */
  async ends(topic: string): Promise<readonly number[]> {
    return this.#retried(topic, () => this.#offsets(topic, false));
  }

  /** What came for these positions, per position; waits up to `waitMs` when nothing is there. */
  async fetch(positions: readonly FetchPosition[], waitMs: number): Promise<readonly [FetchPosition, RawBatch][]> {
    for (const { topic } of positions) await this.#know(topic);
    const byLeader = Map.groupBy(positions, ({ topic, partition }) => this.#leader(topic, partition));
    const answers = await Promise.all([...byLeader].map(([node, own]) => this.#fetchFrom(node, own, waitMs)));
    return answers.flat();
  }

  async close(): Promise<void> {
    await this.cluster.disconnect().catch(() => undefined);
  }

  async #page(position: FetchPosition): Promise<{ batch?: RawBatch; expiredBefore?: number }> {
    try {
      const [answer] = await this.fetch([position], 0);
      return answer ? { batch: answer[1] } : {};
    } catch (thrown) {
      if ((thrown as { type?: string }).type !== 'OFFSET_OUT_OF_RANGE') throw thrown;
      const begins = await this.#offsets(position.topic, true);
      return { expiredBefore: begins[position.partition] ?? 0 };
    }
  }

  #leader(topic: string, partition: number): string {
    const [node] = Object.keys(this.cluster.findLeaderForPartitions(this.names.onCluster(topic), [partition]));
    return node ?? '';
  }

  async #fetchFrom(nodeId: string, positions: readonly FetchPosition[], waitMs: number) {
    const broker = await this.cluster.findBroker({ nodeId });
    const byTopic = Map.groupBy(positions, ({ topic }) => topic);
    const { responses } = await broker.fetch({
      maxWaitTime: waitMs,
      minBytes: waitMs === 0 ? 0 : 1,
      maxBytes: FETCH_BYTES,
      isolationLevel: 1,
      topics: [...byTopic].map(([topic, own]) => ({
        topic: this.names.onCluster(topic),
        partitions: own.map(({ partition, offset }) => ({
          partition,
          fetchOffset: String(offset),
          maxBytes: FETCH_BYTES,
        })),
      })),
    });
    return responses.flatMap(({ topicName, partitions }) =>
      partitions.flatMap((data) => answered(positions, this.names.fromCluster(topicName), data)),
    );
  }

  async #offsets(topic: string, fromBeginning: boolean): Promise<readonly number[]> {
    const name = this.names.onCluster(topic);
    const partitions = Array.from({ length: this.names.partitions(topic) }, (_, partition) => ({ partition }));
    await this.#know(topic);
    const [answer] = await this.cluster.fetchTopicsOffset([{ topic: name, partitions, fromBeginning }]);
    const offsets = new Map(answer?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    return partitions.map(({ partition }) => offsets.get(partition) ?? 0);
  }

  async #know(topic: string): Promise<void> {
    this.#connected ??= this.cluster.connect();
    await this.#connected;
    if (this.#topics.has(topic)) return;
    await this.cluster.addMultipleTargetTopics([this.names.onCluster(topic)]);
    this.#topics.add(topic);
  }

  /** A broker that moved or comes back is found again; what lasts longer than about 5 s is the caller's to judge. */
  async #retried<R>(topic: string, act: () => Promise<R>): Promise<R> {
    this.names.partitions(topic);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await act();
      } catch (thrown) {
        if (attempt >= ATTEMPTS || (thrown as { retriable?: boolean }).retriable === false) throw thrown;
        await this.recover(thrown);
        const wait = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1));
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  /** Forgets a closed connection and asks anew who leads. */
  async recover(thrown: unknown): Promise<void> {
    const { name, host, port } = thrown as { name?: string; host?: string; port?: number };
    if (name === 'KafkaJSConnectionClosedError' && host !== undefined && port !== undefined) {
      this.cluster.removeBroker({ host, port });
    }
    this.#connected = undefined;
    await this.cluster.refreshMetadata().catch(() => undefined);
  }
}

function answered(positions: readonly FetchPosition[], topic: string, data: RawPartition): [FetchPosition, RawBatch][] {
  const position = positions.find((each) => each.topic === topic && each.partition === data.partition);
  return position ? [[position, toBatch(topic, position.offset, data)]] : [];
}
