import { createHmac, timingSafeEqual } from 'node:crypto';

export type KeyKind = 'secret' | 'publishable' | 'legacy';
export type ApiRole = 'anon' | 'authenticated' | 'service_role';

export interface ProjectKey {
  readonly value: string;
  readonly kind: KeyKind;
  readonly role: ApiRole;
}

/** What a bearer token says, or why it says nothing. */
export type TokenVerdict =
  | { readonly kind: 'role'; readonly role: string; readonly claims: Readonly<Record<string, unknown>> }
  | { readonly kind: 'malformed'; readonly parts: number }
  | { readonly kind: 'badSignature' }
  | { readonly kind: 'expired' };

/** PostgREST tolerates clocks that differ by half a minute. */
const CLOCK_SKEW_SECONDS = 30;

/** The project's keys: new ones by prefix, and the pair of long-lived JWTs of old. */
export class ProjectKeys {
  readonly #keys = new Map<string, ProjectKey>();

  constructor(
    private readonly jwtSecret: string,
    keys: readonly ProjectKey[],
  ) {
    for (const key of keys) this.#keys.set(key.value, key);
    for (const role of ['anon', 'service_role'] as const) {
      const value = this.sign({ iss: 'supabase', ref: 'sandbox', role, iat: 1_700_000_000, exp: 4_000_000_000 });
      this.#keys.set(value, { value, kind: 'legacy', role });
    }
  }

  /** The first key of that kind and role; undefined when there is none (any more). */
  first(kind: KeyKind, role: ApiRole): string | undefined {
    return [...this.#keys.values()].find((key) => key.kind === kind && key.role === role)?.value;
  }

  find(value: string): ProjectKey | undefined {
    return this.#keys.get(value);
  }

  add(key: ProjectKey): void {
    this.#keys.set(key.value, key);
  }

  revoke(value: string): void {
    this.#keys.delete(value);
  }

  /** A JWT of this project with any claims: a user's token, an expired one. */
  sign(claims: Readonly<Record<string, unknown>>): string {
    const text = `${base64({ alg: 'HS256', typ: 'JWT' })}.${base64(claims)}`;
    return `${text}.${this.#signature(text)}`;
  }

  judge(token: string, nowMs: number): TokenVerdict {
    const parts = token.split('.');
    const [head = '', body = '', signature = ''] = parts;
    if (parts.length !== 3) return { kind: 'malformed', parts: parts.length };
    const expected = Buffer.from(this.#signature(`${head}.${body}`));
    const given = Buffer.from(signature);
    if (expected.length !== given.length || !timingSafeEqual(expected, given)) return { kind: 'badSignature' };
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Record<string, unknown>;
    const { exp, role } = claims;
    if (typeof exp === 'number' && exp + CLOCK_SKEW_SECONDS < nowMs / 1000) return { kind: 'expired' };
    return { kind: 'role', role: typeof role === 'string' ? role : 'anon', claims };
  }

  #signature(text: string): string {
    return createHmac('sha256', this.jwtSecret).update(text).digest('base64url');
  }
}

function base64(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
