import type { HttpFailureReason } from './errors.js';

/** The `code` of a system, TLS or undici error, when it has one. */
export function systemCodeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' ? code : undefined;
}

const BEFORE_SENDING: Readonly<Record<string, HttpFailureReason>> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  ETIMEDOUT: 'connect_timeout',
  UND_ERR_CONNECT_TIMEOUT: 'connect_timeout',
  UND_ERR_DESTROYED: 'closed',
  UND_ERR_CLOSED: 'closed',
};

/** Why no connection came about. */
export function reasonBeforeSending(error: unknown): HttpFailureReason {
  const code = systemCodeOf(error) ?? '';
  if (/TLS|SSL|CERT|SIGNATURE|EPROTO/.test(code)) return 'tls';
  return BEFORE_SENDING[code] ?? 'unreachable';
}

/** Why the exchange broke after bytes may have left. */
export function reasonAfterSending(error: unknown, answerBegan: boolean): HttpFailureReason {
  const code = systemCodeOf(error) ?? '';
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED') return 'closed';
  // The parser's errors have no code in every build of undici, so the name decides.
  if (error instanceof Error && error.name === 'HTTPParserError') return 'malformed';
  if (code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW') return 'malformed';
  return answerBegan ? 'truncated' : 'reset';
}
