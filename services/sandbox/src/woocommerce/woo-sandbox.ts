import type { Clock } from '@tillstream/kernel';
import { type HttpReply, type HttpRequest, jsonReply, type Reach, startHttp } from '../shared/http.js';
import { Authenticator } from './auth.js';
import { type DriftRule, type Mutation, mutate } from './control.js';
import { PhpQuery } from './domain/php-query.js';
import type { ApiKey, ShopData, Site } from './domain/shop.js';
import { WooError, noRoute } from './errors.js';
import { WooFaults, type WooFaultRule } from './faults.js';
import { type OrderTruth, RawTruth, orderTruths } from './ledger.js';
import type { Json } from './serialize.js';
import { type ApiAnswer, answer, withPoison } from './routes.js';
import { wordPressIndex } from './settings-routes.js';
import { ShopStore } from './store.js';

export interface WooSandboxOptions extends Reach {
  readonly clock: Clock;
  /** 0 (default) picks a free port. */
  readonly port?: number;
  readonly site?: Partial<Site>;
  readonly shop?: ShopData;
  readonly keys?: readonly ApiKey[];
  readonly faults?: readonly WooFaultRule[];
  readonly seed?: number;
}

export interface LoggedCall {
  readonly at: number;
  readonly method: string;
  /** Path and query, keys and signatures left out. */
  readonly path: string;
  /** 0 when the socket was destroyed instead. */
  readonly status: number;
}

export const SANDBOX_READ_KEY: ApiKey = {
  consumerKey: 'ck_sandbox_read',
  consumerSecret: 'cs_sandbox_read',
  permission: 'read',
};
export const SANDBOX_WRITE_KEY: ApiKey = {
  consumerKey: 'ck_sandbox_write',
  consumerSecret: 'cs_sandbox_write',
  permission: 'read_write',
};

const API = '/wp-json/wc/v3';
const JSON_HEADERS = { 'content-type': 'application/json; charset=UTF-8' };

/**
 * A WooCommerce shop over HTTP: `/wp-json/wc/v3` for clients, `/__sandbox` and this class for whoever runs the test.
 * It knows nothing of the product that reads it.
 */
export class WooSandbox {
  readonly store: ShopStore;
  readonly faults: WooFaults;
  readonly auth: Authenticator;
  readonly #calls: LoggedCall[] = [];
  readonly #drift: { rule: DriftRule; left: number }[] = [];
  readonly #raw: RawTruth;
  #server: { url: string; close(): Promise<void> } | undefined;

  private constructor(private readonly options: WooSandboxOptions) {
    this.store = new ShopStore(options.clock, options.site, options.shop);
    this.#raw = new RawTruth(this.store, () => this.url);
    this.faults = new WooFaults(options.seed ?? 1, options.faults);
    this.auth = new Authenticator(
      options.keys ?? [SANDBOX_READ_KEY, SANDBOX_WRITE_KEY],
      () => options.clock.now(),
      () => this.store.site.assumeHttps,
    );
  }

  /** Starts listening. */
  static async start(options: WooSandboxOptions): Promise<WooSandbox> {
    const sandbox = new WooSandbox(options);
    sandbox.#server = await startHttp((request) => sandbox.#handle(request), options.port ?? 0, options);
    return sandbox;
  }

