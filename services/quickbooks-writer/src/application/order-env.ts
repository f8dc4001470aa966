import type { CanonicalOrder, QuickBooksSettings, Settings } from '@tillstream/contracts';
import { contentHash } from '@tillstream/kernel';
import type { Logger } from '@tillstream/observability';
import { type CompanyProfile, requestId, sourceOf, type WireEntity } from '@tillstream/quickbooks';
import type { EffectIdentity, Kind, RemoteDocument } from '../domain/effect-ledger/index.js';
import type { Company, Trail } from './company.js';
import type { Directories } from './directories.js';
import type { DocNumberLookup } from './doc-numbers.js';
import type { OwnByDate } from './own-by-date.js';
import type { ProfileCache } from './profile-cache.js';

/** What the steps of one order's delivery share. */
export interface OrderEnv {
  readonly company: Company;
  readonly trail: Trail;
  readonly order: CanonicalOrder;
  /** `invoiceSourceHash` of the order. */
  readonly sourceHash: string;
  readonly settings: QuickBooksSettings;
  readonly orderSettings: Settings['orders'];
  readonly profile: CompanyProfile;
  readonly profiles: ProfileCache;
  readonly directories: Directories;
  readonly docNumbers: DocNumberLookup;
  readonly ownByDate: OwnByDate;
  readonly skuOwners: Map<string, Set<string>>;
  readonly sourceIdentity: string;
  readonly epoch: string;
  readonly logger: Logger;
  readonly directoryMaxAgeMs: number;
}

export function identityOf({ company, epoch }: OrderEnv, kind: Kind, sourceId: string): EffectIdentity {
  return { tenantId: company.tenantId, realmId: company.realmId, epoch, kind, sourceId };
}

export function documentIdentity(env: OrderEnv, kind: 'invoice' | 'payment'): EffectIdentity {
  return identityOf(env, kind, sourceOf(env.order));
}

/** D11's request id per revision. */
export function requestIdsOf({ company, sourceIdentity }: OrderEnv, { kind, sourceId }: EffectIdentity) {
  const { realmId } = company;
  return (revision: number): string => requestId({ realmId, sourceIdentity, kind, sourceId, revision });
}

/** A name (customer, item, account) has no amounts. */
export function remoteNameOf({ Id, SyncToken }: WireEntity): RemoteDocument {
  return { id: Id, syncToken: SyncToken ?? null, docNumber: null, totalMinor: null, taxMinor: null, currency: null };
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
