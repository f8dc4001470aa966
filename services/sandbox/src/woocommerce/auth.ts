import { createHmac, timingSafeEqual } from 'node:crypto';
import { WooError } from './errors.js';
import type { PhpQuery } from './domain/php-query.js';
import type { ApiKey } from './domain/shop.js';

export interface AuthRequest {
  readonly method: string;
  /** The address that was signed: scheme, host and path without query. */
  readonly baseUrl: string;
  readonly query: PhpQuery;
  readonly authorization: string | undefined;
}

const OAUTH_WINDOW_SECONDS = 15 * 60;
const OAUTH_PARAMS = [
  'oauth_consumer_key',
  'oauth_timestamp',
  'oauth_nonce',
  'oauth_signature',
  'oauth_signature_method',
];

/**
 * The shop's keys and the ways to use them: Basic or query keys when WordPress believes it is on TLS, OAuth 1.0a
 * one-legged on any scheme. An unknown key by Basic or query is simply nobody, as in WooCommerce.
 */
export class Authenticator {
  readonly #keys = new Map<string, ApiKey>();
  readonly #nonces = new Map<string, number>();

  constructor(
    keys: readonly ApiKey[],
    private readonly now: () => number,
    private readonly assumeHttps: () => boolean,
  ) {
    for (const key of keys) this.#keys.set(key.consumerKey, key);
  }

  add(key: ApiKey): void {
    this.#keys.set(key.consumerKey, key);
  }

  revoke(consumerKey: string): void {
    this.#keys.delete(consumerKey);
  }

  /** The key of this request, undefined for an anonymous one; throws 401 for a wrong secret, signature or right. */
  authenticate(request: AuthRequest): ApiKey | undefined {
    const key = (this.assumeHttps() ? this.#plainKey(request) : undefined) ?? this.#oauthKey(request);
    if (key !== undefined) checkPermission(key, request.method);
    return key;
  }

  #plainKey({ query, authorization }: AuthRequest): ApiKey | undefined {
    const [consumerKey, secret] = credentials(query, authorization);
    if (consumerKey === '' || secret === '') return undefined;
    const key = this.#keys.get(consumerKey);
    if (key === undefined) return undefined;
    if (!sameText(key.consumerSecret, secret)) throw unauthorized('Consumer secret is invalid.');
    return key;
  }

  #oauthKey(request: AuthRequest): ApiKey | undefined {
    const given = oauthParameters(request);
    if (OAUTH_PARAMS.every((name) => !given.has(name))) return undefined;
    const missing = OAUTH_PARAMS.filter((name) => (given.get(name) ?? '') === '');
    if (missing.length > 0) {
      throw new WooError(
        401,
        'woocommerce_rest_authentication_missing_parameter',
        `Missing OAuth ${missing.length === 1 ? 'parameter' : 'parameters'} ${missing.join(', ')}`,
      );
    }
    const key = this.#keys.get(given.get('oauth_consumer_key') ?? '');
    if (key === undefined) throw unauthorized('Consumer key is invalid.');
    checkSignature(key, request, given);
    this.#checkFreshness(key, given);
    return key;
  }

  #checkFreshness(key: ApiKey, given: ReadonlyMap<string, string>): void {
    const nowSeconds = Math.floor(this.now() / 1000);
    const timestamp = Number(given.get('oauth_timestamp'));
    if (!(Math.abs(nowSeconds - timestamp) <= OAUTH_WINDOW_SECONDS)) throw unauthorized('Invalid timestamp.');
    for (const [nonce, usedAt] of this.#nonces) {
      if (nowSeconds - usedAt > OAUTH_WINDOW_SECONDS) this.#nonces.delete(nonce);
      else break;
    }
    const nonce = `${key.consumerKey}|${given.get('oauth_nonce')}`;
    if (this.#nonces.has(nonce)) throw unauthorized('Invalid nonce - nonce has already been used.');
    this.#nonces.set(nonce, nowSeconds);
  }
}

/** Query keys win over the header, also when they are wrong and the header is right. */
function credentials(query: PhpQuery, authorization: string | undefined): [string, string] {
  const fromQuery = query.get('consumer_key');
  if (fromQuery !== undefined && query.get('consumer_secret') !== undefined) {
    return [fromQuery, query.get('consumer_secret') ?? ''];
  }
  const encoded = /^Basic\s+(.+)$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return ['', ''];
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const cut = text.indexOf(':');
  return cut < 0 ? [text, ''] : [text.slice(0, cut), text.slice(cut + 1)];
}

function oauthParameters({ query, authorization }: AuthRequest): Map<string, string> {
  const given = new Map(query.flat());
  const header = /^OAuth\s+(.+)$/i.exec(authorization ?? '')?.[1];
  for (const part of header?.split(',') ?? []) {
    const match = /^\s*([^=]+)="?([^"]*)"?\s*$/.exec(part);
    if (match?.[1] !== undefined) given.set(decodeURIComponent(match[1]), decodeURIComponent(match[2] ?? ''));
  }
  return given;
}

function checkSignature(key: ApiKey, request: AuthRequest, given: ReadonlyMap<string, string>): void {
  const algorithm = { 'HMAC-SHA1': 'sha1', 'HMAC-SHA256': 'sha256' }[given.get('oauth_signature_method') ?? ''];
  if (algorithm === undefined) throw unauthorized('Invalid signature - signature method is invalid.');
  const expected = createHmac(algorithm, `${key.consumerSecret}&`)
    .update(signatureBase(request.method, request.baseUrl, given))
    .digest('base64');
  if (!sameText(expected, given.get('oauth_signature') ?? '')) {
    throw unauthorized('Invalid signature - provided signature does not match.');
  }
}

/** RFC 5849 signature base string over every parameter but the signature and `realm`. */
export function signatureBase(method: string, baseUrl: string, parameters: ReadonlyMap<string, string>): string {
  const pairs = [...parameters]
    .filter(([name]) => name !== 'oauth_signature' && name !== 'realm')
    .map(([name, value]): [string, string] => [encode(name), encode(value)])
    .toSorted(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)));
  const query = pairs.map(([name, value]) => `${name}=${value}`).join('&');
  return [method.toUpperCase(), encode(baseUrl), encode(query)].join('&');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function checkPermission(key: ApiKey, method: string): void {
  const reading = method === 'GET' || method === 'HEAD';
  if (method === 'OPTIONS' || key.permission === 'read_write') return;
  if (reading && key.permission !== 'read') {
    throw unauthorized('The API key provided does not have read permissions.');
  }
  if (!reading && key.permission !== 'write') {
    throw unauthorized('The API key provided does not have write permissions.');
  }
}

function unauthorized(message: string): WooError {
  return new WooError(401, 'woocommerce_rest_authentication_error', message);
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
