import type {
  CanonicalOrder,
  FactsOf,
  Lane,
  RunSelection,
  Target,
  WorkDeferred,
  WorkPayload,
  WorkSettled,
} from '@tillstream/contracts';

/** What the edge made of the raw record (parsing is pure, its result is an input). */
export type Sighting =
  | {
      readonly kind: 'order';
      readonly order: CanonicalOrder;
      /** Hash of the raw record. */
      readonly contentHash: string;
      /** Per target: hash of what matters to it; decides `unchanged`. */
      readonly workHashes: Readonly<Partial<Record<Target, string>>>;
    }
  | {
      readonly kind: 'unreadable';
      readonly contentHash: string;
      readonly message: string;
      /** null when even these cannot be read. */
      readonly status: string | null;
      readonly sourceNumber: string | null;
    }
  | { readonly kind: 'missing' };

/** null = not to be read; a record the shop does not have is `gone`. */
export function statusOf(sighting: Sighting): string | null {
  if (sighting.kind === 'missing') return 'gone';
  return sighting.kind === 'order' ? sighting.order.status : sighting.status;
}

/** One record of a RecordsDiscovered event. */
export interface Observation {
  readonly type: 'Observed';
  readonly syncId: string;
  readonly ordinal: number;
  readonly readBeganAt: number;
  readonly lane: Lane;
  readonly sourceIdentity: string;
  /** Current identity and epoch per target; absent = not connected any more. */
  readonly targetIdentities: Readonly<Partial<Record<Target, string>>>;
  readonly targets: readonly Target[];
  readonly selection: RunSelection;
  readonly statusFilter: readonly string[] | null;
  readonly recreate: boolean;
  /** The run was cancelled before this record's turn. */
  readonly runCancelled: boolean;
  readonly sighting: Sighting;
}

export type RecordInput =
  | Observation
  | { readonly type: 'Settled'; readonly result: WorkSettled }
  | { readonly type: 'Deferred'; readonly result: WorkDeferred }
  | {
      readonly type: 'Discard';
      readonly failureId: string;
      readonly target: Target;
      readonly reason: string;
    }
  /** Settings or a connection changed: what is held may fit now. */
  | {
      readonly type: 'Recheck';
      readonly targetIdentities: Readonly<Partial<Record<Target, string>>>;
      /** When settings or connection changed, microseconds. */
      readonly changedAt: number;
    };

type PlainType =
  | 'RecordObserved'
  | 'RecordSynced'
  | 'RecordSettled'
  | 'FailureRecorded'
  | 'FailureResolved'
  | 'FailureDiscarded';

export type RecordEvent =
  | { [T in PlainType]: { readonly type: T; readonly facts: FactsOf<T> } }[PlainType]
  | {
      readonly type: 'WorkRequested';
      readonly facts: FactsOf<'WorkRequested'>;
      readonly payload: WorkPayload & object;
    };
