import { createHttpClient, type HttpClient } from '@tillstream/http-client';
import { SystemClock, SystemIds } from '@tillstream/kernel';
import { SANDBOX_READ_KEY, type ShopData, WooSandbox, type WooSandboxOptions } from '@tillstream/sandbox';
import { createWooClient, type ReadPlan, type RecordReader, type WooClient } from '@tillstream/woocommerce';

export const shopClock = new SystemClock();
export const FULL: ReadPlan = { ids: null, modifiedAfter: null, filters: {} };

/** The shop simulator and clients of it; `close` ends whatever was started. */
export class WooShops {
  readonly #cleanups: (() => Promise<void>)[] = [];

  async start(options: Partial<WooSandboxOptions> & { shop?: ShopData }): Promise<WooSandbox> {
    const shop = await WooSandbox.start({ clock: shopClock, ...options });
    this.#cleanups.push(() => shop.close());
    return shop;
  }

  connect(
    shop: WooSandbox,
    { key = SANDBOX_READ_KEY, afterCall, deadlineMs = 20_000 }: ConnectOptions = {},
  ): WooClient {
    const real = createHttpClient({ clock: shopClock, allowPrivateTargets: true });
    this.#cleanups.push(() => real.close());
    let call = 0;
    const http: HttpClient = {
      close: () => real.close(),
      send: async (request) => {
        const answer = await real.send(request);
        call += 1;
        afterCall?.(call);
        return answer;
      },
    };
    const retry = { attempts: 8, delayMs: () => 0, longestWaitMs: 60_000 };
    const ids = new SystemIds(shopClock);
    return createWooClient({ http, clock: shopClock, ids, storeUrl: shop.url, ...key, retry, deadlineMs });
  }

  async close(): Promise<void> {
    for (const clean of this.#cleanups.splice(0).reverse()) await clean();
  }
}

export interface ConnectOptions {
  readonly key?: { readonly consumerKey: string; readonly consumerSecret: string };
  /** Runs after each answer: the shop goes on living. */
  readonly afterCall?: (call: number) => void;
  readonly deadlineMs?: number;
}

export interface Known {
  readonly raw?: unknown;
  readonly related?: unknown;
}

/** One pass from start to end, every position through JSON; later sightings of a record replace earlier ones. */
export async function readAll(reader: RecordReader, plan: ReadPlan, known = new Map<string, Known>()) {
  let steps = 0;
  for (let position: unknown = null; ; ) {
    const page = await reader.readPage(position, plan);
    steps += 1;
    for (const { sourceId, ...rest } of page.records) known.set(sourceId, rest);
    if (page.next === null) return { known, steps, cursor: page.cursor?.modifiedAfter ?? '' };
    position = JSON.parse(JSON.stringify(page.next));
  }
}
