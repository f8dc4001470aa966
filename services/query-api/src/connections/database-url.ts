import { isPrivateHost } from './target-url.js';

/**
 * Parameters that change nothing about where the connection goes. Others are refused: drivers let `host` and `port` in
 * the query win over the address, and read files named by `sslkey` and the like.
 */
const HARMLESS_PARAMETERS: ReadonlySet<string> = new Set([
  'sslmode',
  'pgbouncer',
  'connect_timeout',
  'application_name',
]);
const DEFAULT_PORT = '5432';
const DEFAULT_DATABASE = 'postgres';

/** Why `text` is no PostgreSQL address that may be called, or null. Never repeats it: it holds a password. */
export function databaseUrlProblem(text: string, allowPrivate: boolean): string | null {
  if (text.includes('#')) return 'must not contain "#" (write it as %23 in a password)';
  const url = parse(text);
  const host = url && hostOf(url);
  if (!url || host === null)
    return 'must be an address such as postgresql://user:password@host:5432/postgres (encode special characters)';
  const foreign = [...url.searchParams.keys()].find((name) => !HARMLESS_PARAMETERS.has(name));
  if (foreign !== undefined) return `must not set parameters other than ${[...HARMLESS_PARAMETERS].join(', ')}`;
  if (allowPrivate || !isPrivateHost(host)) return null;
  return 'must not be a private address (TILLSTREAM_ALLOW_PRIVATE_TARGETS=true allows it)';
}

/**
 * What a direct connection is called where its password must not be seen: `postgres://<host>:<port>/<database>`. All
 * projects of a region share the address of the pooler, so there the user names the project: `postgres.<ref>` becomes
 * `postgres://<ref>@<host>:<port>/<database>`.
 */
export function databaseIdentity(text: string): string {
  const url = parse(text);
  if (!url) return '';
  const ref = /^postgres\.([a-z0-9-]+)$/i.exec(decodeURIComponent(url.username))?.[1];
  const place = `${hostOf(url)}:${url.port || DEFAULT_PORT}/${url.pathname.slice(1) || DEFAULT_DATABASE}`;
  return `postgres://${ref === undefined ? '' : `${ref}@`}${place}`;
}

function parse(text: string): URL | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const isPostgres = url.protocol === 'postgres:' || url.protocol === 'postgresql:';
  const isReadable = [url.username, url.password, url.pathname].every(isDecodable);
  return isPostgres && isReadable && url.hostname !== '' ? url : null;
}

/** One spelling per host, as for http: `127.1` is 127.0.0.1. null = no host that can be called. */
function hostOf({ hostname }: URL): string | null {
  return URL.canParse(`http://${hostname}`) ? new URL(`http://${hostname}`).hostname : null;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
