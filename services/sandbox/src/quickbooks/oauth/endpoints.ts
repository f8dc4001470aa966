import { type FaultRule, firedOf } from '../../shared/faults.js';
import type { HttpReply, HttpRequest } from '../../shared/http.js';
import type { Clock } from '../types.js';
import { afterCommit, beforeCommit } from '../http/fault-effects.js';
import type { TokenBook } from './tokens.js';

export const AUTHORIZE_PATH = '/connect/oauth2';
export const TOKEN_PATH = '/oauth2/v1/tokens/bearer';
export const REVOKE_PATH = '/v2/oauth2/tokens/revoke';
const SCOPE = 'com.intuit.quickbooks.accounting';

export interface AppCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The authorization server: consent page, token endpoint, revocation. */
export class OAuthEndpoints {
  #inFlight = new Map<string, number>();

  constructor(
    private readonly app: AppCredentials,
    private readonly book: TokenBook,
    private readonly clock: Clock,
    /** Whose consent the page gives when the URL does not say (`sandbox_realm`). */
    private readonly defaultRealm: () => string | undefined,
  ) {}

  /** Undefined when the path is none of the authorization server's. */
  async handle(request: HttpRequest, fired: readonly FaultRule[]): Promise<HttpReply | undefined> {
    const { pathname } = request.url;
    if (pathname === AUTHORIZE_PATH && request.method === 'GET') return this.#authorize(request);
    if (request.method !== 'POST' || (pathname !== TOKEN_PATH && pathname !== REVOKE_PATH)) return undefined;
    const early = await beforeCommit(this.clock, request.gone, fired);
    if (early) return early === 'drop' ? 'drop' : { ...early, headers: { 'content-type': early.contentType } };
    const reply = pathname === TOKEN_PATH ? await this.#token(request, fired) : this.#revoke(request);
    if (firedOf(fired, 'rotateAndLoseReply')) return 'drop';
    const shown = await afterCommit(this.clock, fired, {
      status: reply.status,
      contentType: reply.headers['content-type'] ?? 'application/json',
      body: reply.body,
    });
    return shown === 'drop'
      ? 'drop'
      : { status: shown.status, headers: { 'content-type': shown.contentType }, body: shown.body };
  }

  /** Consents at once: redirects back with code, state and realmId, or with an error. */
  #authorize({ url }: HttpRequest): HttpReply {
    const redirectUri = url.searchParams.get('redirect_uri') ?? '';
    if (url.searchParams.get('client_id') !== this.app.clientId || !URL.canParse(redirectUri)) {
      return {
        status: 400,
        headers: { 'content-type': 'text/html' },
        body: '<html><body>Invalid client or redirect URI</body></html>',
      };
    }
    const target = new URL(redirectUri);
    const state = url.searchParams.get('state');
    if (state !== null) target.searchParams.set('state', state);
    const realmId = url.searchParams.get('sandbox_realm') ?? this.defaultRealm();
    if (url.searchParams.get('response_type') !== 'code' || url.searchParams.get('scope') !== SCOPE) {
      target.searchParams.set('error', 'invalid_scope');
    } else if (url.searchParams.get('sandbox_deny') !== null || realmId === undefined) {
      target.searchParams.set('error', 'access_denied');
    } else {
      target.searchParams.set('code', this.book.consent(realmId, redirectUri));
      target.searchParams.set('realmId', realmId);
    }
    return { status: 302, headers: { location: target.href }, body: '' };
  }

  async #token(request: HttpRequest, fired: readonly FaultRule[]): Promise<Exclude<HttpReply, 'drop'>> {
    if (!this.#knowsClient(request)) return oauthError(401, 'invalid_client');
    const form = new URLSearchParams(request.body);
    const hard = request.headers['x-include-refresh-token-hard-expires-in'] === 'true';
    switch (form.get('grant_type') ?? '') {
      case 'authorization_code': {
        const answer = this.book.exchangeCode(form.get('code') ?? '', form.get('redirect_uri') ?? '', hard);
        return answer ? ok(answer) : oauthError(400, 'invalid_grant', 'Token invalid');
      }
      case 'refresh_token':
        return this.#refresh(form.get('refresh_token') ?? '', hard, fired);
      default:
        return oauthError(400, 'unsupported_grant_type');
    }
  }

  async #refresh(token: string, hard: boolean, fired: readonly FaultRule[]): Promise<Exclude<HttpReply, 'drop'>> {
    const realmId = this.book.realmOf(token) ?? 'unknown';
    const counters = this.book.counters(realmId);
    const running = (this.#inFlight.get(realmId) ?? 0) + 1;
    this.#inFlight.set(realmId, running);
    counters.peakConcurrent = Math.max(counters.peakConcurrent, running);
    try {
      // One turn of the event loop, so that requests sent at the same time are seen to overlap.
      await new Promise((resolve) => setImmediate(resolve));
      const answer = this.book.refresh(token, hard, firedOf(fired, 'rotateAndLoseReply') !== undefined);
      return answer ? ok(answer) : oauthError(400, 'invalid_grant', 'Incorrect or invalid refresh token');
    } finally {
      this.#inFlight.set(realmId, (this.#inFlight.get(realmId) ?? 1) - 1);
    }
  }

  #revoke(request: HttpRequest): Exclude<HttpReply, 'drop'> {
    if (!this.#knowsClient(request)) return oauthError(401, 'invalid_client');
    const token: unknown = JSON.parse(request.body === '' ? '{}' : request.body);
    const value = typeof token === 'object' && token !== null && 'token' in token ? token.token : undefined;
    return typeof value === 'string' && this.book.revoke(value) ? ok({}) : oauthError(400, 'invalid_request');
  }

  #knowsClient({ headers }: HttpRequest): boolean {
    const expected = Buffer.from(`${this.app.clientId}:${this.app.clientSecret}`).toString('base64');
    return headers.authorization === `Basic ${expected}`;
  }
}

function ok(value: unknown): Exclude<HttpReply, 'drop'> {
  return { status: 200, headers: { 'content-type': 'application/json;charset=UTF-8' }, body: JSON.stringify(value) };
}

function oauthError(status: number, error: string, description?: string): Exclude<HttpReply, 'drop'> {
  const body = { error, ...(description === undefined ? {} : { error_description: description }) };
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
