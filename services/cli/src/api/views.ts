import type {
  Check,
  ConnectionDocument,
  DocumentReadModel,
  Entity,
  FailureReadModel,
  Platform,
  PlanReadModel,
  RunReadModel,
  Settings,
  TargetDocument,
  WrittenDocument,
} from '@tillstream/contracts';

/** What REST answers, as far as the command line reads it (contract sections 3 and 5). */

export interface List<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

export type RunView = Omit<RunReadModel, 'tenantId' | 'triggerType'>;

/** The 202. */
export interface StartedRun {
  readonly syncId: string;
}

export type FailureView = Omit<FailureReadModel, 'tenantId' | 'history'> & { readonly sourceId: string };

export type PlanLine = Omit<PlanReadModel, 'tenantId' | 'runKey' | 'ordinal'> & { readonly sourceId: string };

interface Amount {
  readonly amountMinor: number;
  readonly currency: string;
}

export type LinkedView = Omit<WrittenDocument, 'totalMinor' | 'currency'> & { readonly total: Amount | null };
export type TargetView = Omit<TargetDocument, 'linked'> & { readonly linked: readonly LinkedView[] };

export interface DocumentView extends Pick<DocumentReadModel, 'sourceId' | 'sourceNumber' | 'updatedAt' | 'events'> {
  readonly entity: Entity;
  readonly source: {
    readonly status: string;
    readonly total: Amount | null;
    readonly totalTax: Amount | null;
  } | null;
  readonly targets: Readonly<Record<string, TargetView>>;
}

export interface ConnectionView {
  readonly platform: Platform;
  readonly status: ConnectionDocument['status'];
  readonly detail?: string;
  readonly lastCheckedAt?: string;
  readonly identity: string;
}

export interface TestResult {
  readonly ok: boolean;
  readonly checks: readonly Check[];
  readonly latencyMs: number;
}

export type SettingsView = Settings & { readonly version: number };
