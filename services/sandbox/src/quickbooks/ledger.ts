import type { Company, EntityName, Stored, WriteRecord } from './company.js';
import { applicationsOf } from './entities/applications.js';
import { type JsonObject, objectsAt, refId, textAt } from './json.js';

/** A document as a test compares it with the truth: money in minor units of the company's currency. */
export interface LedgerDocument {
  readonly entity: EntityName;
  readonly id: string;
  readonly syncToken: string;
  readonly docNumber: string | undefined;
  readonly txnDate: string | undefined;
  readonly dueDate: string | undefined;
  readonly customerId: string | undefined;
  readonly privateNote: string | undefined;
  readonly state: Stored['state'];
  readonly totalMinor: number;
  readonly taxMinor: number;
  /** Open balance, remaining credit or unapplied amount. */
  readonly openMinor: number;
  readonly currency: string | undefined;
  readonly lines: readonly JsonObject[];
  readonly emailStatus: string | undefined;
  readonly createdAt: number;
  readonly requestId: string | undefined;
}

export interface LedgerPayment extends LedgerDocument {
  readonly paymentRefNum: string | undefined;
  readonly depositToAccountId: string | undefined;
  readonly applied: readonly { readonly entity: EntityName; readonly id: string; readonly minor: number }[];
}

export interface Ledger {
  readonly realmId: string;
  readonly currency: string;
  readonly customers: readonly JsonObject[];
  readonly vendors: readonly JsonObject[];
  readonly items: readonly JsonObject[];
  readonly accounts: readonly JsonObject[];
  readonly invoices: readonly LedgerDocument[];
  readonly salesReceipts: readonly LedgerDocument[];
  readonly creditMemos: readonly LedgerDocument[];
  readonly refundReceipts: readonly LedgerDocument[];
  readonly payments: readonly LedgerPayment[];
  readonly writes: readonly WriteRecord[];
  /** E-mails that would have reached a shop's customers. */
  readonly emails: readonly { readonly at: number; readonly entity: EntityName; readonly id: string }[];
}

/** The books as they are, deleted documents included: what a test believes, not what a client says. */
export function ledgerOf(company: Company): Ledger {
  const origins = new Map<string, string | undefined>();
  for (const { operation, entity, id, requestId } of company.writes) {
    if (operation === 'create') origins.set(`${entity}:${id}`, requestId);
  }
  const documents = (entity: EntityName) => company.all(entity).map((stored) => document(company, stored, origins));
  const lists = (entity: EntityName) => company.all(entity).map((stored) => company.view(stored));
  return {
    realmId: company.realmId,
    currency: company.switches.homeCurrency,
    customers: lists('Customer'),
    vendors: lists('Vendor'),
    items: lists('Item'),
    accounts: lists('Account'),
    invoices: documents('Invoice'),
    salesReceipts: documents('SalesReceipt'),
    creditMemos: documents('CreditMemo'),
    refundReceipts: documents('RefundReceipt'),
    payments: company.all('Payment').map((stored) => ({
      ...document(company, stored, origins),
      paymentRefNum: textAt(stored.input, 'PaymentRefNum'),
      depositToAccountId: refId(stored.computed, 'DepositToAccountRef'),
      applied: stored.state === 'live' ? applicationsOf(company, stored.input) : [],
    })),
    writes: company.writes,
    emails: company.emails,
  };
}

function document(company: Company, stored: Stored, origins: ReadonlyMap<string, string | undefined>): LedgerDocument {
  return {
    entity: stored.entity,
    id: stored.id,
    syncToken: String(stored.syncToken),
    docNumber: textAt(stored.input, 'DocNumber'),
    txnDate: textAt(stored.input, 'TxnDate'),
    dueDate: textAt(stored.computed, 'DueDate'),
    customerId: refId(stored.input, 'CustomerRef'),
    privateNote: textAt(stored.input, 'PrivateNote'),
    state: stored.state,
    totalMinor: stored.amounts?.total ?? 0,
    taxMinor: stored.amounts?.tax ?? 0,
    openMinor: stored.amounts?.open ?? 0,
    currency: refId(stored.computed, 'CurrencyRef') ?? company.switches.homeCurrency,
    lines: objectsAt(stored.input, 'Line'),
    emailStatus: textAt(stored.input, 'EmailStatus'),
    createdAt: stored.createdAt,
    requestId: origins.get(`${stored.entity}:${stored.id}`),
  };
}
