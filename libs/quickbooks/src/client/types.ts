import type { EntityName } from '../domain/model.js';

/** The part of libs/http-client this library needs; `HttpClient.send` fits. */
export interface HttpRequestLike {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly deadlineMs: number;
  readonly maxBodyBytes?: number;
  /** Called when the whole request was handed to the socket. */
  readonly onSent?: () => void;
}
export interface HttpResponseLike {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
export type Send = (request: HttpRequestLike) => Promise<HttpResponseLike>;

/** Where and as whom one call is made. The token is never logged or kept. */
export interface Caller {
  readonly realmId: string;
  readonly accessToken: string;
}

/** Per call. */
export interface WriteOptions {
  readonly onSent?: () => void;
  /** Instead of the api's own, milliseconds. */
  readonly deadlineMs?: number;
}

export interface QuickBooksApiOptions {
  readonly send: Send;
  /** `https://quickbooks.api.intuit.com`; requests go to `<baseUrl>/v3/company/<realmId>/...`. */
  readonly baseUrl: string;
  /** For every call (D12: 120,000). */
  readonly deadlineMs: number;
}

export type Operator = '=' | '<' | '>' | '<=' | '>=' | 'LIKE' | 'IN';
export interface Condition {
  readonly field: string;
  readonly operator: Operator;
  /** Unescaped; an array for IN. Booleans are printed bare. */
  readonly value: string | boolean | readonly (string | boolean)[];
}
export interface Query {
  readonly entity: EntityName;
  readonly where?: readonly Condition[];
  readonly orderBy?: string;
  /** 1-based. */
  readonly startPosition?: number;
  /** At most 1000. */
  readonly maxResults?: number;
}

export interface Version {
  readonly id: string;
  readonly syncToken: string;
}

export interface OAuthOptions {
  readonly send: Send;
  readonly tokenUrl: string;
  readonly authorizeUrl: string;
  readonly revokeUrl: string;
  readonly deadlineMs: number;
}
export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}
export interface TokenSet {
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
  readonly refreshToken: string;
  /** Seconds. */
  readonly refreshTokenExpiresIn: number;
  /** Seconds to the absolute end of the consent, when the server says so. */
  readonly refreshTokenHardExpiresIn: number | null;
}
export type TokenResult =
  | { readonly kind: 'ok'; readonly tokens: TokenSet }
  /** Terminal for this grant: needs a new consent. */
  | { readonly kind: 'invalid_grant'; readonly detail: string }
  /** Client id or secret is wrong. */
  | { readonly kind: 'invalid_client'; readonly detail: string }
  /** Certainly not processed. */
  | { readonly kind: 'retry_later'; readonly detail: string }
  /** May have rotated the token. */
  | { readonly kind: 'unknown_outcome'; readonly detail: string };
