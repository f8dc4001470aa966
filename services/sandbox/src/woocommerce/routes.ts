import { PhpQuery } from './domain/php-query.js';
import type { ShopCustomer, ShopOrder, ShopProduct, ShopRefund } from './domain/shop.js';
import { WooError, invalidParam, noRoute } from './errors.js';
import { type ListOptions, type Page, type Row, enumParam, listPage, pageHeaders, trimFields } from './list.js';
import { productBody, shownSku, variationBody } from './serialize-products.js';
import { type Json, customerBody, orderBody, refundBody } from './serialize.js';
import { currentCurrency, generalSettings, systemStatus, taxRateBody, taxSettings } from './settings-routes.js';
import type { ShopStore } from './store.js';

export interface ApiRequest {
  /** Path behind `/wp-json/wc/v3`. */
  readonly path: string;
  readonly query: PhpQuery;
  readonly baseUrl: string;
  readonly now: number;
}

export interface ApiAnswer {
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Which list and page this was, for hooks that change the shop between two pages. */
  readonly served?: { readonly list: string; readonly page: number };
}

const CORE_STATUSES = [
  'any',
  'trash',
  'auto-draft',
  'pending',
  'processing',
  'on-hold',
  'completed',
  'cancelled',
  'refunded',
  'failed',
  'checkout-draft',
];

const DATED = ['date', 'id', 'include', 'title', 'slug', 'modified'];

/** Answers a GET; anything unknown is `rest_no_route`. Authentication has already happened. */
export function answer(store: ShopStore, request: ApiRequest): ApiAnswer {
  const segments = request.path.split('/').filter((segment) => segment !== '');
  const [resource = '', id, sub, subId, ...more] = segments;
  if (more.length > 0) throw noRoute();
  const number = id === undefined ? undefined : routeId(resource, id);
  switch (resource) {
    case 'orders':
      return orderRoutes(store, request, number, sub, subId);
    case 'refunds':
      return number === undefined
        ? list('refunds', allRefunds(store), request, ordersLike(store), (each) =>
            refundBody(each.refund, each.parentId, store.site, request.baseUrl, true),
          )
        : fail();
    case 'products':
      return productRoutes(store, request, number, sub, subId);
    case 'customers':
      return customerRoutes(store, request, number);
    case 'taxes':
      return taxRoutes(store, request, number);
    default:
      return settingRoutes(store, request, segments.join('/'));
  }
}

function orderRoutes(store: ShopStore, request: ApiRequest, id?: number, sub?: string, subId?: string): ApiAnswer {
  if (id === undefined) {
    const rows = [...store.orders.values()].filter(orderFilter(store, request.query));
    return list('orders', rows, request, ordersLike(store), (each) => shownOrder(store, each, request));
  }
  const order = store.order(id);
  if (sub === 'refunds' && order?.poison?.how === 'endlessRefunds') return endlessRefunds(request);
  if (sub === 'refunds') return refundRoutes(store, request, order, subId);
  if (sub !== undefined) throw noRoute();
  if (order === undefined) throw notFound('woocommerce_rest_shop_order_invalid_id');
  return { body: trimmed(shownOrder(store, order, request), request.query) };
}

/** As it is, or as its damage makes it: dead, or a placeholder for other JSON. */
function shownOrder(store: ShopStore, order: ShopOrder, { baseUrl }: ApiRequest): Json | string {
  if (order.poison?.how === 'fatal') {
    throw new WooError(500, 'internal_server_error', 'There has been a critical error on this website.');
  }
  return order.poison?.how === 'json' ? placeholder(order.id) : orderBody(order, store.site, baseUrl);
}

const placeholder = (id: number): string => `@order:${id}@`;

/** Puts the damaged records' own JSON texts in their places. */
export function withPoison(store: ShopStore, json: string): string {
  return json.replace(/"@order:(\d+)@"/g, (whole, id: string) => {
    const poison = store.order(Number(id))?.poison;
    return poison?.how === 'json' ? poison.text : whole;
  });
}

/** Always a full page more, and no total. */
function endlessRefunds({ query }: ApiRequest): ApiAnswer {
  const [offset, perPage] = [Number(query.get('offset') ?? 0), Number(query.get('per_page') ?? 10)];
  const refund = (_: unknown, index: number) => ({ id: 1_000_000 + offset + index, amount: '1.00', line_items: [] });
  return { body: Array.from({ length: perPage }, refund) };
}

function trimmed(body: Json | string, query: PhpQuery): unknown {
  return typeof body === 'string' ? body : trimFields(body, query);
}

function ordersLike(store: ShopStore): ListOptions {
  return {
    zone: store.site.zone,
    ownTables: store.site.hpos,
    orderbys: DATED,
    defaultOrderby: 'date',
    dateFilters: true,
  };
}

