import type { IncomingHttpHeaders } from 'node:http';
import { RestError } from '../errors.js';
import { type RestReply, JSON_HEADERS } from '../rest/reply.js';
import type { SupabaseSwitches } from '../switches.js';
import type { ProjectKeys } from './keys.js';

export interface Caller {
  readonly role: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** The gateway's own answers have no `code`. */
export function gatewayReply(status: number, message: string, hint?: string): RestReply {
  return { status, headers: JSON_HEADERS, body: JSON.stringify({ message, ...(hint === undefined ? {} : { hint }) }) };
}

/**
 * Who calls: by `apikey` (header or query), or by a JWT in `Authorization`, which decides the role even beside a secret
 * key. A reply is the gateway's refusal; a RestError is PostgREST's about the token.
 */
export function authorize(
  keys: ProjectKeys,
  headers: IncomingHttpHeaders,
  queryKey: string | null,
  switches: SupabaseSwitches,
  now: number,
): Caller | RestReply {
  const given = text(headers['apikey']) ?? queryKey ?? '';
  if (given === '') {
    return gatewayReply(401, 'No API key found in request', 'No `apikey` request header or url param was found.');
  }
  const key = keys.find(given);
  if (key === undefined) {
    return gatewayReply(401, 'Invalid API key', 'Double check your Supabase `anon` or `service_role` API key.');
  }
  if (key.kind === 'legacy' && switches.legacyKeysDisabled) {
    return gatewayReply(
      401,
      'Legacy API keys are disabled',
      'Use the publishable and secret API keys of your project.',
    );
  }
  if (key.kind === 'secret' && /^mozilla\//iu.test(headers['user-agent'] ?? '')) {
    return gatewayReply(
      401,
      'Forbidden use of secret API key in browser',
      'Secret API keys can only be used in a protected environment and should never be used in a browser.',
    );
  }
  const bearer = /^bearer\s+(.+)$/iu.exec(headers.authorization ?? '')?.[1];
  const tolerated = bearer === given && (key.kind === 'legacy' || switches.bearerSecretKey === 'tolerated');
  if (bearer === undefined || tolerated) return { role: key.role, claims: { role: key.role } };
  return fromToken(keys, bearer, switches, now);
}

function fromToken(keys: ProjectKeys, token: string, switches: SupabaseSwitches, now: number): Caller | RestReply {
  if (keys.find(token)?.kind === 'legacy' && switches.legacyKeysDisabled) {
    return gatewayReply(
      401,
      'Legacy API keys are disabled',
      'Use the publishable and secret API keys of your project.',
    );
  }
  const verdict = keys.judge(token, now);
  switch (verdict.kind) {
    case 'role':
      return { role: verdict.role, claims: verdict.claims };
    case 'malformed':
      throw badToken('PGRST301', `Expected 3 parts in JWT; got ${verdict.parts}`);
    case 'badSignature':
      throw badToken('PGRST301', 'No suitable key or wrong key type');
    case 'expired':
      throw badToken('PGRST303', 'JWT expired');
  }
}

function badToken(code: string, message: string): RestError {
  const challenge = `Bearer error="invalid_token", error_description=${JSON.stringify(message)}`;
  return new RestError(401, code, message, null, null, { 'www-authenticate': challenge });
}

function text(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
