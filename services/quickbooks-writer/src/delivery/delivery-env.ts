import type { QuickBooksSettings, Settings } from '@tillstream/contracts';
import type { Logger } from '@tillstream/observability';
import {
  type CompanyProfile,
  type ItemLookup,
  type NameEntry,
  type NameLookup,
  requestId,
  type WireEntity,
} from '@tillstream/quickbooks';
import type { EffectIdentity, Kind, RemoteDocument } from '../ledger/domain/index.js';
import type { CompanyPort, Trail } from '../company/company-port.js';
import type { DocNumberLookup } from '../knowledge/doc-numbers.js';
import type { NumberPort } from '../knowledge/number-claims.js';
import type { OwnByDate } from '../knowledge/own-by-date.js';
import type { ProfileCache } from '../knowledge/profile-cache.js';

/** The company's lists as a delivery uses them. */
export interface DirectoryPort {
  readonly names: NameLookup;
  readonly items: ItemLookup;
  /** Customers, vendors and employees no older than `maxAgeMs`. */
  freshNames(trail: Trail, maxAgeMs: number): Promise<void>;
  freshItems(trail: Trail, maxAgeMs: number): Promise<void>;
  upsertName(wire: WireEntity, kind: NameEntry['kind']): void;
  upsertItem(wire: WireEntity): void;
}

/** What the steps of one record's delivery share. */
export interface DeliveryEnv {
  readonly company: CompanyPort;
  readonly trail: Trail;
  readonly settings: QuickBooksSettings;
  readonly orderSettings: Settings['orders'];
  readonly profile: CompanyProfile;
  readonly profiles: Pick<ProfileCache, 'get' | 'addAccount' | 'forget'>;
  readonly directories: DirectoryPort;
  readonly docNumbers: Pick<DocNumberLookup, 'holders' | 'forget'>;
  readonly ownByDate: Pick<OwnByDate, 'on'>;
  readonly numbers: NumberPort;
  readonly skuOwners: Map<string, Set<string>>;
  readonly sourceIdentity: string;
  readonly epoch: string;
  readonly logger: Logger;
  readonly directoryMaxAgeMs: number;
}

export function identityOf({ company, epoch }: DeliveryEnv, kind: Kind, sourceId: string): EffectIdentity {
  return { tenantId: company.tenantId, realmId: company.realmId, epoch, kind, sourceId };
}

/** D11's request id per revision. */
export function requestIdsOf({ company, sourceIdentity }: DeliveryEnv, { kind, sourceId }: EffectIdentity) {
  const { realmId } = company;
  return (revision: number): string => requestId({ realmId, sourceIdentity, kind, sourceId, revision });
}

/** A name (customer, item, account) has no amounts. */
export function remoteNameOf({ Id, SyncToken }: WireEntity): RemoteDocument {
  return { id: Id, syncToken: SyncToken ?? null, docNumber: null, totalMinor: null, taxMinor: null, currency: null };
}
