import { isIP, Socket } from 'node:net';
import { isPublicAddress, publicLookup } from '@tillstream/http-client';
import { PermanentError } from '@tillstream/kernel';

export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** `off`, `encrypted` (identity not checked, as libpq's `require`) or `verified`. */
  readonly tls: 'off' | 'encrypted' | 'verified';
}

/** @throws PermanentError `database_url_invalid`; the message never has the URL, which holds the password. */
export function parseDatabaseUrl(databaseUrl: string): DatabaseAddress {
  const url = URL.canParse(databaseUrl) ? new URL(databaseUrl) : null;
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol) || url.hostname === '') {
    throw new PermanentError(
      'database_url_invalid',
      'the database URL is not postgres://user:password@host:port/database',
    );
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return {
    host,
    port: url.port === '' ? 5432 : Number(url.port),
    database: decodeURIComponent(url.pathname.slice(1)) || 'postgres',
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    tls: tlsOf(url.searchParams.get('sslmode'), host),
  };
}

/** Without a wish: encrypted, except to this machine and to private addresses, which rarely offer it. */
function tlsOf(mode: string | null, host: string): DatabaseAddress['tls'] {
  if (mode === 'disable') return 'off';
  if (mode === 'verify-full' || mode === 'verify-ca') return 'verified';
  if (mode !== null) return 'encrypted';
  return host === 'localhost' || (isIP(host) !== 0 && !isPublicAddress(host)) ? 'off' : 'encrypted';
}

/**
 * A socket under the same rule as HTTP: without TILLSTREAM_ALLOW_PRIVATE_TARGETS only public addresses are connected to,
 * checked on what the name resolves to.
 */
export function guardedSocket(allowPrivateTargets: boolean): Socket {
  if (allowPrivateTargets) return new Socket();
  return new PublicSocket();
}

class PublicSocket extends Socket {
  // pg calls connect(port, host); net checks names by `lookup` only, so literal addresses are checked here.
  override connect(...args: unknown[]): this {
    const [port, host] = args;
    if (typeof port !== 'number' || typeof host !== 'string') return super.connect(...(args as [number, string]));
    if (isIP(host) !== 0 && !isPublicAddress(host)) {
      queueMicrotask(() =>
        this.destroy(
          new PermanentError(
            'target_not_allowed',
            `Tillstream does not connect there: ${host} is a private address (TILLSTREAM_ALLOW_PRIVATE_TARGETS allows them)`,
          ),
        ),
      );
      return this;
    }
    return super.connect({ port, host, lookup: publicLookup });
  }
}
