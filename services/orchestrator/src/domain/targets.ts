import { realmKey, TOPICS, type Entity, type Target } from '@tillstream/contracts';

/**
 * Where work for a target goes. A new target is a row here, a topic and a writer; everything else in this service takes
 * targets as a list.
 */
interface TargetRoute {
  readonly workTopic: string;
  /** Key of a piece of work: one consumer holds a company's budget, token and id map (design section 2). */
  readonly workKey: (tenantId: string, identityKey: string) => string;
  readonly entities: readonly Entity[];
}

export const TARGET_ROUTES = {
  quickbooks: { workTopic: TOPICS.workQuickBooks.name, workKey: realmKey, entities: ['orders'] },
} as const satisfies Partial<Record<Target, TargetRoute>>;

/** Targets that have a writer. */
export const ROUTED_TARGETS = Object.keys(TARGET_ROUTES) as readonly Target[];

/** What people call them. */
export const TARGET_TITLES: Readonly<Record<Target, string>> = { quickbooks: 'QuickBooks', supabase: 'Supabase' };

/** Entities a run can be asked for: some target takes them. */
export function isSyncedEntity(entity: Entity): boolean {
  return Object.values<TargetRoute>(TARGET_ROUTES).some((route) => route.entities.includes(entity));
}

/** `<realmId>#<epoch>`: what cursors, id maps and effects of a target belong to. */
export const targetIdentity = (identity: string, epoch: number): string => `${identity}#${epoch}`;

/** The remote's own name in a target identity. */
export function identityName(identity: string): string {
  const cut = identity.lastIndexOf('#');
  return cut < 0 ? identity : identity.slice(0, cut);
}
