import type { ProblemCodeName, RemoteError } from '@tillstream/contracts';
import { assertNever } from '@tillstream/kernel';
import type { RemoteResult } from '@tillstream/quickbooks';
import { type Deferral, deferral, type Hold, hold } from './trouble.js';

type Failure = Exclude<RemoteResult<unknown>, { kind: 'ok' }>;

/** The value of a read, or the trouble it means for the record that asked. */
export function valueOf<T>(result: RemoteResult<T>, throttlePausedUntil: number): T {
  if (result.kind === 'ok') return result.entity;
  if (isRefusedRead(result)) {
    const { message, remote } = result;
    throw deferral('quickbooks_read_refused', `QuickBooks refused to show it: ${message}`, 'backoff', remote);
  }
  throw troubleOf(result, throttlePausedUntil);
}

/** A refused read is no refused document: what was asked for may be right, and readable when something else is mended. */
export function isRefusedRead(
  result: RemoteResult<unknown>,
): result is Extract<Failure, { readonly kind: 'rejected' }> {
  return result.kind === 'rejected' && (result.code === 'quickbooks_rejected' || result.code === 'mapping_invalid');
}

/** What an answer without success means for a record, when its step has no better idea (facts section 3). */
export function troubleOf(failure: Failure, throttlePausedUntil: number): Deferral | Hold {
  const { remote } = failure;
  switch (failure.kind) {
    case 'throttled':
      return deferral('quickbooks_throttled', 'QuickBooks asked to slow down.', throttlePausedUntil, remote);
    case 'auth_expired':
      // Seen for the token of another company: a person has to look, but a passing upset ends by itself as well.
      return deferral(
        'connection_parked',
        'QuickBooks did not accept a token it has just issued for this company.',
        'backoff',
        remote,
      );
    case 'auth_denied':
      return deferral('connection_parked', 'QuickBooks withdrew its consent.', 'parked', remote);
    case 'retry_later':
      return deferral(failure.code, failure.message, 'backoff', remote);
    case 'unknown_outcome':
      return deferral('outcome_unknown', `The reply of QuickBooks was lost: ${failure.reason}.`, 'backoff', remote);
    case 'period_closed':
      return hold('period_closed', `QuickBooks: ${remote.faultDetail ?? 'the period is closed'}`, remote);
    case 'rejected':
      return hold(failure.code, failure.message, remote);
    case 'stale':
      return deferral('quickbooks_busy', 'Somebody changes this document in QuickBooks right now.', 'backoff', remote);
    case 'duplicate_request':
      return deferral('outcome_unknown', 'QuickBooks knows this request already.', 'backoff', remote);
    case 'duplicate_doc_number':
      return hold('doc_number_taken', described('Another document has this number', remote), remote);
    case 'duplicate_name':
      return hold('customer_name_taken', described('The name is in use', remote), remote);
    case 'not_found':
      return hold('removed_in_quickbooks', described('QuickBooks does not know this object any more', remote), remote);
    case 'invalid_reference':
      return hold('quickbooks_rejected', described('QuickBooks refused a reference', remote), remote);
    default:
      return assertNever(failure, 'answer');
  }
}

function described(what: string, remote: RemoteError): string {
  return remote.faultDetail ? `${what}: ${remote.faultDetail}` : `${what}.`;
}

/** Code under which a definite refusal stands in the ledger. */
export function rejectionCodeOf(failure: Failure): ProblemCodeName | Failure['kind'] {
  return failure.kind === 'rejected' || failure.kind === 'retry_later' ? failure.code : failure.kind;
}
