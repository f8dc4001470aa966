import type { Check } from './config-events.js';
import type { FieldDiff, PlanAction } from './plan-events.js';
import type { Problem, WrittenDocument } from './record-events.js';
import type { ErrorSample, RunRequest } from './run-events.js';
import type { Settings } from './settings.js';
import type {
  Entity,
  FailureState,
  Platform,
  RemoteError,
  Role,
  RunCounts,
  RunMode,
  RunStatus,
  Target,
  TargetSelection,
  TriggerType,
} from './vocabulary.js';

/**
 * Documents that one service writes and others read (D2 names the one writer of each collection). Collection names are
 * stored state. State documents of aggregates (processor library) are private to their service and not listed here.
 */
export const COLLECTIONS = {
  /** query-api */
  tenants: { name: 'tenants', indexes: [] },
  keys: { name: 'keys', indexes: [['tenantId', 'createdAt'], ['tenantId', 'role'], ['keyHash']] },
  connections: { name: 'connections', indexes: [['tenantId'], ['identityKey'], ['outboxPending']] },
  /** One document per realm: who creates it first owns the realm (409 `realm_in_use` for others). */
  realmClaims: { name: 'realm_claims', indexes: [] },
  settings: { name: 'settings', indexes: [['outboxPending']] },
  runRequests: { name: 'run_requests', indexes: [['tenantId', 'requestedAt'], ['syncId'], ['outboxPending']] },
  discardRequests: { name: 'discard_requests', indexes: [['outboxPending']] },
  /** quickbooks-writer */
  realmStatus: { name: 'realm_status', indexes: [['tenantId']] },
  /** supabase-writer */
  projectStatus: { name: 'project_status', indexes: [['tenantId']] },
  /** projector */
  runs: {
    name: 'read_runs',
    indexes: [
      ['tenantId', 'requestedAt'],
      ['tenantId', 'entity', 'requestedAt'],
      ['tenantId', 'status', 'requestedAt'],
      ['tenantId', 'triggerType', 'requestedAt'],
    ],
  },
  /** Runs refused before anybody was told their id; apart, so that lists show only runs that were returned. */
  refusedRuns: { name: 'read_refused_runs', indexes: [] },
  /** Run ids that turned out to repeat an earlier request. */
  runAliases: { name: 'read_run_aliases', indexes: [] },
  failures: {
    name: 'read_failures',
    indexes: [
      ['tenantId', 'lastFailedAt'],
      ['tenantId', 'state', 'lastFailedAt'],
      ['tenantId', 'code', 'lastFailedAt'],
      ['tenantId', 'entity', 'lastFailedAt'],
      ['tenantId', 'target', 'lastFailedAt'],
      ['tenantId', 'syncId', 'lastFailedAt'],
      ['tenantId', 'causedBy', 'lastFailedAt'],
    ],
  },
  /** Lines of the plans of dry runs. */
  plans: {
    name: 'read_plans',
    indexes: [
      ['runKey', 'ordinal'],
      ['runKey', 'action', 'ordinal'],
      ['runKey', 'target', 'ordinal'],
    ],
  },
  documents: { name: 'read_documents', indexes: [['tenantId', 'entity', 'updatedAt']] },
} as const;

/** A secret under the master key (AES-256-GCM; tenant, connection and key version are associated data). */
export interface SealedSecret {
  readonly keyVersion: string;
  readonly nonce: string;
  readonly ciphertext: string;
}

export interface TenantDocument {
  readonly tenantId: string;
  readonly name: string;
  readonly createdAt: string;
  /** Ids of its admin keys, so that of two who delete each other's one loses; absent = not written down yet. */
  readonly adminKeys?: readonly string[];
}

export interface KeyDocument {
  readonly tenantId: string;
  readonly name: string;
  readonly role: Role;
  /** sha256 of the key; the key itself is shown once and never stored. */
  readonly keyHash: string;
  readonly createdAt: string;
  /** Of the configured admin key after somebody deleted it: it stays revoked over restarts. */
  readonly revokedHash?: string;
}

/** id = `<tenantId>:<platform>`. */
export interface ConnectionDocument {
  readonly tenantId: string;
  readonly platform: Platform;
  readonly connectionId: string;
  /** Store URL, realm id, or project (its URL, else the database's address without credentials). */
  readonly identity: string;
  /** `<platform>:<identity>`: a realm belongs to one tenant. */
  readonly identityKey: string;
  /** Grows when the identity is replaced; id maps, cursors and effects belong to one epoch. */
  readonly identityEpoch: number;
  /** The non-secret fields of the PUT body. */
  readonly config: Readonly<Record<string, string | boolean | number>>;
  readonly secrets: Readonly<Record<string, SealedSecret>>;
  /** Grows with every PUT that carries a new refreshToken, so the writer adopts it once. */
  readonly secretsVersion: number;
  readonly status: 'unverified' | 'connected' | 'needs_reconnect' | 'error';
  readonly detail: string | null;
  readonly checks: readonly Check[];
  readonly lastCheckedAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Deleted, but its last fact may not be in the log yet: for everybody it is gone (libs/tenant-config). */
  readonly removed?: boolean;
}
export const connectionDocumentId = (tenantId: string, platform: Platform): string => `${tenantId}:${platform}`;

