import type { ConnectionDocument, Settings } from '@tillstream/contracts';
import type { DocumentStore } from '@tillstream/document-store';
import { base32Digest } from '@tillstream/kernel';
import { readConnections, readSettings } from '@tillstream/tenant-config';
import { hold } from './trouble.js';

const INTUIT = {
  production: 'https://quickbooks.api.intuit.com',
  sandbox: 'https://sandbox-quickbooks.api.intuit.com',
  token: 'https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer',
  authorize: 'https://appcenter.intuit.com/connect/oauth2',
  revoke: 'https://developer.api.intuit.com/v2/oauth2/tokens/revoke',
} as const;

export interface Endpoints {
  readonly apiBaseUrl: string;
  readonly tokenUrl: string;
  readonly authorizeUrl: string;
  readonly revokeUrl: string;
}

/** What a tenant decided about its QuickBooks company and its shop; read from documents of query-api (D2). */
export interface TenantConfig {
  readonly tenantId: string;
  readonly quickbooks: ConnectionDocument;
  readonly shop: ConnectionDocument | null;
  readonly settings: Settings;
}

/** null when the tenant has no QuickBooks connection. */
export async function loadTenantConfig(store: DocumentStore, tenantId: string): Promise<TenantConfig | null> {
  const [connections, settings] = await Promise.all([
    readConnections(store, tenantId, ['quickbooks', 'woocommerce']),
    readSettings(store, tenantId),
  ]);
  const quickbooks = connections.get('quickbooks');
  if (!quickbooks) return null;
  return { tenantId, quickbooks, shop: connections.get('woocommerce') ?? null, settings };
}

const HOSTS: Readonly<Record<string, string>> = { production: INTUIT.production, sandbox: INTUIT.sandbox };

/** Throws `connection_missing` for a connection that names no environment: nothing is production by default. */
export function endpointsOf({ config }: ConnectionDocument): Endpoints {
  const apiBaseUrl = text(config['apiBaseUrl']) ?? HOSTS[text(config['environment']) ?? ''];
  if (apiBaseUrl === undefined) {
    throw hold('connection_missing', 'The QuickBooks connection does not say whether it is sandbox or production.');
  }
  return {
    apiBaseUrl,
    tokenUrl: text(config['tokenUrl']) ?? INTUIT.token,
    authorizeUrl: text(config['authorizeUrl']) ?? INTUIT.authorize,
    revokeUrl: INTUIT.revoke,
  };
}

/**
 * Whose ids a source id belongs to: the shop's URL, or the producer of POS changes (B7). null = the shop is not
 * connected, so nothing can be said about its orders.
 */
export function sourceIdentityOf(config: TenantConfig, source: string): string | null {
  return source === 'woo' ? (config.shop?.identity ?? null) : source;
}

/**
 * Epoch of ledger entries: a replaced company or another shop starts with empty id maps and effects (contract
 * section 3), because the same source id then means another record. The shop's part comes from its identity, so that
 * a shop that was disconnected and came back finds its effects again (I2).
 */
export function epochOf(config: TenantConfig, sourceIdentity: string): string {
  return `${config.quickbooks.identityEpoch}.${base32Digest([sourceIdentity], 40)}`;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
