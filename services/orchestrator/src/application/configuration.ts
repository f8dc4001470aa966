import type { ConnectionDocument, Settings, Target } from '@tillstream/contracts';
import type { Secrets } from '@tillstream/credentials';
import type { DocumentStore } from '@tillstream/document-store';
import { readConnections, readSettings } from '@tillstream/tenant-config';
import { targetIdentity } from '../domain/targets/identity.js';
import { ROUTED_TARGETS } from '../domain/targets/table.js';
import type { Shop } from './ports.js';

/** What a tenant configured, as far as this service needs it; read at the edge, an input to deciders (I6). */
export interface TenantConfiguration {
  readonly settings: Settings;
  /** Identity and epoch of the shop; null = not connected. */
  readonly sourceIdentity: string | null;
  /** Identity and epoch of every connected target that has a writer. */
  readonly targetIdentities: Readonly<Partial<Record<Target, string>>>;
  /** Opens the shop's credentials. Throws `secret_undecryptable`. */
  readonly openShop: () => Shop | null;
}

/** Reads the documents that query-api owns (D2). */
export async function loadConfiguration(
  store: DocumentStore,
  secrets: Pick<Secrets, 'open'>,
  tenantId: string,
): Promise<TenantConfiguration> {
  const [settings, connections] = await Promise.all([
    readSettings(store, tenantId),
    readConnections(store, tenantId, ['woocommerce', ...ROUTED_TARGETS]),
  ]);
  const shop = connections.get('woocommerce') ?? null;
  const targets = ROUTED_TARGETS.flatMap((target): [Target, string][] => {
    const connection = connections.get(target);
    return connection === undefined ? [] : [[target, identityOf(connection)]];
  });
  return {
    settings,
    sourceIdentity: shop === null ? null : identityOf(shop),
    targetIdentities: Object.fromEntries(targets),
    openShop: () => (shop === null ? null : openShop(shop, secrets)),
  };
}

function identityOf({ identity, identityEpoch }: ConnectionDocument): string {
  return targetIdentity(identity, identityEpoch);
}

function openShop(
  { tenantId, connectionId, identity, secrets: sealed }: ConnectionDocument,
  secrets: Pick<Secrets, 'open'>,
): Shop | null {
  const { consumerKey, consumerSecret } = sealed;
  if (consumerKey === undefined || consumerSecret === undefined) return null;
  const owner = { tenantId, connectionId };
  return {
    tenantId,
    storeUrl: identity,
    consumerKey: secrets.open(consumerKey, owner),
    consumerSecret: secrets.open(consumerSecret, owner),
  };
}
