import type { CanonicalOrder } from '@tillstream/contracts';
import { contentHash } from '@tillstream/kernel';
import { sourceOf } from '@tillstream/quickbooks';
import type { EffectIdentity } from '../../ledger/domain/index.js';
import { type DeliveryEnv, identityOf } from '../delivery-env.js';

/** What the steps of one order's delivery share. */
export interface OrderEnv extends DeliveryEnv {
  readonly order: CanonicalOrder;
  /** `invoiceSourceHash` of the order. */
  readonly sourceHash: string;
}

export function orderEnvOf(env: DeliveryEnv, order: CanonicalOrder): OrderEnv {
  return { ...env, order, sourceHash: invoiceSourceHash(order) };
}

export function documentIdentity(env: OrderEnv, kind: 'invoice' | 'payment'): EffectIdentity {
  return identityOf(env, kind, sourceOf(env.order));
}

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
