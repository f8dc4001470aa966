import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SANDBOX_READ_KEY, SANDBOX_WRITE_KEY } from '../index.js';
import { NOON, type Shop, basic, newOrder, request, startShop } from './helpers.js';

let shop: Shop;
const { consumerKey, consumerSecret } = SANDBOX_READ_KEY;
const orders = () => `${shop.sandbox.url}/wp-json/wc/v3/orders`;

/** What a refused request looks like. */
function refusal(code: string, message?: string) {
  return { status: 401, object: { code, data: { status: 401 }, ...(message === undefined ? {} : { message }) } };
}

describe('behind TLS', () => {
  beforeEach(async () => {
    shop = await startShop();
    shop.sandbox.store.addOrder(newOrder({ id: 500 }));
  });
  afterEach(() => shop.sandbox.close());

  const withHeader = (authorization: string, path = '') =>
    request(`${orders()}${path}`, { headers: { authorization } });

  it('accepts Basic and query keys', async () => {
    expect((await withHeader(basic(SANDBOX_READ_KEY))).status).toBe(200);
    expect((await request(`${orders()}?consumer_key=${consumerKey}&consumer_secret=${consumerSecret}`)).status).toBe(
      200,
    );
  });

  it('takes an unknown key, an empty secret and no key for nobody', async () => {
    const nobody = 'woocommerce_rest_cannot_view';
    expect(await request(orders())).toMatchObject(refusal(nobody, 'Sorry, you cannot list resources.'));
    expect(await request(`${orders()}/500`)).toMatchObject(refusal(nobody, 'Sorry, you cannot view this resource.'));
    expect(await withHeader(basic({ consumerKey: 'ck_unknown', consumerSecret }))).toMatchObject(refusal(nobody));
    expect(await withHeader(basic({ consumerKey, consumerSecret: '' }))).toMatchObject(refusal(nobody));
    expect(await request(`${orders()}?consumer_key=ck_unknown&consumer_secret=x`)).toMatchObject(refusal(nobody));
    expect(await request(orders(), { method: 'POST' })).toMatchObject(refusal('woocommerce_rest_cannot_create'));
  });

  it('refuses a wrong secret, and lets wrong query keys win over a right header', async () => {
    const refused = 'woocommerce_rest_authentication_error';
    expect(await withHeader(basic({ consumerKey, consumerSecret: 'wrong' }))).toMatchObject(
      refusal(refused, 'Consumer secret is invalid.'),
    );
    const both = `?consumer_key=${consumerKey}&consumer_secret=wrong`;
    expect(await withHeader(basic(SANDBOX_READ_KEY), both)).toMatchObject(
      refusal(refused, 'Consumer secret is invalid.'),
    );
  });

  it('holds a key to its permission and counts what tried to write', async () => {
    const refused = 'woocommerce_rest_authentication_error';
    const post = { method: 'POST', headers: { authorization: basic(SANDBOX_READ_KEY) } };
    expect(await request(orders(), post)).toMatchObject(
      refusal(refused, 'The API key provided does not have write permissions.'),
    );
    const writeOnly = { consumerKey: 'ck_w', consumerSecret: 'cs_w', permission: 'write' } as const;
    shop.sandbox.auth.add(writeOnly);
    expect(await withHeader(basic(writeOnly))).toMatchObject(
      refusal(refused, 'The API key provided does not have read permissions.'),
    );
    expect((await withHeader(basic(SANDBOX_WRITE_KEY))).status).toBe(200);
    expect(shop.sandbox.writes()).toBe(1);
  });

  it('has no keys on the address without pretty permalinks', async () => {
    const answer = await request(`${shop.sandbox.url}/?rest_route=/wc/v3/orders`, {
      headers: { authorization: basic(SANDBOX_READ_KEY) },
    });
    expect(answer).toMatchObject(refusal('woocommerce_rest_cannot_view'));
  });

  it('keeps keys and signatures out of its request log', async () => {
    await request(`${orders()}?consumer_key=${consumerKey}&consumer_secret=${consumerSecret}&page=1`);
    expect(shop.sandbox.calls.at(-1)?.path).toBe('/wp-json/wc/v3/orders?page=1');
  });
});

describe('on plain http', () => {
  beforeEach(async () => {
    shop = await startShop({ site: { assumeHttps: false } });
  });
  afterEach(() => shop.sandbox.close());

  /** RFC 3986: encodeURIComponent leaves these four alone, OAuth does not. */
  const encode = (text: string) =>
    encodeURIComponent(text)
      .replaceAll("'", '%27')
      .replaceAll('(', '%28')
      .replaceAll(')', '%29')
      .replaceAll('!', '%21');

  /** A client of its own: RFC 5849 from the text, not from the sandbox's code. */
  function signed(params: Record<string, string>, secret = consumerSecret, method = 'HMAC-SHA256'): string {
    const all: Record<string, string> = {
      oauth_consumer_key: consumerKey,
      oauth_timestamp: String(NOON / 1000),
      oauth_nonce: 'n1',
      oauth_signature_method: method,
      ...params,
    };
    const pairs = Object.keys(all)
      .toSorted()
      .map((name) => `${encode(name)}=${encode(all[name] ?? '')}`);
    const base = `GET&${encode(orders())}&${encode(pairs.join('&'))}`;
    const hash = createHmac(method === 'HMAC-SHA1' ? 'sha1' : 'sha256', `${secret}&`)
      .update(base)
      .digest('base64');
    return `${orders()}?${pairs.join('&')}&oauth_signature=${encode(hash)}`;
  }

  it('ignores Basic and query keys', async () => {
    const code = 'woocommerce_rest_cannot_view';
    expect(await request(orders(), { headers: { authorization: basic(SANDBOX_READ_KEY) } })).toMatchObject(
      refusal(code),
    );
    expect(await request(`${orders()}?consumer_key=${consumerKey}&consumer_secret=${consumerSecret}`)).toMatchObject(
      refusal(code),
    );
  });

  it.each(['HMAC-SHA1', 'HMAC-SHA256'])('accepts OAuth 1.0a with %s', async (method) => {
    const url = signed({ status: 'processing,completed', 'status-note': "it's (new)" }, consumerSecret, method);
    expect((await request(url)).status).toBe(200);
  });

  it('says what is wrong with a signed request', async () => {
    const refused = 'woocommerce_rest_authentication_error';
    expect(await request(signed({}, 'wrong'))).toMatchObject(
      refusal(refused, 'Invalid signature - provided signature does not match.'),
    );
    expect(await request(signed({ oauth_consumer_key: 'ck_unknown' }))).toMatchObject(
      refusal(refused, 'Consumer key is invalid.'),
    );
    expect(await request(signed({ oauth_timestamp: String(NOON / 1000 - 901) }))).toMatchObject(
      refusal(refused, 'Invalid timestamp.'),
    );
    expect((await request(signed({ oauth_timestamp: String(NOON / 1000 - 900), oauth_nonce: 'old' }))).status).toBe(
      200,
    );
    expect(await request(`${orders()}?oauth_consumer_key=${consumerKey}&oauth_nonce=x`)).toMatchObject(
      refusal('woocommerce_rest_authentication_missing_parameter'),
    );
  });

  it('takes a nonce once, and again after fifteen minutes', async () => {
    expect((await request(signed({}))).status).toBe(200);
    const again = await request(signed({}));
    expect(again).toMatchObject(
      refusal('woocommerce_rest_authentication_error', 'Invalid nonce - nonce has already been used.'),
    );
    shop.clock.advance(901_000);
    expect((await request(signed({ oauth_timestamp: String(NOON / 1000 + 901) }))).status).toBe(200);
  });
});
