import type * as Words from '@tillstream/contracts';
import {
  DocumentState,
  Entity,
  FailureCategory,
  FailureState,
  Mode,
  SyncStatus,
  Target,
  TriggerType,
} from '@tillstream/proto';
import type { TargetView } from '../../documents/schemas.js';

/** The words of REST and what they are called in sync.proto. */
export const ENTITIES: Readonly<Record<Words.Entity, Entity>> = {
  orders: Entity.ENTITY_ORDERS,
  customers: Entity.ENTITY_CUSTOMERS,
  products: Entity.ENTITY_PRODUCTS,
};

export const TARGETS: Readonly<Record<Words.Target, Target>> = {
  quickbooks: Target.TARGET_QUICKBOOKS,
  supabase: Target.TARGET_SUPABASE,
};

/** `all` has no value of its own. */
export const SELECTIONS: Readonly<Record<Words.TargetSelection, Target>> = {
  ...TARGETS,
  all: Target.TARGET_UNSPECIFIED,
};

export const MODES: Readonly<Record<Words.RunMode, Mode>> = {
  full: Mode.MODE_FULL,
  incremental: Mode.MODE_INCREMENTAL,
};

export const STATUSES: Readonly<Record<Words.RunStatus, SyncStatus>> = {
  queued: SyncStatus.SYNC_STATUS_QUEUED,
  running: SyncStatus.SYNC_STATUS_RUNNING,
  completed: SyncStatus.SYNC_STATUS_COMPLETED,
  completed_with_errors: SyncStatus.SYNC_STATUS_COMPLETED_WITH_ERRORS,
  failed: SyncStatus.SYNC_STATUS_FAILED,
  cancelled: SyncStatus.SYNC_STATUS_CANCELLED,
};

export const TRIGGERS: Readonly<Record<Words.TriggerType, TriggerType>> = {
  api: TriggerType.TRIGGER_TYPE_API,
  schedule: TriggerType.TRIGGER_TYPE_SCHEDULE,
  webhook: TriggerType.TRIGGER_TYPE_WEBHOOK,
  pos: TriggerType.TRIGGER_TYPE_POS,
  retry: TriggerType.TRIGGER_TYPE_RETRY,
  cli: TriggerType.TRIGGER_TYPE_CLI,
};

export const CATEGORIES: Readonly<Record<Words.FailureCategory, FailureCategory>> = {
  transient: FailureCategory.FAILURE_CATEGORY_TRANSIENT,
  permanent: FailureCategory.FAILURE_CATEGORY_PERMANENT,
  held: FailureCategory.FAILURE_CATEGORY_HELD,
  unknown_outcome: FailureCategory.FAILURE_CATEGORY_UNKNOWN_OUTCOME,
};

export const FAILURE_STATES: Readonly<Record<Words.FailureState, FailureState>> = {
  open: FailureState.FAILURE_STATE_OPEN,
  retrying: FailureState.FAILURE_STATE_RETRYING,
  resolved: FailureState.FAILURE_STATE_RESOLVED,
  discarded: FailureState.FAILURE_STATE_DISCARDED,
};

export const DOCUMENT_STATES: Readonly<Record<TargetView['state'], DocumentState>> = {
  pending: DocumentState.DOCUMENT_STATE_PENDING,
  synced: DocumentState.DOCUMENT_STATE_SYNCED,
  held: DocumentState.DOCUMENT_STATE_HELD,
  failed: DocumentState.DOCUMENT_STATE_FAILED,
  retrying: DocumentState.DOCUMENT_STATE_RETRYING,
  skipped: DocumentState.DOCUMENT_STATE_SKIPPED,
};

/**
 * The word for a value of a request. UNSPECIFIED is left out; a number that nobody knows stays what the generated
 * types call it, which no schema takes.
 */
export function wordOf(words: Readonly<Record<string, string>>, value: string): string | undefined {
  if (value.endsWith('_UNSPECIFIED')) return undefined;
  return Object.keys(words).find((word) => words[word] === value) ?? value;
}