  /** The shop's address; its API lies below `<url>/wp-json/wc/v3`. */
  get url(): string {
    return this.#server?.url ?? '';
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  /** What is in the shop, for comparison with what arrived elsewhere. */
  orders(): OrderTruth[] {
    return orderTruths(this.store);
  }

  /** Exactly the JSON of an order as the API serves it now; undefined when it is gone. */
  rawOrder(id: number): Json | undefined {
    return this.#raw.order(id);
  }

  /** Every order, trashed and draft ones included, in order of id. */
  rawOrders(): Json[] {
    return this.#raw.orders();
  }

  /** As `/orders/{id}/refunds` shows them, in order of id. */
  rawRefunds(orderId: number): Json[] {
    return this.#raw.refunds(orderId);
  }

  /** Every account, whatever its role, in order of id. */
  rawCustomers(): Json[] {
    return this.#raw.customers();
  }

  /** Products without variations, trashed ones included, in order of id. */
  rawProducts(): Json[] {
    return this.#raw.products();
  }

  /** Variations as their own route shows them, trashed ones included, with the parent each belongs to. */
  rawVariations(parentId?: number): { readonly parentId: number; readonly raw: Json }[] {
    return this.#raw.variations(parentId);
  }

  mutate(mutation: Mutation): unknown {
    return mutate(this.store, mutation);
  }

  /** Changes the shop right after a certain page was answered. */
  drift(rule: DriftRule): void {
    this.#drift.push({ rule, left: rule.times ?? 1 });
  }

  get calls(): readonly LoggedCall[] {
    return this.#calls;
  }

  /** Calls by `METHOD /path` with ids as `{id}`. */
  counters(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { method, path } of this.#calls) {
      const key = `${method} ${path.replace(/\?.*$/, '').replace(/\/\d+(?=\/|$)/g, '/{id}')}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  }

  /** Requests that would have changed the shop: a reader must leave this at 0. */
  writes(): number {
    return this.#calls.filter(({ method }) => !['GET', 'HEAD', 'OPTIONS'].includes(method)).length;
  }

  clearCalls(): void {
    this.#calls.length = 0;
  }

  async #handle(request: HttpRequest): Promise<HttpReply> {
    if (request.url.pathname.startsWith('/__sandbox/')) return this.#control(request);
    const shown = `${request.url.pathname}${loggedSearch(request.url)}`;
    const reply = await this.#withFaults(request, shown);
    this.#calls.push({
      at: this.options.clock.now(),
      method: request.method,
      path: shown,
      status: reply === 'drop' ? 0 : reply.status,
    });
    return reply;
  }

  async #withFaults(request: HttpRequest, shown: string): Promise<HttpReply> {
    const fired = this.faults.decide(request.method, shown);
    for (const rule of fired) if (rule.kind === 'delay') await this.options.clock.sleep(rule.ms ?? 1000);
    if (fired.some((rule) => rule.kind === 'reset')) return 'drop';
    const html = fired.find((rule) => rule.kind === 'html');
    if (html !== undefined) return htmlPage(html);
    const reply = this.#serve(request);
    if (fired.some((rule) => rule.kind === 'empty')) return { ...reply, status: 200, body: '' };
    if (fired.some((rule) => rule.kind === 'truncatedJson')) {
      return { ...reply, status: 200, body: reply.body.slice(0, Math.ceil(reply.body.length / 2)) };
    }
    if (fired.some((rule) => rule.kind === 'phpNotice')) return { ...reply, body: `${PHP_NOTICE}${reply.body}` };
    return reply;
  }

  #serve(request: HttpRequest): Exclude<HttpReply, 'drop'> {
    try {
      const found = this.#route(request);
      this.#runDrift(found);
      const body = withPoison(this.store, JSON.stringify(found.body));
      return { status: 200, headers: { ...JSON_HEADERS, ...found.headers }, body };
    } catch (error) {
      if (!(error instanceof WooError)) throw error;
      return { status: error.status, headers: JSON_HEADERS, body: JSON.stringify(error.body) };
    }
  }

  #route(request: HttpRequest): ApiAnswer {
    const { url, method } = request;
    const query = new PhpQuery(url.search);
    // Without pretty permalinks WooCommerce never looks at the keys.
    if (url.pathname === '/' && query.has('rest_route')) throw anonymous(method, false);
    const now = this.options.clock.now();
    const path = url.pathname.replace(/\/$/, '');
    if (path === '/wp-json') return { body: wordPressIndex(this.store.site, this.url, now) };
    if (!path.startsWith(`${API}/`)) throw noRoute();
    const key = this.auth.authenticate({
      method,
      baseUrl: `${this.store.site.assumeHttps ? 'https' : 'http'}://${request.headers.host ?? ''}${url.pathname}`,
      query,
      authorization: request.headers.authorization,
    });
    const apiPath = path.slice(API.length);
    if (key === undefined) throw anonymous(method, /\/\d+$/.test(apiPath));
    if (method !== 'GET' && method !== 'HEAD') throw noRoute();
    return answer(this.store, { path: apiPath, query, baseUrl: this.url, now });
  }

  #runDrift({ served }: ApiAnswer): void {
    if (served === undefined) return;
    for (const entry of this.#drift) {
      if (entry.left < 1 || entry.rule.list !== served.list || entry.rule.page !== served.page) continue;
      entry.left -= 1;
      for (const mutation of entry.rule.mutations) mutate(this.store, mutation);
    }
  }

  /** The same control over HTTP, for a sandbox that runs as its own process. */
  #control({ method, url, body }: HttpRequest): HttpReply {
    try {
      return jsonReply(200, this.#controlAnswer(`${method} ${url.pathname.slice('/__sandbox/'.length)}`, body));
    } catch (error) {
      return jsonReply(400, { error: error instanceof Error ? error.message : String(error) });
    }
  }

  #controlAnswer(route: string, body: string): unknown {
    switch (route) {
      case 'GET orders':
        return this.orders();
      case 'GET raw':
        return {
          orders: this.rawOrders(),
          refunds: this.rawOrders().flatMap(({ id }) => this.rawRefunds(Number(id))),
          customers: this.rawCustomers(),
          products: this.rawProducts(),
          variations: this.rawVariations(),
        };
      case 'GET calls':
        return { calls: this.#calls, counters: this.counters(), writes: this.writes() };
      case 'DELETE calls':
        this.clearCalls();
        return {};
      case 'GET site':
        return this.store.site;
      case 'GET faults':
        return this.faults.fired;
      case 'POST faults':
        return { id: this.faults.add(JSON.parse(body) as WooFaultRule) };
      case 'DELETE faults':
        this.faults.clear();
        return {};
      case 'POST mutations':
        return this.mutate(JSON.parse(body) as Mutation) ?? {};
      case 'POST drift':
        this.drift(JSON.parse(body) as DriftRule);
        return {};
      case 'POST shop':
        this.store.load(JSON.parse(body) as ShopData);
        return {};
      default:
        throw new RangeError(`no control route ${route}`);
    }
  }
}

