import { asError, PermanentError } from '@tillstream/kernel';

export interface WantedAddress {
  readonly host: string;
  readonly port: number;
  /** The variable that chooses the port. */
  readonly variable: 'TILLSTREAM_PORT' | 'TILLSTREAM_GRPC_PORT';
}

/** What the operating system refused, with the variable that mends it. */
export function cannotListen(cause: unknown, { host, port, variable }: WantedAddress): Error {
  const code = systemCode(cause);
  const otherPort = `set ${variable} to another one, e.g. ${variable}=0`;
  if (code === 'EADDRINUSE') {
    return new PermanentError('port_in_use', `port ${port} on ${host} is in use; ${otherPort}`, { cause });
  }
  if (code === 'EACCES') {
    return new PermanentError('port_forbidden', `port ${port} on ${host} needs more rights; ${otherPort}`, { cause });
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    const message = `${host} is no address of this machine; set TILLSTREAM_HOST, e.g. TILLSTREAM_HOST=127.0.0.1`;
    return new PermanentError('host_unusable', message, { cause });
  }
  return asError(cause);
}

/** grpc-js tells what the system said in its message only. */
function systemCode(cause: unknown): string | undefined {
  const { code, message } = (cause ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return code;
  return /\b(EADDRINUSE|EACCES|EADDRNOTAVAIL|ENOTFOUND|EAI_AGAIN)\b/.exec(String(message))?.[1];
}
