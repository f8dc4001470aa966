import { type HttpClient, HttpNotSent, type HttpRequest, type HttpResponse } from '@tillstream/http-client';
import { ManualClock, PermanentError, SystemIds } from '@tillstream/kernel';
import { describe, expect, it } from 'vitest';
import { createWooClient, type RetryPolicy, type WooClientOptions } from './woo-client.js';

const SECRET = 'cs_0123456789abcdef';
const json = (body: unknown, status = 200, headers: Record<string, string> = {}): HttpResponse => ({
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const refused = () =>
  new HttpNotSent({
    method: 'GET',
    origin: 'https://shop.example',
    path: '/',
    reason: 'refused',
    systemCode: 'ECONNREFUSED',
  });

function setUp(answers: (HttpResponse | Error)[], options: Partial<WooClientOptions> = {}) {
  const clock = new ManualClock(1_700_000_000_000);
  const requests: HttpRequest[] = [];
  const waits: number[] = [];
  const http: HttpClient = {
    send: (request) => {
      requests.push(request);
      const answer = answers.shift() ?? json([]);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    close: () => Promise.resolve(),
  };
  const sleeping = {
    ...clockOf(clock),
    sleep: (ms: number) => {
      waits.push(ms);
      return Promise.resolve();
    },
  };
  const retry: RetryPolicy = { attempts: 3, delayMs: (attempt) => attempt * 100, longestWaitMs: 60_000 };
  const client = createWooClient({
    http,
    clock: sleeping,
    ids: new SystemIds(clock),
    storeUrl: 'https://Shop.example/store/',
    consumerKey: 'ck_1',
    consumerSecret: SECRET,
    retry,
    ...options,
  });
  return { client, requests, waits };
}

function clockOf(clock: ManualClock) {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    setTimer: (ms: number, fn: () => void) => clock.setTimer(ms, fn),
  };
}

const rejection = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => new Error('it succeeded'),
    (error: Error) => error,
  );

describe('createWooClient', () => {
  it('uses Basic auth on https, with the key in no query', async () => {
    const { client, requests } = setUp([json([{ id: 1 }], 200, { 'x-wp-total': '12' })]);
    await expect(client.list('/wc/v3/orders', { params: { status: 'any', include: '1,2' } })).resolves.toEqual({
      items: [{ id: 1 }],
      total: 12,
    });
    expect(requests[0]).toMatchObject({
      method: 'GET',
      url: 'https://shop.example/store/wp-json/wc/v3/orders?status=any&include=1%2C2',
      headers: { authorization: `Basic ${btoa(`ck_1:${SECRET}`)}` },
      deadlineMs: 60_000,
    });
  });

  it('signs with OAuth 1.0a on http, each time with another nonce, and never sends the secret', async () => {
    const { client, requests } = setUp([], { storeUrl: 'http://shop.test:80' });
    await client.list('/wc/v3/orders', { params: { status: 'any' } });
    await client.list('/wc/v3/orders', { params: { status: 'any' } });
    const [first, second] = requests.map(({ url }) => new URL(url));
    expect(first?.host).toBe('shop.test');
    expect(first?.searchParams.get('oauth_timestamp')).toBe('1700000000');
    expect(first?.searchParams.get('oauth_signature')).toMatch(/^[\w+/]{43}=$/);
    expect(first?.searchParams.get('oauth_nonce')).not.toBe(second?.searchParams.get('oauth_nonce'));
    expect(JSON.stringify(requests)).not.toContain(SECRET);
    expect(requests[0]?.headers?.authorization).toBeUndefined();
  });

  it('sends no key at all when asked to', async () => {
    const { client, requests } = setUp([json({ name: 'Shop' })]);
    await client.get('/', { anonymous: true });
    expect(requests[0]?.headers?.authorization).toBeUndefined();
  });

  it('repeats what may pass, with the policy between the attempts, and counts every call', async () => {
    const { client, waits } = setUp([json('<html>', 502), refused(), json([{ id: 1 }])]);
    await expect(client.list('/wc/v3/orders')).resolves.toMatchObject({ items: [{ id: 1 }], total: null });
    expect(waits).toEqual([100, 200]);
    expect(client.calls).toBe(3);
  });

  it('stops after the last attempt with the last error', async () => {
    const { client, waits } = setUp([refused(), refused(), refused(), json([])]);
    await expect(client.list('/wc/v3/orders')).rejects.toMatchObject({
      family: 'transient',
      code: 'source_unavailable',
      detail: { reason: 'refused' },
    });
    expect(waits).toHaveLength(2);
  });

  it('waits as long as Retry-After says, unless that is too long to wait here', async () => {
    const short = setUp([json('', 429, { 'retry-after': '20' }), json([])]);
    await short.client.list('/wc/v3/orders');
    expect(short.waits).toEqual([20_000]);
    const long = setUp([json('', 503, { 'retry-after': '3600' }), json([])]);
    await expect(long.client.list('/wc/v3/orders')).rejects.toMatchObject({ retryAfterMs: 3_600_000 });
    expect(long.client.calls).toBe(1);
  });

  it('does not repeat what will not pass', async () => {
    const denied = setUp([json({ code: 'woocommerce_rest_cannot_view', message: 'no' }, 401)]);
    await expect(denied.client.list('/wc/v3/orders')).rejects.toMatchObject({ code: 'source_auth_failed' });
    const forbidden = setUp([new PermanentError('target_not_allowed', 'private address')]);
    await expect(forbidden.client.get('/')).rejects.toMatchObject({ code: 'target_not_allowed' });
    expect([denied.client.calls, forbidden.client.calls]).toEqual([1, 1]);
  });

  it('gives up when the caller says so or aborts', async () => {
    const { client } = setUp([json('', 500), json('', 500), json([])]);
    await expect(client.list('/x', { giveUp: (_error, attempt) => attempt >= 2 })).rejects.toMatchObject({
      detail: { httpStatus: 500 },
    });
    expect(client.calls).toBe(2);
    const aborted = setUp([json('', 500)]);
    await expect(aborted.client.list('/x', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      family: 'transient',
    });
    expect(aborted.client.calls).toBe(1);
  });

  it('takes only arrays for a list', async () => {
    for (const body of [{ code: 'odd', message: '' }, { 0: { id: 1 } }]) {
      const { client } = setUp([json(body), json(body), json(body)]);
      await expect(client.list('/wc/v3/orders')).rejects.toMatchObject({ code: 'source_unavailable' });
    }
  });

  it('asks its breaker before each attempt', async () => {
    let runs = 0;
    const breaker = {
      run: <T>(call: () => Promise<T>): Promise<T> => {
        runs += 1;
        return call();
      },
    };
    const { client } = setUp([refused(), json([])], { breaker });
    await client.list('/wc/v3/orders');
    expect(runs).toBe(2);
  });

  it('never shows the secret in an error (I10)', async () => {
    const error = await rejection(setUp([refused(), refused(), refused()]).client.get('/wc/v3/orders'));
    expect(error).toMatchObject({ code: 'source_unavailable' });
    expect(JSON.stringify([error, error.message, error.stack, error.cause])).not.toMatch(/cs_0123|Basic/);
  });
});