const PHP_NOTICE =
  '<br />\n<b>Notice</b>:  Undefined index: foo in <b>/srv/wp-content/plugins/x/x.php</b> on line <b>12</b><br />\n';

function htmlPage(rule: WooFaultRule): HttpReply {
  const status = rule.status ?? 502;
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=UTF-8',
      ...(rule.retryAfterSeconds === undefined ? {} : { 'retry-after': String(rule.retryAfterSeconds) }),
    },
    body: `<html><head><title>${status}</title></head><body><h1>${status}</h1><p>nginx</p></body></html>`,
  };
}

function anonymous(method: string, single: boolean): WooError {
  if (method === 'POST') {
    return new WooError(401, 'woocommerce_rest_cannot_create', 'Sorry, you are not allowed to create resources.');
  }
  const message = single ? 'Sorry, you cannot view this resource.' : 'Sorry, you cannot list resources.';
  return new WooError(401, 'woocommerce_rest_cannot_view', message);
}

/** Secrets and signatures never reach the log, also not a sandbox's. */
function loggedSearch(url: URL): string {
  const kept = new URLSearchParams([...url.searchParams].filter(([name]) => !/^(consumer_|oauth_)/.test(name)));
  const text = kept.toString();
  return text === '' ? '' : `?${text}`;
}
