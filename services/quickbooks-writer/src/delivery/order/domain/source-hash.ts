import type { CanonicalOrder } from '@tillstream/contracts';
import { contentHash } from '@tillstream/kernel';

/**
 * Hash of what an invoice is made of: a later payment, a status, a refund or a touched date is no edit of the invoice.
 */
export function invoiceSourceHash(order: CanonicalOrder): string {
  const {
    status: _status,
    paidDate: _paidDate,
    completedDate: _completedDate,
    modifiedAt: _modifiedAt,
    paymentMethod: _paymentMethod,
    paymentMethodTitle: _paymentMethodTitle,
    transactionId: _transactionId,
    refunds: _refunds,
    ...content
  } = order;
  return contentHash(content);
}
