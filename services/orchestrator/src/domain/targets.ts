import { TOPICS, type Target, type TopicName } from '@tillstream/contracts';

/**
 * Where work for a target goes; every target takes every entity. A new target is a row here, a topic and a writer;
 * everything else in this service takes targets as a list.
 */
interface TargetRoute {
  readonly workTopic: TopicName;
  /** Where its writer is asked what it would do. */
  readonly planTopic: TopicName;
}

export const TARGET_ROUTES = {
  quickbooks: { workTopic: TOPICS.workQuickBooks.name, planTopic: TOPICS.planQuickBooks.name },
  supabase: { workTopic: TOPICS.workSupabase.name, planTopic: TOPICS.planSupabase.name },
} as const satisfies Readonly<Record<Target, TargetRoute>>;

/** Targets that have a writer. */
export const ROUTED_TARGETS = Object.keys(TARGET_ROUTES) as readonly Target[];

/** What people call them. */
export const TARGET_TITLES: Readonly<Record<Target, string>> = { quickbooks: 'QuickBooks', supabase: 'Supabase' };

/** `<realmId>#<epoch>`: what cursors, id maps and effects of a target belong to. */
export const targetIdentity = (identity: string, epoch: number): string => `${identity}#${epoch}`;

/** The remote's own name in a target identity. */
export function identityName(identity: string): string {
  const cut = identity.lastIndexOf('#');
  return cut < 0 ? identity : identity.slice(0, cut);
}
