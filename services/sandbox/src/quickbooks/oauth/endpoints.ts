import { type FaultRule, firedOf } from '../../shared/faults.js';
import type { HttpReply, HttpRequest } from '../../shared/http.js';
import type { Clock } from '../types.js';
import { afterCommit, beforeCommit } from '../http/fault-effects.js';
import { type ApiReply, jsonApiReply } from '../http/replies.js';
import { textAt } from '../json.js';
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
  readonly #inFlight = new Map<string, number>();

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
    const leave = pathname === TOKEN_PATH ? this.#enter(request) : undefined;
    try {
      return await this.#answer(request, fired);
    } finally {
      leave?.();
    }
  }

  /** Counts a refresh from its arrival to its answer, so that overlapping ones are seen. */
  #enter(request: HttpRequest): (() => void) | undefined {
    const realmId = this.book.realmOf(new URLSearchParams(request.body).get('refresh_token') ?? '');
    if (realmId === undefined) return undefined;
    const counters = this.book.counters(realmId);
    const running = (this.#inFlight.get(realmId) ?? 0) + 1;
    this.#inFlight.set(realmId, running);
    counters.peakConcurrent = Math.max(counters.peakConcurrent, running);
    return () => this.#inFlight.set(realmId, (this.#inFlight.get(realmId) ?? 1) - 1);
  }

  async #answer(request: HttpRequest, fired: readonly FaultRule[]): Promise<HttpReply> {
    const early = await beforeCommit(this.clock, request.gone, fired);
    if (early) return early === 'drop' ? 'drop' : transport(early);
    const loses = firedOf(fired, 'rotateAndLoseReply') !== undefined;
    const reply = request.url.pathname === TOKEN_PATH ? this.#token(request, loses) : this.#revoke(request);
    if (loses) return 'drop';
    const shown = await afterCommit(this.clock, fired, reply);
    return shown === 'drop' ? 'drop' : transport(shown);
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

  #token(request: HttpRequest, rotates: boolean): ApiReply {
    if (!this.#knowsClient(request)) return oauthError(401, 'invalid_client');
    const form = new URLSearchParams(request.body);
    const hard = request.headers['x-include-refresh-token-hard-expires-in'] === 'true';
    switch (form.get('grant_type') ?? '') {
      case 'authorization_code': {
        const answer = this.book.exchangeCode(form.get('code') ?? '', form.get('redirect_uri') ?? '', hard);
        return answer ? jsonApiReply(200, answer) : oauthError(400, 'invalid_grant', 'Token invalid');
      }
      case 'refresh_token': {
        const answer = this.book.refresh(form.get('refresh_token') ?? '', hard, rotates);
        return answer
          ? jsonApiReply(200, answer)
          : oauthError(400, 'invalid_grant', 'Incorrect or invalid refresh token');
      }
      default:
        return oauthError(400, 'unsupported_grant_type');
    }
  }

  #revoke(request: HttpRequest): ApiReply {
    if (!this.#knowsClient(request)) return oauthError(401, 'invalid_client');
    const token = tokenIn(request.body);
    return token !== undefined && this.book.revoke(token) ? jsonApiReply(200, {}) : oauthError(400, 'invalid_request');
  }

  #knowsClient({ headers }: HttpRequest): boolean {
    const expected = Buffer.from(`${this.app.clientId}:${this.app.clientSecret}`).toString('base64');
    return headers.authorization === `Basic ${expected}`;
  }
}

/** `{"token": "…"}` */
function tokenIn(body: string): string | undefined {
  try {
    return textAt(JSON.parse(body), 'token');
  } catch {
    return undefined;
  }
}

function oauthError(status: number, error: string, description?: string): ApiReply {
  return jsonApiReply(status, { error, ...(description === undefined ? {} : { error_description: description }) });
}

function transport(reply: ApiReply): HttpReply {
  return { status: reply.status, headers: { 'content-type': reply.contentType }, body: reply.body };
}
