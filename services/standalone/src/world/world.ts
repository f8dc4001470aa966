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
  SupabaseSandbox,
  type SupabaseSandboxOptions,
  type WooFaultRule,
  WooSandbox,
} from '@tillstream/sandbox';

export const REALM_ID = '9341450000000001';
const APP = { clientId: 'sandbox-client', clientSecret: 'sandbox-client-secret' };

export interface WorldOptions {
  readonly clock: Clock;
  readonly shop: GenerateShopOptions;
  readonly company?: Partial<CompanySwitches>;
  /** The company's id (default `REALM_ID`); one company belongs to one tenant. */
  readonly realmId?: string;
  readonly quickbooksFaults?: readonly FaultRule[];
  readonly shopFaults?: readonly WooFaultRule[];
  /** Time every QuickBooks request takes, milliseconds of the clock. */
  readonly latencyMs?: number;
  /** A Supabase project as well; left out: none, its engine costs seconds and memory. */
  readonly supabase?: Omit<SupabaseSandboxOptions, 'clock'> & {
    /** How the product reaches it (default `postgres`); over `dataApi` somebody has to create the tables. */
    readonly route?: SupabaseRoute;
  };
}

export type SupabaseRoute = 'postgres' | 'dataApi';

/** A generated shop, the company that keeps its books and perhaps a Supabase project, all over loopback. */
export interface World {
  readonly generated: GeneratedShop;
  readonly woo: WooSandbox;
  readonly quickbooks: QuickBooksSandbox;
  readonly supabase?: SupabaseSandbox;
  /** Bodies of the connections (contract section 3). */
  readonly connections: Connections;
  close(): Promise<void>;
}

export interface Connections {
  readonly woocommerce: JsonObject;
  readonly quickbooks: JsonObject;
  readonly supabase?: JsonObject;
}

export async function startWorld(options: WorldOptions): Promise<World> {
  const { clock, realmId = REALM_ID } = options;
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
    companies: [companyForShop(generated, realmId, options.company)],
    faults: options.quickbooksFaults ?? [],
    faultSeed: seed,
    latencyMs: options.latencyMs ?? 0,
  });
  seedBooks(quickbooks.control, realmId, generated.quickbooksSeed);
  const connections = connectionBodies(woo, quickbooks, realmId);
  const books = { generated, woo, quickbooks, connections };
  if (options.supabase === undefined) return { ...books, close: () => closeAll(woo, quickbooks) };
  const { route = 'postgres', ...project } = options.supabase;
  const supabase = await SupabaseSandbox.start({ clock, ...project });
  return {
    ...books,
    supabase,
    connections: { ...connections, supabase: supabaseBody(supabase, route) },
    close: () => closeAll(woo, quickbooks, supabase),
  };
}

async function closeAll(...parts: readonly { close(): Promise<void> }[]): Promise<void> {
  await Promise.all(parts.map((part) => part.close()));
}

/** The body of the Supabase connection that uses only `route`. */
export function supabaseBody(
  { projectUrl, serviceKey, databaseUrl }: SupabaseSandbox,
  route: SupabaseRoute,
): JsonObject {
  return route === 'postgres' ? { databaseUrl } : { projectUrl, serviceKey };
}

function connectionBodies(woo: WooSandbox, quickbooks: QuickBooksSandbox, realmId: string): Connections {
  const { consumerKey, consumerSecret } = SANDBOX_READ_KEY;
  const { apiBaseUrl, tokenUrl, authorizeUrl } = quickbooks;
  const refreshToken = quickbooks.control.issueRefreshToken(realmId);
  return {
    woocommerce: { storeUrl: woo.url, consumerKey, consumerSecret },
    quickbooks: { environment: 'sandbox', realmId, ...APP, refreshToken, apiBaseUrl, tokenUrl, authorizeUrl },
  };
}
