import { afterEach, describe, expect, it, vi } from 'vitest';
import { APP, Bench, REALM, text } from './quickbooks-client.js';

const OTHER = '9130002';
const SCOPE = 'com.intuit.quickbooks.accounting';
let bench: Bench;
afterEach(() => bench.close());

const refresh = (token: string) => bench.tokens({ grant_type: 'refresh_token', refresh_token: token });

async function consent(extra: Record<string, string> = {}): Promise<URL> {
  const query = new URLSearchParams({
    client_id: APP.clientId,
    response_type: 'code',
    scope: SCOPE,
    redirect_uri: 'http://127.0.0.1/cb',
    state: 's1',
    ...extra,
  });
  const answer = await fetch(`${bench.sandbox.authorizeUrl}?${query.toString()}`, { redirect: 'manual' });
  return new URL(answer.headers.get('location') ?? 'http://none');
}

describe('consent', () => {
  it('redirects with code, state and realmId; the code works once', async () => {
    bench = await Bench.open();
    const back = await consent();
    expect(back.searchParams.get('state')).toBe('s1');
    expect(back.searchParams.get('realmId')).toBe(REALM);
    const form = {
      grant_type: 'authorization_code',
      code: back.searchParams.get('code') ?? '',
      redirect_uri: 'http://127.0.0.1/cb',
    };
    const first = await bench.tokens(form);
    expect(first.body).toMatchObject({ token_type: 'bearer', expires_in: 3600, x_refresh_token_expires_in: 8726400 });
    bench.token = text(first.body.access_token);
    expect((await bench.get('preferences')).status).toBe(200);
    const second = await bench.tokens(form);
    expect([second.status, second.body]).toEqual([400, { error: 'invalid_grant', error_description: 'Token invalid' }]);
  });

  it('reports a refusal and a wrong scope in the redirect', async () => {
    bench = await Bench.open();
    expect((await consent({ sandbox_deny: '1' })).searchParams.get('error')).toBe('access_denied');
    expect((await consent({ scope: 'openid' })).searchParams.get('error')).toBe('invalid_scope');
  });
});

describe('refresh tokens', () => {
  it('keep their value within a day and then change; the old one stays good for 24 h, by switch not', async () => {
    bench = await Bench.open();
    const first = bench.control.issueRefreshToken(REALM);
    expect((await refresh(first)).body.refresh_token).toBe(first);
    bench.clock.advance(25 * 3_600_000);
    const second = text((await refresh(first)).body.refresh_token);
    expect(second).not.toBe(first);
    expect((await refresh(first)).body.refresh_token).toBe(second);
    bench.clock.advance(24 * 3_600_000 + 1);
    expect((await refresh(first)).body).toMatchObject({ error: 'invalid_grant' });
    bench.control.setOAuth({ oldRefreshToken: 'diesAtOnce' });
    const third = text((await refresh(second)).body.refresh_token);
    expect(third).not.toBe(second);
    expect((await refresh(second)).status).toBe(400);
    expect((await refresh(third)).status).toBe(200);
  });

  it('can rotate at every use', async () => {
    bench = await Bench.open({}, { oauth: { rotateAfterRefreshes: 1 } });
    const first = bench.control.issueRefreshToken(REALM);
    expect((await refresh(first)).body.refresh_token).not.toBe(first);
  });

  it('die of age, of revocation and of a wrong client', async () => {
    bench = await Bench.open();
    const token = bench.control.issueRefreshToken(REALM);
    const wrong = await bench.tokens(
      { grant_type: 'refresh_token', refresh_token: token },
      { clientId: 'x', clientSecret: 'y' },
    );
    expect([wrong.status, wrong.body]).toEqual([401, { error: 'invalid_client' }]);
    const answer = await refresh(token);
    bench.token = text(answer.body.access_token);
    const revoked = await fetch(bench.sandbox.revokeUrl, {
      method: 'POST',
      headers: {
        authorization: `Basic ${btoa(`${APP.clientId}:${APP.clientSecret}`)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ token }),
    });
    expect(revoked.status).toBe(200);
    expect((await refresh(token)).status).toBe(400);
    expect((await bench.get('preferences')).body.fault?.error?.[0]?.detail).toBe('Token revoked');
    const old = bench.control.issueRefreshToken(REALM);
    bench.clock.advance(102 * 86_400_000);
    expect((await refresh(old)).body).toEqual({
      error: 'invalid_grant',
      error_description: 'Incorrect or invalid refresh token',
    });
  });

  it('are counted, also how many ran at once', async () => {
    bench = await Bench.open();
    const token = bench.control.issueRefreshToken(REALM);
    await refresh(token);
    await refresh(token);
    expect(bench.control.stats(REALM).oauth).toMatchObject({ refreshes: 2, peakConcurrent: 1 });
    bench.control.addFault({ kind: 'delay', ms: 1_000, match: { path: 'tokens/bearer' } });
    const both = [refresh(token), refresh(token)];
    await vi.waitUntil(() => bench.control.stats(REALM).oauth.peakConcurrent === 2);
    await bench.running();
    bench.clock.advance(1_000);
    await Promise.all(both);
    expect(bench.control.stats(REALM).oauth.refreshes).toBe(4);
  });

  it('may rotate while the reply is lost', async () => {
    bench = await Bench.open(
      {},
      { faults: [{ kind: 'rotateAndLoseReply', match: { path: 'tokens/bearer' }, nth: 1 }] },
    );
    const token = bench.control.issueRefreshToken(REALM);
    await expect(refresh(token)).rejects.toThrow('fetch failed');
    expect(bench.control.stats(REALM).oauth.rotations).toBe(1);
    expect((await refresh(token)).body.refresh_token).not.toBe(token);
  });
});

describe('access tokens', () => {
  it('expire after 3600 s with the gateway shape', async () => {
    bench = await Bench.open();
    bench.clock.advance(3_599_999);
    expect((await bench.get('preferences')).status).toBe(200);
    bench.clock.advance(1);
    const answer = await bench.get('preferences');
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual({
      warnings: null,
      intuitObject: null,
      fault: {
        error: [
          {
            message: 'message=AuthenticationFailed; errorCode=003200; statusCode=401',
            detail: 'Token expired',
            code: '3200',
            element: null,
          },
        ],
        type: 'AUTHENTICATION',
      },
      report: null,
      queryResponse: null,
      batchItemResponse: [],
      requestId: null,
      time: bench.clock.now(),
      status: null,
      cdcresponse: [],
    });
  });

  it('of another company are refused as JSON 403 or XML 401', async () => {
    const companies = [REALM, OTHER].map((realmId) => ({ realmId, country: 'US' }));
    bench = await Bench.open({}, { companies });
    bench.token = bench.control.issueAccessToken(OTHER);
    const json = await bench.get('preferences');
    expect(json.status).toBe(403);
    expect(json.body.fault?.error?.[0]).toMatchObject({ code: '3100' });
    bench.control.set(REALM, { wrongRealmAnswer: 'xml401' });
    const xml = await bench.get('preferences');
    expect(xml.status).toBe(401);
    expect(xml.text).toContain('<Fault type="AuthenticationFault"><Error code="100">');
  });
});
