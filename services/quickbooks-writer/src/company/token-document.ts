import type { SealedSecret } from '@tillstream/contracts';

/** Credentials live outside the log (D4): one document per (tenant, realm), secrets sealed under the master key. */
export const TOKENS_COLLECTION = 'quickbooks_tokens';

export interface TokenDocument {
  readonly tenantId: string;
  readonly realmId: string;
  readonly connectionId: string;
  /** `secretsVersion` of the connection whose refresh token was taken over; each is adopted once. */
  readonly adoptedSecretsVersion: number;
  readonly refreshToken: SealedSecret;
  /** The one before it: tried when the newest is refused, because a crash may have lost which of them counts. */
  readonly previousRefreshToken: SealedSecret | null;
  readonly accessToken: SealedSecret | null;
  /** Wall clock, ms. */
  readonly accessExpiresAtMs: number;
  /** The company asks for a new consent; nothing is tried until a new refresh token comes. */
  readonly needsReconnect: { readonly status: 'needs_reconnect' | 'error'; readonly detail: string } | null;
  /**
   * The process that is exchanging the refresh token; nobody else does until `untilMs` (wall clock, ms), by when the
   * exchange is over even if that process is gone. Absent or null: nobody is.
   */
  readonly refreshClaim?: { readonly owner: string; readonly untilMs: number } | null;
}

export const tokenDocumentId = (tenantId: string, realmId: string): string => `${tenantId}:${realmId}`;
