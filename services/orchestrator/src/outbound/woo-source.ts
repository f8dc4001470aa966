import type { HttpClient } from '@tillstream/http-client';
import type { Clock, Ids } from '@tillstream/kernel';
import { countOrdersPerYear, createOrderReader, createWooClient } from '@tillstream/woocommerce';
import type { OpenSource, Shop, Source } from '../application/ports.js';

export interface WooSourceParts {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Milliseconds per request; the client's default when left out. */
  readonly deadlineMs?: number;
}

/** WooCommerce as the source of orders. */
export function wooSource({ http, clock, ids, deadlineMs }: WooSourceParts): OpenSource {
  return ({ storeUrl, consumerKey, consumerSecret }: Shop): Source => {
    const options = { http, clock, ids, storeUrl, consumerKey, consumerSecret };
    const client = createWooClient(deadlineMs === undefined ? options : { ...options, deadlineMs });
    const reader = createOrderReader({ client, clock });
    return {
      readPage: (position, plan, signal) => reader.readPage(position, plan, signal),
      ordersPerYear: (statuses, signal) => countOrdersPerYear(client, statuses, signal),
      get calls() {
        return client.calls;
      },
    };
  };
}
