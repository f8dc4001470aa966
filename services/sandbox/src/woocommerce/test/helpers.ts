import { ManualClock } from '@tillstream/kernel';
import { type ApiKey, type NewOrder, SANDBOX_READ_KEY, WooSandbox, type WooSandboxOptions } from '../index.js';

export const NOON = Date.UTC(2026, 0, 5, 12);

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed JSON of an object answer. */
  readonly object: Record<string, unknown>;
  /** Parsed JSON of a list answer. */
  readonly list: readonly Record<string, unknown>[];
}

/** A running shop behind a TLS proxy, its clock, and a reader with a read key. */
export interface Shop {
  readonly sandbox: WooSandbox;
  readonly clock: ManualClock;
  get(path: string, init?: RequestInit): Promise<Answer>;
  ids(path: string): Promise<number[]>;
}

export async function startShop(options: Partial<WooSandboxOptions> = {}): Promise<Shop> {
  const clock = new ManualClock(NOON);
  const sandbox = await WooSandbox.start({ clock, ...options, site: { assumeHttps: true, ...options.site } });
  const get = (path: string, init: RequestInit = {}) =>
    request(`${sandbox.url}/wp-json/wc/v3${path}`, { headers: { authorization: basic(SANDBOX_READ_KEY) }, ...init });
  return { sandbox, clock, get, ids: async (path) => (await get(path)).list.map((row) => Number(row['id'])) };
}

export function basic({ consumerKey, consumerSecret }: Pick<ApiKey, 'consumerKey' | 'consumerSecret'>): string {
  return `Basic ${Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64')}`;
}

export async function request(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const parsed: unknown = parse(text);
  return {
    status: response.status,
    headers: response.headers,
    text,
    object: (typeof parsed === 'object' && parsed !== null ? parsed : {}) as Record<string, unknown>,
    list: Array.isArray(parsed) ? (parsed as Record<string, unknown>[]) : [],
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A small order; instants in ms. */
export function newOrder(fields: Partial<NewOrder> = {}): NewOrder {
  return {
    status: 'processing',
    billing: {
      first_name: 'Ann',
      last_name: 'Lee',
      company: '',
      address_1: '1 Elm St',
      address_2: '',
      city: 'Reno',
      state: 'NV',
      postcode: '89501',
      country: 'US',
      email: 'ann@example.com',
      phone: '',
    },
    draft: {
      path: 'checkout',
      lines: [
        {
          productId: 88,
          variationId: 0,
          name: 'Mug',
          parentName: null,
          sku: 'MUG',
          imageId: '',
          quantity: '1',
          price: '10.00',
          taxClass: '',
          rates: [],
        },
      ],
      shipping: [],
      fees: [],
      coupons: [],
    },
    ...fields,
  };
}