/** What quickbooks-writer knows of a realm's connection; overrides the status in ConnectionDocument. id = `<tenantId>:<realmId>`. */
export interface RealmStatusDocument {
  readonly tenantId: string;
  readonly realmId: string;
  readonly status: 'connected' | 'needs_reconnect' | 'error';
  readonly detail: string | null;
  readonly lastCheckedAt: string;
}

/** What supabase-writer knows of a project's connection; overrides the status in ConnectionDocument. id = `<tenantId>:<projectId>`. */
export interface ProjectStatusDocument {
  readonly tenantId: string;
  readonly projectId: string;
  readonly status: 'connected' | 'error';
  readonly detail: string | null;
  readonly lastCheckedAt: string;
}

/** id = tenantId. */
export interface SettingsDocument {
  readonly tenantId: string;
  readonly settings: Settings;
}

/** How long a request waits for the decision on its run before it is answered `queued` (D5), milliseconds. */
export const RUN_DECISION_WAIT_MS = 5_000;

/** id = syncId. Stored before the 202, so that a run id once returned is never lost (D5). */
export interface RunRequestDocument {
  readonly tenantId: string;
  readonly syncId: string;
  readonly requestedAt: string;
  readonly request: RunRequest;
}

/** id = syncId; REST shape (contract section 5) plus index fields. */
export interface RunReadModel {
  readonly tenantId: string;
  readonly syncId: string;
  readonly entity: Entity | null;
  readonly mode: RunMode;
  readonly target: TargetSelection;
  readonly dryRun: boolean;
  readonly status: RunStatus;
  readonly trigger: { readonly type: TriggerType; readonly id: string | null };
  readonly triggerType: TriggerType;
  readonly counts: RunCounts;
  readonly perTarget: Readonly<Partial<Record<Target, RunCounts>>>;
  readonly errors: readonly ErrorSample[];
  readonly requestedAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly cursor: { readonly from: string | null; readonly to: string | null };
  readonly remoteCalls: { readonly woocommerce: number; readonly quickbooks: number; readonly supabase: number };
  /** Why a failed or refused run failed. */
  readonly failure: { readonly code: string; readonly message: string } | null;
}

/** id = syncId of a request that was answered `queued` and then recognised as the repetition of `originalSyncId`. */
export interface RunAliasReadModel {
  readonly tenantId: string;
  readonly originalSyncId: string;
}

/** id = failureId. */
export interface FailureReadModel {
  readonly tenantId: string;
  readonly id: string;
  readonly entity: Entity;
  /** `woo:1042`. */
  readonly entityId: string;
  readonly sourceNumber: string;
  readonly target: Target;
  readonly code: string;
  readonly category: Problem['category'];
  readonly message: string;
  readonly action: string;
  readonly remote: RemoteError | null;
  readonly attempts: number;
  readonly firstFailedAt: string;
  readonly lastFailedAt: string;
  readonly nextAttemptAt: string | null;
  readonly state: FailureState;
  readonly syncId: string | null;
  readonly causedBy: string | null;
  /** The last 50 attempts. */
  readonly history: readonly {
    readonly at: string;
    readonly code: string;
    readonly message: string;
    readonly remote: RemoteError | null;
  }[];
}

/** id = `<tenantId>:<syncId>:<ordinal>:<target>`: one line of the plan of a dry run. */
export interface PlanReadModel {
  readonly tenantId: string;
  /** `<tenantId>:<syncId>`. */
  readonly runKey: string;
  readonly ordinal: number;
  readonly entity: Entity;
  /** `woo:1042`. */
  readonly entityId: string;
  readonly sourceNumber: string;
  readonly target: Target;
  readonly action: PlanAction;
  readonly reason: string | null;
  readonly message: string | null;
  readonly diff: readonly FieldDiff[];
  readonly predictedTotal: { readonly amountMinor: number; readonly currency: string } | null;
  readonly predictedCalls: number;
}

/** id = `<tenantId>:<entity>:<sourceId>`: what exists where, and how it got there. */
export interface DocumentReadModel {
  readonly tenantId: string;
  readonly entity: string;
  readonly sourceId: string;
  readonly sourceNumber: string | null;
  readonly updatedAt: string;
  readonly source: {
    readonly sourceVersion: number;
    readonly contentHash: string;
    readonly status: string;
    readonly totalMinor: number | null;
    readonly totalTaxMinor: number | null;
    readonly currency: string | null;
  } | null;
  readonly targets: Readonly<Partial<Record<Target, TargetDocument>>>;
  /** Ordered by occurrence; ids, amounts and outcomes only. The last 500. */
  readonly events: readonly {
    readonly id: string;
    readonly type: string;
    readonly occurredAt: string;
    readonly facts: Readonly<Record<string, unknown>>;
  }[];
}

export interface TargetDocument {
  readonly state: 'pending' | 'synced' | 'held' | 'failed' | 'retrying' | 'skipped';
  readonly remoteId: string | null;
  readonly remoteType: string | null;
  readonly docNumber: string | null;
  readonly total: { readonly amountMinor: number; readonly currency: string } | null;
  readonly remoteVersion: string | null;
  readonly contentHash: string | null;
  readonly syncedAt: string | null;
  readonly code: string | null;
  readonly linked: readonly WrittenDocument[];
}
