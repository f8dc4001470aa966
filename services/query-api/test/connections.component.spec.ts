import { type ConnectionDocument, type FactsOf, TOPICS } from '@tillstream/contracts';
import { SystemClock } from '@tillstream/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMPANY, Harness, makeTenant, SHOP } from './harness.js';

const WOO = '/api/connections/woocommerce';
const QBO = '/api/connections/quickbooks';

function stored(h: Harness, id: string) {
  return h.store.get<ConnectionDocument>('connections', id);
}

describe('connections', () => {
  let h: Harness;
  beforeAll(async () => {
    h = await new Harness().start();
  });
  afterAll(() => h.stop());

  it('never show a secret: not in answers, not in the store, not in events', async () => {
    const put = await h.call('PUT', WOO, { body: SHOP });
    expect(put).toMatchObject({
      status: 200,
      body: {
        platform: 'woocommerce',
        connectionId: expect.any(String),
        status: 'unverified',
        storeUrl: SHOP.storeUrl,
        consumerKey: { configured: true },
        webhookSecret: { configured: false },
      },
    });
    const seen = [
      put.text,
      (await h.call('GET', WOO)).text,
      (await h.call('GET', '/api/connections')).text,
      JSON.stringify(await stored(h, 'default:woocommerce')),
      JSON.stringify(await h.events(TOPICS.config.name)),
    ].join();
    expect(seen).not.toContain(SHOP.consumerKey);
    expect(seen).not.toContain(SHOP.consumerSecret);
    const doc = (await stored(h, 'default:woocommerce'))?.doc;
    const owner = { tenantId: 'default', connectionId: doc?.connectionId ?? '' };
    const sealed = doc?.secrets['consumerKey'];
    expect(sealed && h.secrets.open(sealed, owner)).toBe(SHOP.consumerKey);
  });

  it('keep a secret that is left out or sent back as shown, and clear one that is null', async () => {
    const before = await h.call('PUT', WOO, { body: { ...SHOP, webhookSecret: 'hook' } });
    const kept = await h.call('PUT', WOO, { body: { storeUrl: SHOP.storeUrl, consumerKey: { configured: true } } });
    expect(kept.body).toMatchObject({ consumerKey: { configured: true }, webhookSecret: { configured: true } });
    expect(kept.body['connectionId']).toBe(before.body['connectionId']);
    const cleared = await h.call('PUT', WOO, { body: { storeUrl: SHOP.storeUrl, webhookSecret: null } });
    expect(cleared.body).toMatchObject({ consumerSecret: { configured: true }, webhookSecret: { configured: false } });
  });

  it.each([
    ['another token server', { tokenUrl: 'https://evil.example/token' }, ['clientSecret', 'refreshToken']],
    ['another port', { tokenUrl: 'https://tokens.example:8443/token' }, ['clientSecret', 'refreshToken']],
    ['another API', { apiBaseUrl: 'https://evil.example' }, ['refreshToken']],
    ['another environment', { environment: 'production' }, ['refreshToken']],
  ])('pointed at %s have to be sent their secrets again', async (_what, over, paths) => {
    const mark = Object.values(over).join('').length;
    const key = await makeTenant(h, `moved-${mark}`);
    const { clientSecret, refreshToken: _refresh, ...open } = { ...COMPANY, realmId: `77${mark}` };
    const base = { ...open, environment: 'sandbox', tokenUrl: 'https://tokens.example/token' };
    const secrets = { clientSecret, refreshToken: 'rt-1' };
    expect((await h.call('PUT', QBO, { key, body: { ...base, ...secrets } })).status).toBe(200);
    const refused = await h.call('PUT', QBO, { key, body: { ...base, ...over } });
    expect(refused).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    expect((refused.body['errors'] as { path: string }[]).map(({ path }) => path)).toEqual(paths);
    expect((await h.call('PUT', QBO, { key, body: { ...base, clientId: 'other' } })).status).toBe(200);
    expect((await h.call('PUT', QBO, { key, body: { ...base, ...over, ...secrets } })).status).toBe(200);
  });

  it('that point at another shop take no secret along, whatever is confirmed', async () => {
    const key = await makeTenant(h, 'strays');
    await h.call('PUT', WOO, { key, body: SHOP });
    const elsewhere = { storeUrl: 'https://evil.example', consumerKey: { configured: true } };
    const answer = await h.call('PUT', `${WOO}?replaceIdentity=true`, { key, body: elsewhere });
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    expect((await h.call('GET', WOO, { key })).body).toMatchObject({ storeUrl: SHOP.storeUrl });
  });

  it('a new one needs its secrets', async () => {
    const key = await makeTenant(h, 'fresh');
    const answer = await h.call('PUT', WOO, { key, body: { storeUrl: SHOP.storeUrl, consumerKey: 'ck_1' } });
    expect(answer.body).toMatchObject({ code: 'validation_failed', errors: [{ path: 'consumerSecret' }] });
    expect((await h.call('GET', WOO, { key })).status).toBe(404);
  });

  it.each([
    ['http://shop.example.com', 'https'],
    ['https://127.0.0.1', 'private'],
    ['https://[::1]:8443/x', 'private'],
    ['https://192.168.1.10', 'private'],
    ['https://localhost', 'private'],
    ['https://user:pass@shop.example.com', 'user name'],
    ['https://shop.example.com/?a=1', '?'],
    ['ftp://shop.example.com', 'https://'],
    ['shop', 'absolute URL'],
  ])('refuse the address %s', async (storeUrl, why) => {
    const { status, body } = await h.call('PUT', WOO, { body: { ...SHOP, storeUrl } });
    expect(status).toBe(400);
    expect(body['errors']).toEqual([{ path: 'storeUrl', message: expect.stringContaining(why) }]);
  });

  it('point elsewhere only when told to, and then start anew', async () => {
    await h.call('PUT', WOO, { body: SHOP });
    const before = (await stored(h, 'default:woocommerce'))?.doc;
    const same = await h.call('PUT', WOO, { body: { ...SHOP, storeUrl: 'https://SHOP.example.com/' } });
    expect(same.status).toBe(200);
    const body = { ...SHOP, storeUrl: 'https://new.example.com' };
    expect((await h.call('PUT', WOO, { body })).body).toMatchObject({ code: 'identity_change', status: 409 });
    expect((await h.call('GET', WOO)).body['storeUrl']).toBe(SHOP.storeUrl);
    expect((await h.call('PUT', `${WOO}?replaceIdentity=true`, { body })).status).toBe(200);
    const after = (await stored(h, 'default:woocommerce'))?.doc;
    expect(after).toMatchObject({ identity: 'https://new.example.com', connectionId: before?.connectionId });
    expect(after?.identityEpoch).toBe((before?.identityEpoch ?? 0) + 1);
    const changes = (await h.events(TOPICS.config.name)).filter(
      ({ facts, tenantId }) => tenantId === 'default' && 'identityReplaced' in facts,
    );
    const last = changes.at(-1)?.facts as FactsOf<'ConnectionChanged'>;
    expect(last).toMatchObject({ platform: 'woocommerce', identityReplaced: true, removed: false });
  });

  it('a company belongs to one tenant, also when two ask at once, and is free again afterwards', async () => {
    const [one, two] = [await makeTenant(h, 'one'), await makeTenant(h, 'two')];
    const race = await Promise.all([one, two].map((key) => h.call('PUT', QBO, { key, body: COMPANY })));
    expect(new Set(race.map(({ status }) => status))).toEqual(new Set([200, 409]));
    const [winner, loser] = race[0]?.status === 200 ? [one, two] : [two, one];
    expect((await h.call('PUT', QBO, { key: loser, body: COMPANY })).body).toMatchObject({ code: 'realm_in_use' });
    expect((await h.call('DELETE', QBO, { key: winner })).status).toBe(204);
    expect((await h.call('PUT', QBO, { key: loser, body: COMPANY })).status).toBe(200);
    const moved = { ...COMPANY, realmId: '999' };
    expect((await h.call('PUT', `${QBO}?replaceIdentity=true`, { key: loser, body: moved })).status).toBe(200);
    expect((await h.call('PUT', QBO, { key: winner, body: COMPANY })).status).toBe(200);
  });

  it('count their facts anew when made anew, so that nobody drops them as repeats (D3)', async () => {
    const key = await makeTenant(h, 'again');
    for (let round = 0; round < 2; round += 1) {
      await h.call('PUT', WOO, { key, body: SHOP });
      await h.call('DELETE', WOO, { key });
    }
    expect((await h.call('GET', WOO, { key })).status).toBe(404);
    const events = (await h.events(TOPICS.config.name)).filter(({ tenantId }) => tenantId === 'again');
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 1, 2]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(4);
    expect(events.map(({ facts }) => (facts as FactsOf<'ConnectionChanged'>).removed)).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });

  it('tell the writer of a new refresh token exactly once', async () => {
    const key = await makeTenant(h, 'tokens');
    const version = async () => (await stored(h, 'tokens:quickbooks'))?.doc.secretsVersion;
    const body = { ...COMPANY, realmId: '77' };
    await h.call('PUT', QBO, { key, body });
    const first = await version();
    const { refreshToken: _, ...without } = body;
    await h.call('PUT', QBO, { key, body: without });
    expect(await version()).toBe(first);
    await h.call('PUT', QBO, { key, body });
    expect(await version()).toBe((first ?? 0) + 1);
  });

  it('test a shop with real calls, say what to fix, and remember it', async () => {
    await h.call('PUT', `${WOO}?replaceIdentity=true`, { body: SHOP });
    h.remote.answer = () => ({
      status: 401,
      headers: { 'content-type': 'application/json' },
      body: '{"code":"woocommerce_rest_cannot_view"}',
    });
    const bad = await h.call('POST', `${WOO}/test`);
    expect(bad).toMatchObject({ status: 200, body: { ok: false, latencyMs: expect.any(Number) } });
    expect(h.remote.requests.every(({ method }) => method === 'GET')).toBe(true);
    expect(bad.text).not.toContain(SHOP.consumerSecret);
    expect((await h.call('GET', WOO)).body).toMatchObject({ status: 'error', lastCheckedAt: expect.any(String) });
    h.remote.answer = () => ({
      status: 200,
      headers: { 'content-type': 'application/json', 'x-wp-total': '0' },
      body: '[]',
    });
    expect((await h.call('POST', `${WOO}/test`)).body).toMatchObject({ ok: true });
    expect((await h.call('GET', WOO)).body).toMatchObject({ status: 'connected' });
  });
});

