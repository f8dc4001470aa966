import type { DocumentKind } from '@tillstream/contracts';

/** What QuickBooks calls an effect's document. */
export const REMOTE_TYPE: Readonly<Record<DocumentKind, string>> = {
  customer: 'Customer',
  item: 'Item',
  account: 'Account',
  invoice: 'Invoice',
  payment: 'Payment',
};

/** Documents that hang on another one: shown as linked. */
export function isLinkedType(remoteType: string): boolean {
  return remoteType === 'Payment' || remoteType === 'CreditMemo' || remoteType === 'RefundReceipt';
}
