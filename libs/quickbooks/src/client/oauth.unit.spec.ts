import { TransientError } from '@tillstream/kernel';
import { describe, expect, it } from 'vitest';
import { createQuickBooksOAuth } from './oauth.js';
import type { HttpRequestLike, Send } from './types.js';

const client = { clientId: 'client', clientSecret: 'secret-1' };
const TOKENS =
  '{"token_type":"bearer","access_token":"at-2","expires_in":3600,"refresh_token":"rt-2","x_refresh_token_expires_in":8726400}';
function oauth(status: number, body: string) {
  const asked: HttpRequestLike[] = [];
  const send: Send = async (request) => {
    asked.push(request);
    return { status, headers: {}, body };
  };
  const options = {
    send,
    tokenUrl: 'https://oauth.example/tokens',
    authorizeUrl: 'https://app.example/connect',
    revokeUrl: 'https://dev.example/revoke',
    deadlineMs: 30_000,
  };
  return { asked, oauth: createQuickBooksOAuth(options) };
}

describe('consent', () => {
  it('asks for the accounting scope with a state', () => {
    const url = new URL(
      oauth(200, '').oauth.authorizeUrl({ clientId: 'client', redirectUri: 'https://me.example/cb?x=1', state: 's&1' }),
    );
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'client',
      response_type: 'code',
      scope: 'com.intuit.quickbooks.accounting',
      redirect_uri: 'https://me.example/cb?x=1',
      state: 's&1',
    });
  });
});

describe('tokens', () => {
  it('are asked for with Basic auth and a form, secrets nowhere in the URL', async () => {
    const { oauth: remote, asked } = oauth(200, TOKENS);
    expect(await remote.refresh(client, 'rt-1')).toEqual({
      kind: 'ok',
      tokens: {
        accessToken: 'at-2',
        expiresIn: 3600,
        refreshToken: 'rt-2',
        refreshTokenExpiresIn: 8_726_400,
        refreshTokenHardExpiresIn: null,
      },
    });
    expect(asked[0]).toMatchObject({
      method: 'POST',
      url: 'https://oauth.example/tokens',
      headers: {
        authorization: `Basic ${btoa('client:secret-1')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'grant_type=refresh_token&refresh_token=rt-1',
    });
  });

  it('come for a code too, with the hard end when the server says it', async () => {
    const { oauth: remote, asked } = oauth(200, TOKENS.replace('}', ',"x_refresh_token_hard_expires_in":157680000}'));
    const result = await remote.exchangeCode(client, { code: 'c&1', redirectUri: 'https://me.example/cb' });
    expect(result).toMatchObject({ kind: 'ok', tokens: { refreshTokenHardExpiresIn: 157_680_000 } });
    expect(asked[0]?.body).toBe('grant_type=authorization_code&code=c%261&redirect_uri=https%3A%2F%2Fme.example%2Fcb');
  });

  it.each([
    [400, '{"error":"invalid_grant","error_description":"Token invalid"}', 'invalid_grant'],
    [400, '{"error":"invalid_grant"}', 'invalid_grant'],
    [401, '{"error":"invalid_client"}', 'invalid_client'],
    [429, '', 'retry_later'],
    [400, '{"error":"invalid_request"}', 'retry_later'],
    [403, '<html>denied</html>', 'retry_later'],
    [500, '', 'unknown_outcome'],
    [503, '<html>down</html>', 'unknown_outcome'],
    [200, '<html>hello</html>', 'unknown_outcome'],
    [200, '{"access_token":"at-2"', 'unknown_outcome'],
    [200, '{"access_token":"at-2"}', 'unknown_outcome'],
  ])('HTTP %i with %s is %s', async (status, body, kind) => {
    const result = await oauth(status, body).oauth.refresh(client, 'rt-1');
    expect(result).toMatchObject({ kind });
    expect(JSON.stringify(result)).not.toMatch(/at-2|rt-1|secret-1/u);
  });

  it('whose answer is lost may have been rotated; a refused connection changed nothing', async () => {
    const failing = (code: string) => {
      const send = () => Promise.reject(new TransientError(code, 'gone'));
      return createQuickBooksOAuth({
        send,
        tokenUrl: 'https://t',
        authorizeUrl: 'https://a',
        revokeUrl: 'https://r',
        deadlineMs: 1,
      });
    };
    expect(await failing('http_outcome_unknown').refresh(client, 'rt-1')).toMatchObject({ kind: 'unknown_outcome' });
    expect(await failing('http_not_sent').refresh(client, 'rt-1')).toMatchObject({ kind: 'retry_later' });
    expect(await failing('http_not_sent').revoke(client, 'rt-1')).toMatchObject({ kind: 'failed' });
  });

  it('are revoked by JSON', async () => {
    const { oauth: remote, asked } = oauth(200, '');
    expect(await remote.revoke(client, 'rt-1')).toEqual({ kind: 'ok' });
    expect(asked[0]).toMatchObject({ url: 'https://dev.example/revoke', body: '{"token":"rt-1"}' });
    expect(await oauth(400, '').oauth.revoke(client, 'rt-1')).toEqual({ kind: 'failed', detail: 'HTTP 400' });
  });
});