describe('questions to the QuickBooks writer', () => {
  let h: Harness;
  beforeAll(async () => {
    h = await new Harness().start();
    await h.call('PUT', QBO, { body: COMPANY });
  });
  afterAll(() => h.stop());

  const reply = { code: null, message: null, checks: null, authorizeUrl: null, latencyMs: 12.3456 };

  it('test, consent and callback go to the writer and back', async () => {
    await h.follow(TOPICS.writerCommands.name, (event) => {
      const { facts } = event;
      if (!('deadline' in facts)) return;
      const answer = { ...reply, replyTo: facts.replyTo, ok: true };
      const checks = [{ name: 'company', ok: true, detail: 'US company' }];
      const authorizeUrl = 'https://appcenter.example.com/connect?state=abc';
      void h.publish(TOPICS.writerReplies.name, 'default', 'WriterReply', {
        ...answer,
        ...(event.type === 'TestQuickBooksConnection' && { checks }),
        ...(event.type === 'BuildAuthorizeUrl' && { authorizeUrl }),
      });
    });
    expect((await h.call('POST', `${QBO}/test`)).body).toEqual({
      ok: true,
      checks: [{ name: 'company', ok: true, detail: 'US company' }],
      latencyMs: 12,
    });
    expect((await h.call('POST', `${QBO}/authorize`)).body).toEqual({
      authorizeUrl: expect.stringContaining('state=abc'),
    });
    const callback = `${QBO}/callback?code=the-secret-code&state=abc&realmId=${COMPANY.realmId}`;
    expect(await h.call('GET', callback, { key: null })).toMatchObject({ status: 200, body: { ok: true } });
    const page = await h.call('GET', callback, { key: null, headers: { accept: 'text/html,*/*' } });
    expect(page.headers['content-type']).toContain('text/html');

    const commands = await h.events(TOPICS.writerCommands.name);
    expect(JSON.stringify(commands)).not.toContain('the-secret-code');
    const finish = commands.find(({ type }) => type === 'FinishAuthorization')?.facts as FactsOf<'FinishAuthorization'>;
    const { connectionId } = (await stored(h, 'default:quickbooks'))?.doc ?? {};
    const sealed = JSON.parse(finish.sealedCode) as Parameters<Harness['secrets']['open']>[0];
    expect(h.secrets.open(sealed, { tenantId: 'default', connectionId: connectionId ?? '' })).toBe('the-secret-code');
    expect(finish.redirectUri).toBe('https://sync.example.com/api/connections/quickbooks/callback');
  });

  it('a test names the last order numbers of the shop, so that the writer can warn of numbers in use (B8)', async () => {
    await h.call('PUT', WOO, { body: SHOP });
    h.remote.answer = () => ({
      status: 200,
      headers: { 'content-type': 'application/json', 'x-wp-total': '2' },
      body: JSON.stringify([
        { id: 1043, number: 'A-1043' },
        { id: 1042, number: '1042' },
      ]),
    });
    await h.call('POST', `${QBO}/test`);
    const asked = (await h.events(TOPICS.writerCommands.name)).filter(
      ({ type }) => type === 'TestQuickBooksConnection',
    );
    expect(asked.at(-1)?.facts).toMatchObject({ orderNumbers: ['A-1043', '1042'] });
    h.remote.answer = () => ({ status: 502, headers: {}, body: '<html>' });
    expect((await h.call('POST', `${QBO}/test`)).status).toBe(200);
  });

  it('a callback for a company of nobody is 404, one without code is 400', async () => {
    expect((await h.call('GET', `${QBO}/callback?code=a&state=b&realmId=1`, { key: null })).status).toBe(404);
    expect((await h.call('GET', `${QBO}/callback?state=b&realmId=1`, { key: null })).status).toBe(400);
  });

  it('what the writer refuses is consent_failed; when it is silent, 503 with Retry-After', async () => {
    const silent = await new Harness(new SystemClock(500)).start();
    await silent.call('PUT', QBO, { body: COMPANY });
    const answer = await silent.call('POST', `${QBO}/test`);
    expect(answer).toMatchObject({ status: 503, body: { code: 'writer_unavailable' } });
    expect(answer.headers['retry-after']).toBe('5');
    await silent.stop();

    const refusing = await new Harness().start();
    await refusing.call('PUT', QBO, { body: COMPANY });
    await refusing.follow(TOPICS.writerCommands.name, ({ facts }) => {
      if (!('replyTo' in facts)) return;
      const { replyTo } = facts;
      const refused = { ...reply, replyTo, ok: false, code: 'consent_failed', message: 'the state was used' };
      void refusing.publish(TOPICS.writerReplies.name, 'default', 'WriterReply', refused);
    });
    const callback = `${QBO}/callback?code=c&state=s&realmId=${COMPANY.realmId}`;
    expect((await refusing.call('GET', callback, { key: null })).body).toMatchObject({
      code: 'consent_failed',
      detail: 'the state was used',
    });
    expect((await refusing.call('POST', `${QBO}/test`)).body).toMatchObject({
      ok: false,
      checks: [{ ok: false, detail: 'the state was used' }],
    });
    await refusing.stop();
  });
});
