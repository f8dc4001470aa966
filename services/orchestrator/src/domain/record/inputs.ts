import type {
  CanonicalCustomer,
  CanonicalOrder,
  CanonicalProduct,
  FactsOf,
  Lane,
  Problem,
  RowsPayload,
  RunSelection,
  Target,
  WorkDeferred,
  WorkPayload,
  WorkSettled,
} from '@tillstream/contracts';

import type { RecordDamage } from '../run/inputs.js';

/** What the edge made of the raw record (parsing is pure, its result is an input). */
export type Sighting =
  /** `suborder`: it repeats lines of its parent, all (`part`) or some of them (`mixed`); absent = money of its own (B17). */
  | (Seen & { readonly kind: 'order'; readonly order: CanonicalOrder; readonly suborder?: 'part' | 'mixed' })
  | (Seen & { readonly kind: 'customer'; readonly customer: CanonicalCustomer })
  | (Seen & { readonly kind: 'product'; readonly product: CanonicalProduct })
  | (Seen & {
      readonly kind: 'unreadable';
      readonly code: 'source_invalid' | 'source_date_missing';
      readonly message: string;
      /** null when even these cannot be read. */
      readonly status: string | null;
      readonly sourceNumber: string | null;
    })
  | { readonly kind: 'missing' }
  /** The shop has it and cannot serve it: what is known of it stays as it is (D9). */
  | { readonly kind: 'damaged'; readonly damage: RecordDamage };

interface Seen {
  /** Hash of the raw record. */
  readonly contentHash: string;
  /** Per target: hash of what matters to it; decides `unchanged`. */
  readonly workHashes: Readonly<Partial<Record<Target, string>>>;
  /** The record for the mirror, as it was read. */
  readonly rows: RowsPayload;
}

/** A sighting that the books can take. */
export type Readable = Extract<Sighting, { kind: 'order' | 'customer' | 'product' }>;

/** null = not to be read; a record the shop does not have is `gone`; customers have no status of their own. */
export function statusOf(sighting: Sighting): string | null {
  switch (sighting.kind) {
    case 'missing':
      return 'gone';
    case 'order':
      return sighting.order.status;
    case 'product':
      return sighting.product.status;
    case 'customer':
      return '';
    case 'unreadable':
      return sighting.status;
    case 'damaged':
      return null;
  }
}

/** The canonical record as work carries it. */
export function workOf(sighting: Readable): WorkPayload {
  switch (sighting.kind) {
    case 'order':
      return { order: sighting.order };
    case 'customer':
      return { customer: sighting.customer };
    case 'product':
      return { product: sighting.product };
  }
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
  /** `causedBy` = open failure of the record that the problem names as its cause, looked up at the edge. */
  | { readonly type: 'Settled'; readonly result: WorkSettled; readonly causedBy?: string }
  | { readonly type: 'Deferred'; readonly result: WorkDeferred; readonly causedBy?: string }
  /** Another record is held because of this one: the problem is this record's own. */
  | { readonly type: 'Blamed'; readonly target: Target; readonly problem: Problem }
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
      /** Only in this target: the failure that caused the record's is over there. */
      readonly target?: Target;
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
    }
  | {
      readonly type: 'RowsRequested';
      readonly facts: FactsOf<'RowsRequested'>;
      readonly payload: RowsPayload & object;
    };
