/**
 * The one table of topics (ARCHITECTURE.md prints it). A topic's name, key and partition count are stored state and
 * never change within a version. Facts are kept for ever, and so is work: the state of a record is folded from it too
 * (D4, ADR 0012). Control is kept for 30 days.
 */
const DAY_MS = 86_400_000;

export interface TopicRow {
  readonly name: string;
  /** What the key is made of; order is kept per key. */
  readonly key: string;
  readonly producers: readonly string[];
  readonly consumers: readonly string[];
  readonly partitions: number;
  /** null = unlimited. */
  readonly retentionMs: number | null;
  /** What one reads here. */
  readonly about: string;
}

export const TOPICS = {
  requests: {
    name: 'sync.requests.v1',
    key: 'tenant:entity',
    producers: ['query-api'],
    consumers: ['orchestrator'],
    partitions: 12,
    retentionMs: 30 * DAY_MS,
    about: 'requests to start or cancel a run',
  },
  runs: {
    name: 'sync.runs.v1',
    key: 'tenant:entity',
    producers: ['orchestrator'],
    consumers: ['orchestrator', 'projector', 'query-api'],
    partitions: 12,
    retentionMs: null,
    about: 'facts about runs: accepted, refused, progressed, finished',
  },
  discovered: {
    name: 'sync.discovered.v1',
    key: 'tenant:entity',
    producers: ['orchestrator'],
    consumers: ['orchestrator'],
    partitions: 12,
    retentionMs: null,
    about: 'source records found by a run, in chunks, each record with its ordinal',
  },
  progress: {
    name: 'sync.progress.v1',
    key: 'tenant:entity',
    producers: ['orchestrator'],
    consumers: ['orchestrator'],
    partitions: 12,
    retentionMs: null,
    about: 'a record became final in a target of a run',
  },
  workQuickBooks: {
    name: 'sync.work.quickbooks.v1',
    key: 'tenant:realm',
    producers: ['orchestrator'],
    consumers: ['quickbooks-writer'],
    partitions: 12,
    retentionMs: null,
    about: 'records to bring to QuickBooks',
  },
  workSupabase: {
    name: 'sync.work.supabase.v1',
    key: 'tenant:entity:sourceId',
    producers: ['orchestrator'],
    consumers: ['supabase-writer'],
    partitions: 12,
    retentionMs: null,
    about: 'records to bring to Supabase',
  },
  planQuickBooks: {
    name: 'sync.plan.quickbooks.v1',
    key: 'tenant:realm',
    producers: ['orchestrator'],
    consumers: ['quickbooks-writer'],
    partitions: 6,
    retentionMs: null,
    about: 'records of a dry run to plan for QuickBooks',
  },
  planSupabase: {
    name: 'sync.plan.supabase.v1',
    key: 'tenant:project',
    producers: ['orchestrator'],
    consumers: ['supabase-writer'],
    partitions: 6,
    retentionMs: null,
    about: 'records of a dry run to plan for Supabase',
  },
  planAnswers: {
    name: 'sync.plan.answers.v1',
    key: 'tenant:syncId',
    producers: ['quickbooks-writer', 'supabase-writer'],
    consumers: ['orchestrator'],
    partitions: 12,
    retentionMs: 30 * DAY_MS,
    about: 'what a writer would do with a record of a dry run',
  },
  plans: {
    name: 'sync.plans.v1',
    key: 'tenant:entity',
    producers: ['orchestrator'],
    consumers: ['projector'],
    partitions: 12,
    retentionMs: null,
    about: 'the lines of the plan of a dry run',
  },
  results: {
    name: 'sync.results.v1',
    key: 'tenant:entity:sourceId',
    producers: ['quickbooks-writer', 'supabase-writer'],
    consumers: ['orchestrator'],
    partitions: 24,
    retentionMs: null,
    about: 'what became of a piece of work in its target',
  },
  events: {
    name: 'sync.events.v1',
    key: 'tenant:entity:sourceId',
    producers: ['orchestrator', 'quickbooks-writer', 'supabase-writer'],
    consumers: ['projector'],
    partitions: 24,
    retentionMs: null,
    about: 'facts about records, effects and failures: the public history',
  },
  config: {
    name: 'sync.config.v1',
    key: 'tenant',
    producers: ['query-api'],
    consumers: ['orchestrator', 'quickbooks-writer', 'supabase-writer'],
    partitions: 6,
    retentionMs: null,
    about: 'settings and connections changed, failures discarded (no secrets)',
  },
  writerCommands: {
    name: 'quickbooks.commands.v1',
    key: 'tenant',
    producers: ['query-api'],
    consumers: ['quickbooks-writer'],
    partitions: 6,
    retentionMs: DAY_MS,
    about: 'connection test and consent, served before queued work; secrets inside are sealed',
  },
  writerReplies: {
    name: 'quickbooks.replies.v1',
    key: 'tenant',
    producers: ['quickbooks-writer'],
    consumers: ['query-api'],
    partitions: 6,
    retentionMs: DAY_MS,
    about: 'answers to quickbooks.commands.v1',
  },
  supabaseCommands: {
    name: 'supabase.commands.v1',
    key: 'tenant',
    producers: ['query-api'],
    consumers: ['supabase-writer'],
    partitions: 6,
    retentionMs: DAY_MS,
    about: 'connection test, served before queued work',
  },
  supabaseReplies: {
    name: 'supabase.replies.v1',
    key: 'tenant',
    producers: ['supabase-writer'],
    consumers: ['query-api'],
    partitions: 6,
    retentionMs: DAY_MS,
    about: 'answers to supabase.commands.v1',
  },
} as const satisfies Record<string, TopicRow>;

export type TopicName = (typeof TOPICS)[keyof typeof TOPICS]['name'];

/** Where undecodable or oversize records of `topic` go (D9); its own definition derives from the topic's. */
export function deadLetterTopic(topic: string): string {
  return `${topic}.dlq`;
}

/** Every topic an adapter must create, dead-letter topics included. */
export function allTopicDefinitions(): { name: string; partitions: number; retentionMs: number | null }[] {
  return Object.values(TOPICS).flatMap(({ name, partitions, retentionMs }) => [
    { name, partitions, retentionMs },
    { name: deadLetterTopic(name), partitions: 1, retentionMs: null },
  ]);
}

export const runKey = (tenantId: string, entity: string | null): string => `${tenantId}:${entity ?? '*'}`;
export const recordKey = (tenantId: string, entity: string, sourceId: string): string =>
  `${tenantId}:${entity}:${sourceId}`;
export const realmKey = (tenantId: string, realmId: string): string => `${tenantId}:${realmId}`;
export const planAnswerKey = (tenantId: string, syncId: string): string => `${tenantId}:${syncId}`;
