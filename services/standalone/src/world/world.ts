import type { Clock } from '@tillstream/kernel';
import {
  type CompanySwitches,
  companyForShop,
  type FaultRule,
  type GeneratedShop,
  type GenerateShopOptions,
  generateShop,
  type JsonObject,
  QuickBooksSandbox,
  SANDBOX_READ_KEY,
  seedBooks,
  type WooFaultRule,
  WooSandbox,
} from '@tillstream/sandbox';

export const REALM_ID = '9341450000000001';
const APP = { clientId: 'sandbox-client', clientSecret: 'sandbox-client-secret' };

export interface WorldOptions {
  readonly clock: Clock;
  readonly shop: GenerateShopOptions;
  readonly company?: Partial<CompanySwitches>;
  readonly quickbooksFaults?: readonly FaultRule[];
  readonly shopFaults?: readonly WooFaultRule[];
  /** Time every QuickBooks request takes, milliseconds of the clock. */
  readonly latencyMs?: number;
}

/** A generated shop and the company that keeps its books, both over HTTP on loopback. */
export interface World {
  readonly generated: GeneratedShop;
  readonly woo: WooSandbox;
  readonly quickbooks: QuickBooksSandbox;
  /** Bodies of the two connections (contract section 3). */
  readonly connections: { readonly woocommerce: JsonObject; readonly quickbooks: JsonObject };
  close(): Promise<void>;
}

export async function startWorld(options: WorldOptions): Promise<World> {
  const { clock } = options;
  const { seed } = options.shop;
  const generated = generateShop(options.shop);
  const woo = await WooSandbox.start({
    clock,
    shop: generated,
    site: generated.site,
    faults: options.shopFaults ?? [],
    seed,
  });
  const quickbooks = await QuickBooksSandbox.start({
    clock,
    app: APP,
    companies: [companyForShop(generated, REALM_ID, options.company)],
    faults: options.quickbooksFaults ?? [],
    faultSeed: seed,
    latencyMs: options.latencyMs ?? 0,
  });
  seedBooks(quickbooks.control, REALM_ID, generated.quickbooksSeed);
  return {
    generated,
    woo,
    quickbooks,
    connections: connectionBodies(woo, quickbooks),
    close: async () => {
      await Promise.all([woo.close(), quickbooks.close()]);
    },
  };
}

function connectionBodies(woo: WooSandbox, quickbooks: QuickBooksSandbox): World['connections'] {
  const { consumerKey, consumerSecret } = SANDBOX_READ_KEY;
  const { apiBaseUrl, tokenUrl, authorizeUrl } = quickbooks;
  const refreshToken = quickbooks.control.issueRefreshToken(REALM_ID);
  return {
    woocommerce: { storeUrl: woo.url, consumerKey, consumerSecret },
    quickbooks: { environment: 'sandbox', realmId: REALM_ID, ...APP, refreshToken, apiBaseUrl, tokenUrl, authorizeUrl },
  };
}
