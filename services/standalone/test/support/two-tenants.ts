import type { Clock } from '@tillstream/kernel';
import {
  companyForShop,
  generateShop,
  type GeneratedShop,
  QuickBooksSandbox,
  SANDBOX_READ_KEY,
  seedBooks,
  WooSandbox,
} from '@tillstream/sandbox';
import { REALM_ID, type World } from '../../src/world/world.js';
import { LIMITS } from './product.js';

export const OTHER_REALM = '9341450000000002';
const APP = { clientId: 'sandbox-client', clientSecret: 'sandbox-client-secret' };

/** Two shops, and their two companies at one QuickBooks. Closing the first world closes everything. */
export async function startTwoWorlds(
  clock: Clock,
  orders: number,
): Promise<{ readonly first: World; readonly second: World }> {
  const shops = [generateShop({ seed: 601, orders, planted: 2 }), generateShop({ seed: 602, orders })] as const;
  const realms = [REALM_ID, OTHER_REALM] as const;
  const quickbooks = await QuickBooksSandbox.start({
    clock,
    app: APP,
    companies: realms.map((realmId, index) => companyForShop(shops[index] ?? shops[0], realmId, { limits: LIMITS })),
    latencyMs: 400,
  });
  const world = async (generated: GeneratedShop, realmId: string): Promise<World> => {
    seedBooks(quickbooks.control, realmId, generated.quickbooksSeed);
    const woo = await WooSandbox.start({ clock, shop: generated, site: generated.site });
    const { consumerKey, consumerSecret } = SANDBOX_READ_KEY;
    const { apiBaseUrl, tokenUrl, authorizeUrl } = quickbooks;
    const urls = { apiBaseUrl, tokenUrl, authorizeUrl };
    const refreshToken = quickbooks.control.issueRefreshToken(realmId);
    return {
      generated,
      woo,
      quickbooks,
      connections: {
        woocommerce: { storeUrl: woo.url, consumerKey, consumerSecret },
        quickbooks: { environment: 'sandbox', realmId, ...APP, refreshToken, ...urls },
      },
      close: () => woo.close(),
    };
  };
  const first = await world(shops[0], realms[0]);
  const second = await world(shops[1], realms[1]);
  const close = async (): Promise<void> => {
    await Promise.all([first.close(), second.close(), quickbooks.close()]);
  };
  return { first: { ...first, close }, second };
}
