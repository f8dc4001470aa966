import { randomBytes } from 'node:crypto';

/** How the sandbox's authorization server behaves. Defaults in brackets. */
export interface OAuthSwitches {
  /** Access token life, seconds [3600]. */
  accessTokenSeconds: number;
  /** Refresh token life since its last use, seconds [8726400 = 101 days]. */
  refreshTokenSeconds: number;
  /** The refresh token's value changes when it is this old, milliseconds [24 h]; 0 = at every refresh. */
  rotateAfterMs: number;
  /** ... or after this many refreshes [null]. */
  rotateAfterRefreshes: number | null;
  /** What becomes of the old value after a rotation [valid24h]. */
  oldRefreshToken: 'valid24h' | 'diesAtOnce';
  /** Absolute life of a consent, seconds [157680000 = 5 years]. */
  hardExpirySeconds: number;
}

export const OAUTH_DEFAULTS: OAuthSwitches = {
  accessTokenSeconds: 3_600,
  refreshTokenSeconds: 8_726_400,
  rotateAfterMs: 86_400_000,
  rotateAfterRefreshes: null,
  oldRefreshToken: 'valid24h',
  hardExpirySeconds: 157_680_000,
};

/** One consent of one company: its refresh token in use, and the one before while it is still good. */
interface Consent {
  readonly realmId: string;
  readonly grantedAt: number;
  refreshToken: string;
  rotatedAt: number;
  lastUsedAt: number;
  uses: number;
  previous: { readonly token: string; readonly validUntil: number } | undefined;
  revoked: boolean;
}

interface AccessToken {
  readonly consent: Consent;
  expiresAt: number;
}

/** The token endpoint's answer. */
export interface TokenAnswer {
  readonly token_type: 'bearer';
  readonly access_token: string;
  readonly expires_in: number;
  readonly refresh_token: string;
  readonly x_refresh_token_expires_in: number;
  readonly x_refresh_token_hard_expires_in?: number;
}

/** Counters that prove (or disprove) that a client refreshes one at a time. */
export interface RefreshCounters {
  refreshes: number;
  rotations: number;
  oldTokenUses: number;
  invalidGrants: number;
  peakConcurrent: number;
}

export type AccessVerdict = 'ok' | 'expired' | 'unknown' | 'revoked' | 'otherRealm';

const secret = (prefix: string) => `${prefix}${randomBytes(24).toString('base64url')}`;

/** Consents, codes and tokens of every realm, on the given clock. */
export class TokenBook {
  readonly #codes = new Map<string, { realmId: string; redirectUri: string; expiresAt: number }>();
  readonly #refresh = new Map<string, Consent>();
  readonly #access = new Map<string, AccessToken>();
  readonly #counters = new Map<string, RefreshCounters>();

  constructor(
    readonly switches: OAuthSwitches,
    private readonly now: () => number,
  ) {}

  /** A consent given by a person: an authorization code, single use, five minutes. */
  consent(realmId: string, redirectUri: string): string {
    const code = secret('code-');
    this.#codes.set(code, { realmId, redirectUri, expiresAt: this.now() + 300_000 });
    return code;
  }

  /** A fresh consent without the browser dance; returns its refresh token. */
  issueRefreshToken(realmId: string): string {
    return this.#grant(realmId).refreshToken;
  }

  issueAccessToken(realmId: string): string {
    return this.#answer(this.#grant(realmId), false).access_token;
  }

  /** Undefined means invalid_grant. */
  exchangeCode(code: string, redirectUri: string, withHardExpiry: boolean): TokenAnswer | undefined {
    const known = this.#codes.get(code);
    this.#codes.delete(code);
    if (!known || known.expiresAt < this.now() || known.redirectUri !== redirectUri) return undefined;
    return this.#answer(this.#grant(known.realmId), withHardExpiry);
  }

