import {
  COLLECTIONS,
  connectionDocumentId,
  defaultSettings,
  type ConnectionDocument,
  type Settings,
  type SettingsDocument,
  type Target,
} from '@tillstream/contracts';
import type { Secrets } from '@tillstream/credentials';
import type { DocumentStore } from '@tillstream/document-store';
import { ROUTED_TARGETS, targetIdentity } from '../domain/targets.js';
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
  const platforms = ['woocommerce', ...ROUTED_TARGETS] as const;
  const ids = platforms.map((platform) => connectionDocumentId(tenantId, platform));
  const [settings, connections] = await Promise.all([
    store.get<SettingsDocument>(COLLECTIONS.settings.name, tenantId),
    store.getMany<ConnectionDocument>(COLLECTIONS.connections.name, ids),
  ]);
  const shop = connections.get(connectionDocumentId(tenantId, 'woocommerce'))?.doc ?? null;
  const targets = ROUTED_TARGETS.flatMap((target): [Target, string][] => {
    const connection = connections.get(connectionDocumentId(tenantId, target))?.doc;
    return connection === undefined ? [] : [[target, identityOf(connection)]];
  });
  return {
    settings: settings?.doc.settings ?? defaultSettings(),
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
