import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { PermanentError } from '@tillstream/kernel';
import { isPublicAddress } from './address.js';

/**
 * Checks what can be known before connecting: scheme, credentials in the URL, literal addresses.
 * @throws PermanentError `target_not_allowed`, `request_invalid`
 */
export function checkTarget(url: string, allowPrivateTargets: boolean): URL {
  if (!URL.canParse(url)) throw new PermanentError('request_invalid', 'the request has no absolute URL');
  const target = new URL(url);
  if (target.protocol !== 'https:' && target.protocol !== 'http:') {
    throw new PermanentError('request_invalid', `${target.protocol} is not a scheme of HTTP`);
  }
  if (target.username !== '' || target.password !== '') {
    throw new PermanentError('request_invalid', 'credentials belong into a header, not into the URL');
  }
  if (allowPrivateTargets) return target;
  if (target.protocol === 'http:') throw notAllowed(`${target.origin} is not https`);
  const host = bareHost(target.hostname);
  if (isIP(host) !== 0 && !isPublicAddress(host)) throw notAllowed(`${target.origin} is a private address`);
  return target;
}

/** A name lookup that only yields public addresses: the check sits on what is connected to, so DNS cannot trick it. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  dnsLookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error) return callback(error, '', 0);
    const allowed = addresses.filter(({ address }) => isPublicAddress(address));
    const [first] = allowed;
    if (first === undefined) return callback(notAllowed(`${hostname} resolves to a private address`), '', 0);
    return options.all ? callback(null, allowed) : callback(null, first.address, first.family);
  });
};

function bareHost(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

function notAllowed(why: string): PermanentError {
  return new PermanentError(
    'target_not_allowed',
    `Tillstream does not connect there: ${why} (TILLSTREAM_ALLOW_PRIVATE_TARGETS allows http and private addresses)`,
  );
}
