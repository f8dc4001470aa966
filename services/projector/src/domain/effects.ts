import type { DocumentKind, Entity } from '@tillstream/contracts';

/** What QuickBooks calls an effect's document. */
export const REMOTE_TYPE: Readonly<Record<DocumentKind, string>> = {
  customer: 'Customer',
  item: 'Item',
  account: 'Account',
  invoice: 'Invoice',
  payment: 'Payment',
};

/** The entity whose record an effect serves; accounts serve all of them. */
export function entityOfKind(kind: DocumentKind): Entity | null {
  switch (kind) {
    case 'invoice':
    case 'payment':
      return 'orders';
    case 'customer':
      return 'customers';
    case 'item':
      return 'products';
    case 'account':
      return null;
  }
}

/** Documents that hang on another one: shown as linked. */
export function isLinkedType(remoteType: string): boolean {
  return remoteType === 'Payment' || remoteType === 'CreditMemo' || remoteType === 'RefundReceipt';
}