  /** Undefined means invalid_grant. `forceRotation`: the fault that loses a rotated token. */
  refresh(token: string, withHardExpiry: boolean, forceRotation = false): TokenAnswer | undefined {
    const consent = this.#usable(token);
    if (!consent) {
      const counters = this.counters(this.#refresh.get(token)?.realmId ?? 'unknown');
      counters.invalidGrants += 1;
      return undefined;
    }
    const counters = this.counters(consent.realmId);
    counters.refreshes += 1;
    consent.lastUsedAt = this.now();
    consent.uses += 1;
    if (token === consent.refreshToken) {
      if (forceRotation || this.#rotationDue(consent)) this.#rotate(consent, counters);
    } else {
      counters.oldTokenUses += 1;
    }
    return this.#answer(consent, withHardExpiry);
  }

  /** Revoking either kind of token ends the consent. Says whether the token was known. */
  revoke(token: string): boolean {
    const consent = this.#refresh.get(token) ?? this.#access.get(token)?.consent;
    if (consent) consent.revoked = true;
    return consent !== undefined;
  }

  /** Ends every consent (of one realm), as when a person disconnects the app. */
  revokeAll(realmId?: string): void {
    for (const consent of this.#refresh.values())
      if (realmId === undefined || consent.realmId === realmId) consent.revoked = true;
  }

  /** Every access token (of one realm) is expired from now on. */
  expireAccessTokens(realmId?: string): void {
    for (const token of this.#access.values()) {
      if (realmId === undefined || token.consent.realmId === realmId) token.expiresAt = this.now();
    }
  }

  judge(accessToken: string, realmId: string): AccessVerdict {
    const known = this.#access.get(accessToken);
    if (!known) return 'unknown';
    if (known.consent.revoked) return 'revoked';
    if (known.expiresAt <= this.now()) return 'expired';
    return known.consent.realmId === realmId ? 'ok' : 'otherRealm';
  }

  counters(realmId: string): RefreshCounters {
    const known = this.#counters.get(realmId) ?? {
      refreshes: 0,
      rotations: 0,
      oldTokenUses: 0,
      invalidGrants: 0,
      peakConcurrent: 0,
    };
    this.#counters.set(realmId, known);
    return known;
  }

  /** The realm a refresh token belongs to, dead or alive. */
  realmOf(refreshToken: string): string | undefined {
    return this.#refresh.get(refreshToken)?.realmId;
  }

  #grant(realmId: string): Consent {
    const now = this.now();
    const refreshToken = secret('RT-');
    const consent: Consent = {
      realmId,
      grantedAt: now,
      refreshToken,
      rotatedAt: now,
      lastUsedAt: now,
      uses: 0,
      previous: undefined,
      revoked: false,
    };
    this.#refresh.set(refreshToken, consent);
    return consent;
  }

  #usable(token: string): Consent | undefined {
    const consent = this.#refresh.get(token);
    const now = this.now();
    if (!consent || consent.revoked) return undefined;
    if (now - consent.lastUsedAt > this.switches.refreshTokenSeconds * 1_000) return undefined;
    if (now - consent.grantedAt > this.switches.hardExpirySeconds * 1_000) return undefined;
    if (token === consent.refreshToken) return consent;
    return consent.previous?.token === token && now <= consent.previous.validUntil ? consent : undefined;
  }

  #rotationDue(consent: Consent): boolean {
    const { rotateAfterMs, rotateAfterRefreshes } = this.switches;
    if (rotateAfterRefreshes !== null) return consent.uses >= rotateAfterRefreshes;
    return this.now() - consent.rotatedAt >= rotateAfterMs;
  }

  #rotate(consent: Consent, counters: RefreshCounters): void {
    const now = this.now();
    const graceMs = this.switches.oldRefreshToken === 'valid24h' ? 86_400_000 : -1;
    consent.previous = { token: consent.refreshToken, validUntil: now + graceMs };
    consent.refreshToken = secret('RT-');
    consent.rotatedAt = now;
    consent.uses = 0;
    this.#refresh.set(consent.refreshToken, consent);
    counters.rotations += 1;
  }

  #answer(consent: Consent, withHardExpiry: boolean): TokenAnswer {
    const accessToken = secret('AT-');
    const { accessTokenSeconds, refreshTokenSeconds, hardExpirySeconds } = this.switches;
    this.#access.set(accessToken, { consent, expiresAt: this.now() + accessTokenSeconds * 1_000 });
    const hardLeft = hardExpirySeconds - Math.floor((this.now() - consent.grantedAt) / 1_000);
    return {
      token_type: 'bearer',
      access_token: accessToken,
      expires_in: accessTokenSeconds,
      refresh_token: consent.refreshToken,
      x_refresh_token_expires_in: refreshTokenSeconds,
      ...(withHardExpiry ? { x_refresh_token_hard_expires_in: hardLeft } : {}),
    };
  }
}
