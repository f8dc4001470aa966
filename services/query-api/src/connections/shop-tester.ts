import type { Check } from '@tillstream/contracts';
import type { HttpClient } from '@tillstream/http-client';
import type { Clock, Ids } from '@tillstream/kernel';
import { createWooClient, describeShop } from '@tillstream/woocommerce';

/** What a test of a shop needs; secrets in the clear, so it stays inside the adapter (I10). */
export interface ShopAccess {
  readonly storeUrl: string;
  readonly consumerKey: string;
  readonly consumerSecret: string;
}

/** Reads from a shop and says what works; never throws for what the shop does. */
export interface ShopTester {
  check(shop: ShopAccess): Promise<readonly Check[]>;
}

/** Somebody waits for the answer: one attempt per call, milliseconds. */
const DEADLINE_MS = 15_000;
const ONE_ATTEMPT = { attempts: 1, delayMs: () => 0, longestWaitMs: 0 };

/** Checks that tell something without being needed for a sync. */
export const INFORMING_CHECKS: ReadonlySet<string> = new Set(['https', 'system_status']);

export function createShopTester(deps: { http: HttpClient; clock: Clock; ids: Ids }): ShopTester {
  return {
    check: async (shop) => {
      const client = createWooClient({ ...deps, ...shop, retry: ONE_ATTEMPT, deadlineMs: DEADLINE_MS });
      return (await describeShop(client)).checks;
    },
  };
}
