import { isIP } from 'node:net';
import { isPublicAddress } from '@tillstream/http-client';

/**
 * Why `text` is no base URL that may be called, or null. Only what can be known without a look-up; the HttpClient checks
 * the address it connects to. `allowPrivate` is TILLSTREAM_ALLOW_PRIVATE_TARGETS.
 */
export function baseUrlProblem(text: string, allowPrivate: boolean): string | null {
  if (!URL.canParse(text)) return 'must be an absolute URL such as https://shop.example.com';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must start with https://';
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or password';
  if (url.search !== '' || url.hash !== '') return 'must not contain "?" or "#"';
  if (allowPrivate) return null;
  if (url.protocol === 'http:') return 'must be https (http needs TILLSTREAM_ALLOW_PRIVATE_TARGETS=true)';
  return isPrivateHost(url.hostname)
    ? 'must not be a private address (TILLSTREAM_ALLOW_PRIVATE_TARGETS=true allows it)'
    : null;
}

/** One spelling per address: lower-case host, no default port, no slash at the end. */
export function normalizeBaseUrl(text: string): string {
  return new URL(text).href.replace(/\/+$/, '');
}

/** As far as the name itself tells; `hostname` in lower case, IPv6 with or without brackets. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) return !isPublicAddress(host);
  return host === 'localhost' || host.endsWith('.localhost');
}
