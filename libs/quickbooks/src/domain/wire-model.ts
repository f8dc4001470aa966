import type { ProblemCodeName, RemoteError } from '@tillstream/contracts';

/** Types of the wire: what QuickBooks sends, and what an answer means. */

export type EntityName =
  | 'Invoice'
  | 'Payment'
  | 'Customer'
  | 'Item'
  | 'Account'
  | 'Vendor'
  | 'Employee'
  | 'TaxCode'
  | 'TaxRate'
  | 'CompanyInfo'
  | 'Preferences';

/** An object as QuickBooks sends it; fields we do not know are kept and ignored. */
export interface WireEntity {
  readonly Id: string;
  readonly SyncToken?: string;
  readonly [field: string]: unknown;
}

/** What an answer means for the caller. `remote` is for people and support tickets, never a body. */
export type RemoteResult<T = WireEntity> =
  | { readonly kind: 'ok'; readonly entity: T; readonly traceId: string | null }
  /** Refresh the token once and repeat. No effect. */
  | { readonly kind: 'auth_expired'; readonly remote: RemoteError }
  /** The user or app lost access: stop the realm. No effect. */
  | { readonly kind: 'auth_denied'; readonly remote: RemoteError }
  /** Pause the realm 60 s. No effect. */
  | { readonly kind: 'throttled'; readonly remote: RemoteError }
  /** 5010: read by id, decide again. */
  | { readonly kind: 'stale'; readonly remote: RemoteError }
  | { readonly kind: 'duplicate_doc_number'; readonly holderId: string | null; readonly remote: RemoteError }
  | { readonly kind: 'duplicate_name'; readonly existingId: string | null; readonly remote: RemoteError }
  /** 600: the first request under this id was processed or still runs: resolve it as unknown. */
  | { readonly kind: 'duplicate_request'; readonly remote: RemoteError }
  | { readonly kind: 'not_found'; readonly remote: RemoteError }
  | { readonly kind: 'invalid_reference'; readonly element: string | null; readonly remote: RemoteError }
  | { readonly kind: 'period_closed'; readonly remote: RemoteError }
  /** Refused for good; `code` is the problem to show. */
  | {
      readonly kind: 'rejected';
      readonly code: ProblemCodeName;
      readonly message: string;
      readonly remote: RemoteError;
    }
  /** Certainly no effect; try again later. */
  | {
      readonly kind: 'retry_later';
      readonly code: ProblemCodeName;
      readonly message: string;
      readonly remote: RemoteError;
    }
  /** Writes only: it may have happened. Look it up before doing anything (D12, D13). */
  | { readonly kind: 'unknown_outcome'; readonly reason: string; readonly remote: RemoteError };

/** What the call was: decides how nonsense is read, and which entity a success must carry. */
export interface CallContext {
  readonly effect: 'read' | 'write';
  readonly expect: EntityName | 'QueryResponse';
  /** The call makes a new object: 610 then means something it refers to. */
  readonly creates?: boolean;
}
