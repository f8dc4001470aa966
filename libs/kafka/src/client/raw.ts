import { createRequire } from 'node:module';
import type { KafkaMessage } from 'kafkajs';

/**
 * The parts of kafkajs 2.2.4 below its public face that `read` and `tail` use. Its consumer reads only as a member of
 * a group: a join per `read` (3 s on a usual broker), and a dead group left behind by each. The version is pinned
 * exactly and the contract suite goes through here, so that another version cannot slip in unnoticed.
 */
export interface RawCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  refreshMetadata(): Promise<void>;
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Readonly<Record<string, readonly number[]>>;
  findBroker(node: { readonly nodeId: string }): Promise<RawBroker>;
  removeBroker(address: { readonly host: string; readonly port: number }): void;
  fetchTopicsOffset(
    topics: readonly { topic: string; partitions: readonly { partition: number }[]; fromBeginning: boolean }[],
  ): Promise<readonly { topic: string; partitions: readonly { partition: number; offset: string }[] }[]>;
}

export interface RawBroker {
  fetch(request: {
    readonly maxWaitTime: number;
    readonly minBytes: number;
    readonly maxBytes: number;
    readonly isolationLevel: number;
    readonly topics: readonly {
      topic: string;
      partitions: readonly { partition: number; fetchOffset: string; maxBytes: number }[];
    }[];
  }): Promise<{ readonly responses: readonly { topicName: string; partitions: readonly RawPartition[] }[] }>;
}

export interface RawPartition {
  readonly partition: number;
  readonly highWatermark: string;
}

export interface RawBatch {
  readonly partition: number;
  readonly messages: readonly KafkaMessage[];
  readonly rawMessages: readonly KafkaMessage[];
  lastOffset(): string;
}

const require = createRequire(import.meta.url);
const Batch = require('kafkajs/src/consumer/batch') as new (
  topic: string,
  from: string,
  data: RawPartition,
) => RawBatch;

/** Leaves out what a fetch gives too much: records before `from`, aborted ones, transaction markers. */
export function toBatch(topic: string, from: number, data: RawPartition): RawBatch {
  return new Batch(topic, String(from), data);
}
