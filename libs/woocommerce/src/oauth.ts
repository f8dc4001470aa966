import { createHmac } from 'node:crypto';

/** RFC 3986: only unreserved characters stay. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

export interface OAuthRequest {
  readonly method: string;
  /** Without query. */
  readonly url: string;
  /** Query parameters and `oauth_…`, unencoded, without `oauth_signature`; names are unique. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** The signature base string of RFC 5849, section 3.4.1. */
export function signatureBase({ method, url, parameters }: OAuthRequest): string {
  const pairs = Object.entries(parameters)
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : Number(a > b)))
    .map(([name, value]) => `${name}=${value}`);
  return [method.toUpperCase(), percentEncode(url), percentEncode(pairs.join('&'))].join('&');
}

/** Base64 signature; `tokenSecret` is empty in the one-legged form that WooCommerce uses. */
export function sign(
  request: OAuthRequest,
  secret: string,
  { tokenSecret = '', algorithm = 'sha256' }: { tokenSecret?: string; algorithm?: 'sha1' | 'sha256' } = {},
): string {
  const key = `${percentEncode(secret)}&${percentEncode(tokenSecret)}`;
  return createHmac(algorithm, key).update(signatureBase(request)).digest('base64');
}

export interface OneLegged {
  readonly consumerKey: string;
  readonly consumerSecret: string;
  /** Never used twice within 15 minutes. */
  readonly nonce: string;
  readonly timestampSeconds: number;
}

/** The query parameters plus everything WooCommerce wants over plain http (facts, section 1). */
export function signedParameters(
  request: OAuthRequest,
  { consumerKey, consumerSecret, nonce, timestampSeconds }: OneLegged,
): Record<string, string> {
  const parameters = {
    ...request.parameters,
    oauth_consumer_key: consumerKey,
    oauth_nonce: nonce,
    oauth_signature_method: 'HMAC-SHA256',
    oauth_timestamp: String(timestampSeconds),
  };
  return { ...parameters, oauth_signature: sign({ ...request, parameters }, consumerSecret) };
}
