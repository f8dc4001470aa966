import type { Check } from '@tillstream/contracts';
import { asError, TillstreamError } from '@tillstream/kernel';
import type { JsonAnswer } from './answer.js';
import type { WooClient } from './woo-client.js';

/** What the shop says about itself; null = not to be learned with this key. */
export interface ShopDescription {
  readonly version: string | null;
  readonly hpos: boolean | null;
  readonly currency: string | null;
  readonly decimals: number | null;
  /** IANA name or a UTC offset such as `+02:00`. */
  readonly timeZone: string | null;
  readonly pricesIncludeTax: boolean | null;
  readonly roundAtSubtotal: boolean | null;
}

export interface ShopReport {
  readonly checks: readonly Check[];
  readonly shop: ShopDescription;
}

/**
 * A connection test (contract section 3): real calls, reads only, and says plainly what to fix. Never throws for what a
 * shop does. `reachable`, `auth`, `permission` and `orders` must be ok for a sync; `https` and `system_status` inform.
 */
export async function describeShop(client: WooClient, signal?: AbortSignal): Promise<ShopReport> {
  const index = await attempt(() => client.get('/', { signal, anonymous: true }));
  const orders = await attempt(() => client.list('/wc/v3/orders', { params: { per_page: 1, status: 'any' }, signal }));
  const checks = [reachable(index.error, orders.error), https(client.storeUrl), ...access(orders)];
  if (orders.error !== undefined) return { checks, shop: describe({}) };

  const status = await attempt(() => client.get('/wc/v3/system_status', { signal }));
  const general = await attempt(() => client.get('/wc/v3/settings/general', { signal }));
  const tax = await attempt(() => client.get('/wc/v3/settings/tax', { signal }));
  return {
    checks: [...checks, systemStatus(status.error)],
    shop: describe({
      index: index.value?.body,
      status: status.value?.body,
      settings: [general.value?.body, tax.value?.body].flatMap((body) => (Array.isArray(body) ? body : [])),
    }),
  };
}

interface Attempt<T> {
  readonly value?: T;
  readonly error?: Error;
}

async function attempt<T>(call: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await call() };
  } catch (error) {
    return { error: asError(error) };
  }
}

const codeOf = (error: Error | undefined): string => (error instanceof TillstreamError ? error.code : '');
const check = (name: string, ok: boolean, detail: string): Check => ({ name, ok, detail });

const ACCESS_CODES = ['source_auth_failed', 'source_permission_missing'];

/** Anything of WooCommerce that answered proves it; the index alone may be hidden by a security plugin. */
function reachable(indexError: Error | undefined, ordersError: Error | undefined): Check {
  const answered = ordersError === undefined || ACCESS_CODES.includes(codeOf(ordersError));
  if (answered) return check('reachable', true, 'the shop answers');
  return check('reachable', false, (ordersError ?? indexError)?.message ?? 'the shop does not answer');
}

function https(storeUrl: string): Check {
  if (storeUrl.startsWith('https:')) return check('https', true, 'the connection is encrypted');
  return check(
    'https',
    false,
    'the shop is read over plain http: orders travel unencrypted; use https if it is not in your own network',
  );
}

function access(orders: Attempt<{ readonly total: number | null }>): Check[] {
  const { error } = orders;
  const code = codeOf(error);
  if (error === undefined) {
    const known = orders.value?.total ?? null;
    return [
      check('auth', true, 'the shop accepts the consumer key'),
      check('permission', true, 'the key may read'),
      check('orders', true, known === null ? 'orders can be read' : `orders can be read (${known} in the shop)`),
    ];
  }
  if (code === 'source_auth_failed')
    return [check('auth', false, error.message), notTried('permission'), notTried('orders')];
  if (code === 'source_permission_missing') {
    return [
      check('auth', true, 'the shop accepts the consumer key'),
      check('permission', false, error.message),
      notTried('orders'),
    ];
  }
  return [notTried('auth'), notTried('permission'), check('orders', false, error.message)];
}

const notTried = (name: string): Check => check(name, false, 'not tried: an earlier check failed');

function systemStatus(error: Error | undefined): Check {
  if (error === undefined) return check('system_status', true, 'version and settings of the shop can be read');
  return check(
    'system_status',
    false,
    `version and settings of the shop cannot be read (${error.message}); syncing works without, a key of an administrator shows them`,
  );
}

interface Sources {
  readonly index?: JsonAnswer | undefined;
  readonly status?: JsonAnswer | undefined;
  readonly settings?: readonly unknown[];
}

function describe({ index, status, settings = [] }: Sources): ShopDescription {
  const setting = (id: string): unknown =>
    value(
      settings.find((entry) => value(entry, 'id') === id),
      'value',
    );
  return {
    version: text(value(value(status, 'environment'), 'version')),
    hpos: flag(value(value(status, 'settings'), 'HPOS_enabled')),
    currency: text(value(value(status, 'settings'), 'currency')) ?? text(setting('woocommerce_currency')),
    decimals: count(
      value(value(status, 'settings'), 'number_of_decimals') ?? setting('woocommerce_price_num_decimals'),
    ),
    timeZone: timeZone(index),
    pricesIncludeTax: flag(setting('woocommerce_prices_include_tax')),
    roundAtSubtotal: flag(setting('woocommerce_tax_round_at_subtotal')),
  };
}

/** The public index names the site's zone; system_status only names PHP's, which WordPress always sets to UTC. */
function timeZone(index: JsonAnswer | undefined): string | null {
  const named = text(value(index, 'timezone_string'));
  if (named !== null) return named;
  const hours = Number(value(index, 'gmt_offset') ?? Number.NaN);
  if (!Number.isFinite(hours)) return null;
  const minutes = Math.round(Math.abs(hours) * 60);
  const pad = (part: number): string => String(part).padStart(2, '0');
  return `${hours < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}

function value(holder: unknown, name: string): unknown {
  return typeof holder === 'object' && holder !== null ? Reflect.get(holder, name) : undefined;
}

const text = (found: unknown): string | null => (typeof found === 'string' && found !== '' ? found : null);

function flag(found: unknown): boolean | null {
  if (typeof found === 'boolean') return found;
  return found === 'yes' || found === 'no' ? found === 'yes' : null;
}

function count(found: unknown): number | null {
  const number = typeof found === 'string' && found !== '' ? Number(found) : found;
  return typeof number === 'number' && Number.isInteger(number) ? number : null;
}