function orderFilter(store: ShopStore, query: PhpQuery): (order: ShopOrder) => boolean {
  const wanted = query.list('status') ?? ['any'];
  const known = new Set([...CORE_STATUSES, ...[...store.orders.values()].map((order) => order.status)]);
  wanted.forEach((status, index) => {
    if (known.has(status)) return;
    const message = `status[${index}] is not one of ${[...known].join(', ')}.`;
    throw invalidParam(`status[${index}]`, 'rest_not_in_enum', message);
  });
  const hidden = new Set(['trash', 'auto-draft', ...(store.site.draftsInAny ? [] : ['checkout-draft'])]);
  const any = wanted.length === 0 || wanted.includes('any');
  const customer = query.get('customer');
  const product = query.get('product');
  return (order) =>
    (any ? !hidden.has(order.status) : wanted.includes(order.status)) &&
    (customer === undefined || order.customerId === Number(customer)) &&
    (product === undefined || order.money.line_items.some((line) => line.product_id === Number(product)));
}

function refundRoutes(store: ShopStore, request: ApiRequest, order?: ShopOrder, refundId?: string): ApiAnswer {
  const refunds = (order?.refunds ?? []).map((refund) => refundRow(refund, order?.id ?? 0));
  if (refundId === undefined) {
    return list('order-refunds', refunds, request, ordersLike(store), ({ refund, parentId }) =>
      refundBody(refund, parentId, store.site, request.baseUrl),
    );
  }
  const found = refunds.find((each) => each.id === Number(refundId));
  if (order === undefined) throw notFound('woocommerce_rest_invalid_order_id', 'Invalid order ID.');
  if (found === undefined) throw notFound('woocommerce_rest_invalid_order_refund_id', 'Invalid order refund ID.');
  return { body: refundBody(found.refund, order.id, store.site, request.baseUrl) };
}

interface RefundRow extends Row {
  readonly refund: ShopRefund;
  readonly parentId: number;
}

function refundRow(refund: ShopRefund, parentId: number): RefundRow {
  return { id: refund.id, createdAt: refund.createdAt, modifiedAt: refund.createdAt, refund, parentId };
}

function allRefunds(store: ShopStore): RefundRow[] {
  return [...store.orders.values()].flatMap((order) => order.refunds.map((refund) => refundRow(refund, order.id)));
}

const PRODUCT_STATUSES = ['any', 'draft', 'pending', 'private', 'publish', 'future', 'trash', 'auto-draft'];
const PRODUCT_TYPES = ['simple', 'grouped', 'external', 'variable', 'variation'];

function productsLike(store: ShopStore): ListOptions<ShopProduct> {
  return {
    zone: store.site.zone,
    ownTables: false,
    orderbys: [...DATED, 'price', 'popularity', 'rating', 'menu_order'],
    defaultOrderby: 'date',
    dateFilters: true,
    keys: {
      title: ({ name }) => name,
      slug: ({ id }) => `product-${id}`,
      price: ({ price }) => Number(price),
      popularity: ({ totalSales }) => totalSales ?? 0,
    },
  };
}

function productRoutes(store: ShopStore, request: ApiRequest, id?: number, sub?: string, subId?: string): ApiAnswer {
  const body = (product: ShopProduct) => shownProduct(store, product, request.baseUrl);
  if (id === undefined) {
    const rows = [...store.products.values()].filter(productFilter(store, request.query));
    return list('products', rows, request, productsLike(store), body);
  }
  const product = store.products.get(id);
  if (sub === 'variations') return variationRoutes(store, request, id, subId);
  if (sub !== undefined) throw noRoute();
  if (product === undefined) throw notFound('woocommerce_rest_product_invalid_id');
  return { body: trimFields(body(product), request.query) };
}

/** A product with what it shows of its parent and its variations. */
export function shownProduct(store: ShopStore, product: ShopProduct, baseUrl: string): Json {
  const variations = store.variationsOf(product.id).filter(hasStatus('any'));
  const family = { parent: store.products.get(product.parentId), variations };
  return productBody(product, family, store.site, baseUrl);
}

function variationRoutes(store: ShopStore, request: ApiRequest, parentId: number, subId?: string): ApiAnswer {
  const parent = store.products.get(parentId);
  if (parent === undefined) throw notFound('woocommerce_rest_product_invalid_id');
  const body = (each: ShopProduct) => variationBody(each, parent, store.site, request.baseUrl);
  if (subId === undefined) {
    const status = enumParam(request.query, 'status', PRODUCT_STATUSES, 'any');
    const rows = store.variationsOf(parentId).filter(hasStatus(status)).filter(hasSku(store, request.query));
    return list('variations', rows, request, productsLike(store), body);
  }
  if (!/^\d+$/.test(subId)) throw noRoute();
  const found = store.products.get(Number(subId));
  if (found === undefined || found.parentId !== parentId)
    throw notFound('woocommerce_rest_product_variation_invalid_id');
  return { body: trimFields(body(found), request.query) };
}

