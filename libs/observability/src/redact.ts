import { TillstreamError } from '@tillstream/kernel';

export const REDACTED = '[redacted]';

/** Names of fields that may hold a secret, compared without case, `_` and `-` (I10). */
const SECRET_NAMES = new Set([
  'authorization',
  'proxyauthorization',
  'cookie',
  'setcookie',
  'password',
  'pass',
  'secret',
  'token',
  'apikey',
  'adminkey',
  'masterkey',
  'masterkeyprevious',
  'servicekey',
  'consumerkey',
  'consumersecret',
  'clientsecret',
  'webhooksecret',
  'webhookverifiertoken',
  'refreshtoken',
  'accesstoken',
  'idtoken',
  'databaseurl',
  'mongodburi',
  'tillstreamadminkey',
  'tillstreammasterkey',
  'tillstreammasterkeyprevious',
  'tillstreamapikey',
  'kafkasaslpassword',
]);

/** Secrets that stand inside a text: credentials of an Authorization header, of a URL, and of WooCommerce. */
const SECRET_TEXTS: readonly [RegExp, string][] = [
  [/\b(Bearer|Basic)\s+[\w+/=.~-]{8,}/gi, `$1 ${REDACTED}`],
  [/\b(c[ks]_)[0-9a-z]{8,}/gi, `$1${REDACTED}`],
  [/\b(\w{1,40}:\/\/[^\s:/@]{0,300}):[^\s/@]{1,4000}@/g, `$1:${REDACTED}@`],
];

/** Longer texts are cut before they are looked through: no log line needs more, and a remote must not pick its length. */
const LONGEST_TEXT = 16_000;

const MAX_DEPTH = 8;

/** A copy of `value` that is safe to log: secret fields and secrets inside texts are replaced, errors become plain data. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[too deep]';
  if (value instanceof Error) return describeError(value, depth);
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  if (value instanceof Date) return value;
  return redactFields(value, depth);
}

export function redactText(text: string): string {
  const kept = text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}…`;
  return SECRET_TEXTS.reduce((safe, [pattern, replacement]) => safe.replace(pattern, replacement), kept);
}

function redactFields(fields: object, depth: number): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    safe[name] = isSecretName(name) && isPresent(field) ? REDACTED : redact(field, depth + 1);
  }
  return safe;
}

function isSecretName(name: string): boolean {
  return SECRET_NAMES.has(name.toLowerCase().replace(/[_-]/g, ''));
}

/** `{configured: true}` and empty values tell nothing and help a reader. */
function isPresent(field: unknown): boolean {
  return field !== null && field !== undefined && field !== '' && typeof field !== 'boolean';
}

function describeError(error: Error, depth: number): Record<string, unknown> {
  return {
    type: error.name,
    message: redactText(error.message),
    ...(error instanceof TillstreamError && { code: error.code, family: error.family }),
    ...(error instanceof TillstreamError &&
      Object.keys(error.detail).length > 0 && { detail: redact(error.detail, depth + 1) }),
    stack: redactText(error.stack ?? ''),
    ...(error.cause !== undefined && { cause: redact(error.cause, depth + 1) }),
  };
}
