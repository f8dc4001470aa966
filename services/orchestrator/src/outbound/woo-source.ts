import type { Entity } from '@tillstream/contracts';
import type { HttpClient } from '@tillstream/http-client';
import type { Clock, Ids } from '@tillstream/kernel';
import {
  countOrdersPerYear,
  createCustomerReader,
  createOrderReader,
  createProductReader,
  createWooClient,
  type RecordReader,
} from '@tillstream/woocommerce';
import type { OpenSource, Shop, Source } from '../application/ports.js';

export interface WooSourceParts {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Milliseconds per request; the client's default when left out. */
  readonly deadlineMs?: number;
}

/** WooCommerce as the source of orders, customers and products. */
export function wooSource({ http, clock, ids, deadlineMs }: WooSourceParts): OpenSource {
  return ({ storeUrl, consumerKey, consumerSecret }: Shop): Source => {
    const options = { http, clock, ids, storeUrl, consumerKey, consumerSecret };
    const client = createWooClient(deadlineMs === undefined ? options : { ...options, deadlineMs });
    const readers: Readonly<Record<Entity, RecordReader>> = {
      orders: createOrderReader({ client, clock }),
      customers: createCustomerReader({ client, clock }),
      products: createProductReader({ client, clock }),
    };
    return {
      readPage: (position, plan, signal) => readers[plan.entity].readPage(position, plan, signal),
      ordersPerYear: (statuses, signal) => countOrdersPerYear(client, statuses, signal),
      get calls() {
        return client.calls;
      },
    };
  };
}
