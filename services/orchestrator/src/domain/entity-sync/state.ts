import type { Cursor, Entity, RunSelection, Target } from '@tillstream/contracts';

/** One per (tenant, entity): who holds the slot, which requests were accepted, where reading stands (D5, D7). */
export interface EntitySyncState {
  readonly tenantId: string;
  /** null = requests that span entities (retries). */
  readonly entity: Entity | null;
  readonly active: ActiveRun | null;
  /** Accepted requests by idempotency key, for 24 hours. */
  readonly keys: Readonly<Record<string, RememberedRequest>>;
  /** Cursors with the selection they were read under, by `cursorKey`. */
  readonly cursors: Readonly<Record<string, StoredCursor>>;
  /** The last decided requests: the same one appended again (restart of query-api) is not decided twice. */
  readonly decided: readonly string[];
}

/** The scanning run that holds the slot. */
export interface ActiveRun {
  readonly syncId: string;
  readonly selection: RunSelection;
  readonly cursorKeys: Readonly<Partial<Record<Target, string>>>;
}

export interface RememberedRequest {
  readonly syncId: string;
  readonly requestHash: string;
  /** RFC 3339. */
  readonly at: string;
}

export interface StoredCursor {
  readonly cursor: Cursor;
  readonly selection: RunSelection;
}

export const initialEntitySync = (tenantId: string, entity: Entity | null): EntitySyncState => ({
  tenantId,
  entity,
  active: null,
  keys: {},
  cursors: {},
  decided: [],
});

/** Cursors belong to (tenant, entity, target, target identity, source identity): another shop or realm starts empty. */
export const cursorKey = (target: Target, targetIdentity: string, sourceIdentity: string): string =>
  `${target}|${targetIdentity}|${sourceIdentity}`;
