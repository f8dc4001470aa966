import { SystemClock } from '@tillstream/kernel';
import { generateShop } from '../generator/index.js';
import { QuickBooksSandbox } from '../quickbooks/index.js';
import { SupabaseSandbox } from '../supabase/index.js';
import { SANDBOX_READ_KEY, WooSandbox } from '../woocommerce/index.js';
import type { SandboxOptions } from './options.js';
import { companyForShop, seedBooks } from './scenario.js';

/** The sandboxes of one generated shop, running. */
export interface RunningSandboxes {
  /** What the ready line says: addresses, keys, tokens and what to expect. */
  readonly ready: Readonly<Record<string, unknown>>;
  readonly woo: WooSandbox;
  readonly quickbooks: QuickBooksSandbox;
  /** Absent when the options leave it out. */
  readonly supabase?: SupabaseSandbox;
  close(): Promise<void>;
}

const APP = { clientId: 'sandbox-client', clientSecret: 'sandbox-secret' };

/** Generates the shop, starts the servers on one clock and fills the books with what was there before. */
export async function runSandboxes(options: SandboxOptions): Promise<RunningSandboxes> {
  const clock = new SystemClock(options.clockFactor);
  const { seed, orders, planted, profile, realmId, host, advertisedHost } = options;
  const reach = { host, advertisedHost };
  const shop = generateShop({ seed, orders, planted, profile });
  const supabase = await startSupabase(options, clock);
  const woo = await WooSandbox.start({
    ...reach,
    clock,
    port: options.wooPort,
    shop,
    site: shop.site,
    faults: options.wooFaults,
    seed,
  });
  const quickbooks = await QuickBooksSandbox.start({
    ...reach,
    clock,
    port: options.qboPort,
    companies: [companyForShop(shop, realmId, options.switches)],
    app: APP,
    faults: options.quickbooksFaults,
    faultSeed: seed,
    latencyMs: options.latencyMs,
  });
  seedBooks(quickbooks.control, realmId, shop.quickbooksSeed);
  const ready = {
    event: 'ready',
    profile,
    clockFactor: options.clockFactor,
    woocommerce: {
      storeUrl: woo.url,
      consumerKey: SANDBOX_READ_KEY.consumerKey,
      consumerSecret: SANDBOX_READ_KEY.consumerSecret,
    },
    quickbooks: {
      environment: 'sandbox',
      realmId,
      ...APP,
      refreshToken: quickbooks.control.issueRefreshToken(realmId),
      apiBaseUrl: quickbooks.apiBaseUrl,
      tokenUrl: quickbooks.tokenUrl,
      authorizeUrl: quickbooks.authorizeUrl,
    },
    ...(supabase === undefined ? {} : supabaseConnections(supabase)),
    expected: shop.expected,
  };
  return {
    ready,
    woo,
    quickbooks,
    ...(supabase === undefined ? {} : { supabase }),
    close: async () => {
      await Promise.all([woo.close(), quickbooks.close(), supabase?.close()]);
    },
  };
}

async function startSupabase(options: SandboxOptions, clock: SystemClock): Promise<SupabaseSandbox | undefined> {
  if (options.supabase === 'off') return undefined;
  return SupabaseSandbox.start({
    host: options.host,
    advertisedHost: options.advertisedHost,
    clock,
    engine: options.supabase,
    port: options.supabasePort,
    databasePort: options.databasePort,
    faults: options.supabaseFaults,
    faultSeed: options.seed,
  });
}

/** Two ways to reach one project: its Data API, or its database. */
function supabaseConnections({ projectUrl, serviceKey, databaseUrl }: SupabaseSandbox): Record<string, unknown> {
  return { supabase: { projectUrl, serviceKey }, supabaseDirect: { databaseUrl } };
}
