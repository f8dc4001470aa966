import { TillstreamError } from '@tillstream/kernel';
import { isObject, textAt } from '../domain/wire-json.js';
import type { ClientCredentials, HttpResponseLike, OAuthOptions, TokenResult, TokenSet } from './types.js';

/** OAuth 2 with Intuit (facts section 2). Keeps nothing: storing tokens and refreshing one at a time is the writer's (D15). */
export interface QuickBooksOAuth {
  /** Where the owner of the books gives consent. */
  authorizeUrl(input: { readonly clientId: string; readonly redirectUri: string; readonly state: string }): string;
  exchangeCode(
    client: ClientCredentials,
    input: { readonly code: string; readonly redirectUri: string },
  ): Promise<TokenResult>;
  /** The answer may carry another refresh token than the one sent: always keep the latest. */
  refresh(client: ClientCredentials, refreshToken: string): Promise<TokenResult>;
  /** Ends the connection when given the refresh token. */
  revoke(client: ClientCredentials, token: string): Promise<{ kind: 'ok' } | { kind: 'failed'; detail: string }>;
}

const SCOPE = 'com.intuit.quickbooks.accounting';

export function createQuickBooksOAuth(options: OAuthOptions): QuickBooksOAuth {
  const grant = (client: ClientCredentials, form: Record<string, string>) => askForToken(options, client, form);
  return {
    authorizeUrl: ({ clientId, redirectUri, state }) => {
      const query = new URLSearchParams({
        client_id: clientId,
        response_type: 'code',
        scope: SCOPE,
        redirect_uri: redirectUri,
        state,
      });
      return `${options.authorizeUrl}?${query.toString()}`;
    },
    exchangeCode: (client, { code, redirectUri }) =>
      grant(client, { grant_type: 'authorization_code', code, redirect_uri: redirectUri }),
    refresh: (client, refreshToken) => grant(client, { grant_type: 'refresh_token', refresh_token: refreshToken }),
    revoke: (client, token) => revoke(options, client, token),
  };
}

function basic({ clientId, clientSecret }: ClientCredentials): string {
  return `Basic ${Buffer.from(`${clientId}:${clientSecret}`, 'utf8').toString('base64')}`;
}

async function askForToken(
  options: OAuthOptions,
  client: ClientCredentials,
  form: Record<string, string>,
): Promise<TokenResult> {
  let answer: HttpResponseLike;
  try {
    answer = await options.send({
      method: 'POST',
      url: options.tokenUrl,
      headers: {
        authorization: basic(client),
        accept: 'application/json',
        'content-type': 'application/x-www-form-urlencoded',
        'x-include-refresh-token-hard-expires-in': 'true',
      },
      body: new URLSearchParams(form).toString(),
      deadlineMs: options.deadlineMs,
    });
  } catch (error) {
    return tokenFailure(error);
  }
  return classifyToken(answer);
}

/** `http_not_sent` had no effect; after anything else the token may have been rotated. */
function tokenFailure(error: unknown): TokenResult {
  if (!(error instanceof TillstreamError)) throw error;
  const notSent = error.code === 'http_not_sent' || error.code === 'target_not_allowed';
  if (notSent) return { kind: 'retry_later', detail: error.message };
  if (error.code === 'http_outcome_unknown') return { kind: 'unknown_outcome', detail: error.message };
  throw error;
}

/** What the token endpoint's answer means. Details never carry a token. */
export function classifyToken({ status, body: text }: HttpResponseLike): TokenResult {
  const body = parse(text);
  const error = textAt(body, 'error');
  const detail =
    [error, textAt(body, 'error_description')].filter(Boolean).join(': ').slice(0, 300) || `HTTP ${status}`;
  if (status >= 200 && status < 300) {
    const tokens = tokensOf(body);
    return tokens
      ? { kind: 'ok', tokens }
      : { kind: 'unknown_outcome', detail: `the token answer cannot be read (HTTP ${status})` };
  }
  if (error === 'invalid_grant') return { kind: 'invalid_grant', detail };
  if (status === 401 || error === 'invalid_client' || error === 'unauthorized_client')
    return { kind: 'invalid_client', detail };
  if (status === 429 || (status >= 400 && status < 500)) return { kind: 'retry_later', detail };
  return { kind: 'unknown_outcome', detail };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function tokensOf(body: unknown): TokenSet | null {
  const accessToken = textAt(body, 'access_token');
  const refreshToken = textAt(body, 'refresh_token');
  if (!isObject(body) || accessToken === '' || refreshToken === '') return null;
  const hard = Number(textAt(body, 'x_refresh_token_hard_expires_in'));
  return {
    accessToken,
    refreshToken,
    expiresIn: seconds(body, 'expires_in', 3600),
    refreshTokenExpiresIn: seconds(body, 'x_refresh_token_expires_in', 8_726_400),
    refreshTokenHardExpiresIn: hard > 0 ? hard : null,
  };
}

function seconds(body: unknown, field: string, fallback: number): number {
  const value = Number(textAt(body, field));
  return value > 0 ? value : fallback;
}

async function revoke(
  options: OAuthOptions,
  client: ClientCredentials,
  token: string,
): Promise<{ kind: 'ok' } | { kind: 'failed'; detail: string }> {
  try {
    const { status } = await options.send({
      method: 'POST',
      url: options.revokeUrl,
      headers: { authorization: basic(client), accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
      deadlineMs: options.deadlineMs,
    });
    return status >= 200 && status < 300 ? { kind: 'ok' } : { kind: 'failed', detail: `HTTP ${status}` };
  } catch (error) {
    if (error instanceof TillstreamError) return { kind: 'failed', detail: error.message };
    throw error;
  }
}