function hasStatus(status: string): (product: ShopProduct) => boolean {
  return (product) =>
    status === 'any' ? !['trash', 'auto-draft'].includes(product.status) : product.status === status;
}

function hasSku(store: ShopStore, query: PhpQuery): (product: ShopProduct) => boolean {
  const skus = query.get('sku')?.split(',');
  return (product) => skus?.includes(shownSku(product, store.products.get(product.parentId))) ?? true;
}

/** The plain list leaves variations out; a search by SKU finds them. */
function productFilter(store: ShopStore, query: PhpQuery): (product: ShopProduct) => boolean {
  const ofStatus = hasStatus(enumParam(query, 'status', PRODUCT_STATUSES, 'any'));
  const ofSku = hasSku(store, query);
  const type = query.has('type') ? enumParam(query, 'type', PRODUCT_TYPES, 'simple') : undefined;
  return (product) =>
    ofStatus(product) &&
    (type === undefined || product.type === type) &&
    (query.has('sku') ? ofSku(product) : product.type !== 'variation');
}

const ROLES = ['all', 'administrator', 'editor', 'author', 'contributor', 'subscriber', 'customer', 'shop_manager'];

/** Accounts only: guests never appear, and no filter or sort knows when one was changed. */
function customerRoutes(store: ShopStore, request: ApiRequest, id?: number): ApiAnswer {
  const body = (customer: ShopCustomer) => customerBody(customer, store.site, request.baseUrl);
  if (id === undefined) {
    const role = enumParam(request.query, 'role', ROLES, 'customer');
    const email = request.query.get('email')?.toLowerCase();
    const rows = [...store.customers.values()].filter(
      (each) =>
        (role === 'all' || (each.role ?? 'customer') === role) &&
        (email === undefined || each.email.toLowerCase() === email),
    );
    const options: ListOptions<ShopCustomer> = {
      zone: store.site.zone,
      ownTables: false,
      orderbys: ['id', 'include', 'name', 'registered_date'],
      defaultOrderby: 'name',
      defaultOrder: 'asc',
      dateFilters: false,
      keys: {
        name: ({ firstName, lastName }) => `${firstName} ${lastName}`,
        registered_date: ({ createdAt }) => Math.floor(createdAt / 1000),
      },
    };
    return list('customers', rows, request, options, body);
  }
  const customer = store.customers.get(id);
  if (customer === undefined) throw notFound('wc_user_invalid_id', 'Invalid resource ID.');
  return { body: trimFields(body(customer), request.query) };
}

function taxRoutes(store: ShopStore, request: ApiRequest, id?: number): ApiAnswer {
  if (id !== undefined) {
    const rate = store.taxRates.find((each) => each.id === id);
    if (rate === undefined) throw notFound('woocommerce_rest_invalid_id', 'Invalid resource ID.');
    return { body: taxRateBody(rate) };
  }
  const rows = store.taxRates.map((rate) => ({ ...rate, createdAt: 0, modifiedAt: 0 }));
  const options: ListOptions = {
    zone: store.site.zone,
    ownTables: false,
    orderbys: ['id', 'order', 'priority'],
    defaultOrderby: 'order',
    defaultOrder: 'asc',
    dateFilters: false,
  };
  return list('taxes', rows, request, options, taxRateBody);
}

function settingRoutes({ site }: ShopStore, request: ApiRequest, path: string): ApiAnswer {
  switch (path) {
    case 'settings/general':
      return { body: generalSettings(site) };
    case 'settings/tax':
      return { body: taxSettings(site) };
    case 'system_status':
      return { body: systemStatus(site, request.baseUrl, request.now) };
    case 'data/currencies/current':
      return { body: currentCurrency(site) };
    default:
      throw noRoute();
  }
}

function list<T extends Row>(
  name: string,
  rows: readonly T[],
  request: ApiRequest,
  options: ListOptions<T>,
  body: (row: T) => Json | string,
): ApiAnswer {
  const page: Page<T> = listPage(rows, request.query, options);
  return {
    body: page.rows.map((row) => trimmed(body(row), request.query)),
    headers: pageHeaders(page, `${request.baseUrl}/wp-json/wc/v3${request.path}`, withDefaults(name, request.query)),
    served: { list: name, page: page.page },
  };
}

/** WordPress repeats defaults in `Link`, which is one reason not to follow it blindly. */
function withDefaults(name: string, query: PhpQuery): PhpQuery {
  const given = query.flat().map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`);
  if (name === 'orders' && !query.has('status')) given.push('status[0]=any', 'dp=2');
  return new PhpQuery([...given, 'context=view'].join('&'));
}

function routeId(resource: string, id: string): number | undefined {
  if (!['orders', 'products', 'customers', 'taxes', 'refunds'].includes(resource)) return undefined;
  if (!/^\d+$/.test(id)) throw noRoute();
  return Number(id);
}

function notFound(code: string, message = 'Invalid ID.'): WooError {
  return new WooError(404, code, message);
}

function fail(): never {
  throw noRoute();
}
