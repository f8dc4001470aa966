import { z } from 'zod';
import { Timestamp } from './vocabulary.js';

/** What an operator asks of an instance's own storage; the embedded profile has it, others may not. */

const Bytes = z.int().min(0);

export const TopicStorage = z.object({
  topic: z.string(),
  records: z.int().min(0),
  /** Bytes of the records; null where the storage cannot tell them cheaply. */
  bytes: Bytes.nullable(),
  /** null = kept for ever. */
  retentionDays: z.number().nullable(),
  /** When the oldest record that is still there was appended; null = the topic is empty. */
  oldestAt: Timestamp.nullable(),
});
export type TopicStorage = z.infer<typeof TopicStorage>;

export const StorageView = z.object({
  /** The whole data folder. */
  dataBytes: Bytes,
  /** Of it: what the event log takes. */
  logBytes: Bytes,
  /** Of it: the write-ahead file of the database. */
  walBytes: Bytes,
  /** Of all topics. */
  records: z.int().min(0),
  topics: z.array(TopicStorage),
});
export type StorageView = z.infer<typeof StorageView>;

/** A place where a rebuilt read model differs from the one in use. */
export const RebuildDifference = z.object({
  collection: z.string(),
  id: z.string(),
  /** Where in the document, with dots; "" = the document is missing in one of the two. Values are left out (personal data). */
  path: z.string(),
});
export type RebuildDifference = z.infer<typeof RebuildDifference>;

export const RebuildView = z.object({
  rebuildId: z.string(),
  status: z.enum(['running', 'completed', 'failed']),
  /** Documents made from the log so far. */
  documents: z.int().min(0),
  /** Documents compared with those in use. */
  compared: z.int().min(0),
  /** The first 100; `differenceCount` counts them all. */
  differences: z.array(RebuildDifference),
  differenceCount: z.int().min(0),
  /** The rebuilt read models took the place of the old ones. */
  switched: z.boolean(),
  startedAt: Timestamp,
  finishedAt: Timestamp.nullable(),
  /** failed: why; else null. */
  failure: z.string().nullable(),
});
export type RebuildView = z.infer<typeof RebuildView>;

/** The port behind GET /api/storage and /api/rebuilds; standalone implements it with the parts of sqlite and projector. */
export interface Maintenance {
  storage(): Promise<StorageView>;
  /** One rebuild at a time: while one is running, its id. Answers at once. */
  startRebuild(): Promise<{ readonly rebuildId: string }>;
  /** null = no such rebuild; kept for the life of the process. */
  rebuild(rebuildId: string): Promise<RebuildView | null>;
}
