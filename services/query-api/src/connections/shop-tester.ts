import type { Check } from '@tillstream/contracts';
import type { HttpClient } from '@tillstream/http-client';
import type { Clock, Ids } from '@tillstream/kernel';
import { createWooClient, describeShop, membersOf } from '@tillstream/woocommerce';

/** What a test of a shop needs; secrets in the clear, so it stays inside the adapter (I10). */
export interface ShopAccess {
  readonly storeUrl: string;
  readonly consumerKey: string;
  readonly consumerSecret: string;
}

/** Reads from a shop and says what works; never throws for what the shop does. */
export interface ShopTester {
  check(shop: ShopAccess): Promise<readonly Check[]>;
  /** Numbers of the last 100 orders, newest first (B8); [] when the shop cannot be read. */
  lastOrderNumbers(shop: ShopAccess): Promise<readonly string[]>;
}

/** Somebody waits for the answer: one attempt per call, milliseconds. */
const DEADLINE_MS = 15_000;
const ONE_ATTEMPT = { attempts: 1, delayMs: () => 0, longestWaitMs: 0 };

/** Checks that tell something without being needed for a sync. */
export const INFORMING_CHECKS: ReadonlySet<string> = new Set(['https', 'system_status']);

export function createShopTester(deps: { http: HttpClient; clock: Clock; ids: Ids }): ShopTester {
  const open = (shop: ShopAccess) => createWooClient({ ...deps, ...shop, retry: ONE_ATTEMPT, deadlineMs: DEADLINE_MS });
  return {
    check: async (shop) => (await describeShop(open(shop))).checks,
    lastOrderNumbers: async (shop) => {
      const params = { status: 'any', orderby: 'id', order: 'desc', per_page: 100, _fields: 'id,number' };
      try {
        const { items } = await open(shop).list('/wc/v3/orders', { params });
        const numbers = items.map((item) => membersOf(item)['number']);
        return numbers.filter((number): number is string => typeof number === 'string' && number !== '');
      } catch {
        // The shop's own test says what is wrong with it.
        return [];
      }
    },
  };
}
