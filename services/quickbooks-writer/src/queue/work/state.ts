import type {
  CanonicalCustomer,
  CanonicalOrder,
  CanonicalProduct,
  Outcome,
  Problem,
  WorkRequested,
  WrittenDocument,
} from '@tillstream/contracts';
import type { WorkIdentity } from './identity.js';

/**
 * - `none`      nothing was ever asked
 * - `open`      to be delivered as soon as the scheduler gets to it
 * - `deferred`  trouble that passes: again at `nextAttemptAtMs`
 * - `parked`    the connection asks for a new consent: goes on when it is back
 * - `settled`   final until something changes
 */
export type WorkStatus = 'none' | 'open' | 'deferred' | 'parked' | 'settled';

/** The latest request for a record; older ones are forgotten (I8). */
export type RequestedWork = WorkRequested;

export interface WorkState {
  readonly identity: WorkIdentity;
  readonly status: WorkStatus;
  readonly request: RequestedWork | null;
  /** Only while the work is not settled: personal data is not kept longer than needed. */
  readonly order: CanonicalOrder | null;
  /** The same of the other entities; absent in documents of earlier versions, and when there is none. */
  readonly customer?: CanonicalCustomer;
  readonly product?: CanonicalProduct;
  /** Grows with every accepted request: a result of an earlier one is recognised and dropped. */
  readonly generation: number;
  /** Failed attempts of this request. */
  readonly attempts: number;
  /** Wall clock, ms; only while `deferred`. */
  readonly nextAttemptAtMs: number | null;
  /** Calls to QuickBooks for this request so far. */
  readonly remoteCalls: number;
  /** Documents that an earlier result reported: decides between `created`, `updated` and `unchanged`. */
  readonly reportedDocuments: number;
  /**
   * Customers and products: content hash of the last result that left the record in QuickBooks. What an order created
   * counts as saying it, so that only a later change is an update.
   */
  readonly knownHash?: string;
  readonly result: {
    readonly outcome: Outcome;
    readonly problem: Problem | null;
    readonly documents: readonly WrittenDocument[];
  } | null;
}

export const initialWork = (identity: WorkIdentity): WorkState => ({
  identity,
  status: 'none',
  request: null,
  order: null,
  generation: 0,
  attempts: 0,
  nextAttemptAtMs: null,
  remoteCalls: 0,
  reportedDocuments: 0,
  result: null,
});
