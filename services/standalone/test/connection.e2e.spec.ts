import { afterEach, describe, expect, it } from 'vitest';
import { isFinal } from '../src/client/api.js';
import { REALM_ID } from '../src/world/world.js';
import { CALM_CLOCK, Product, required, soon, type ProductOptions } from './support/product.js';

const ORDERS = 36;
const TOKEN_PATH = '/oauth2/v1/tokens/bearer';

interface Connection {
  readonly status: string;
}

describe('the connection to QuickBooks', () => {
  let product: Product;
  afterEach(() => product.close());

  const start = async (options: Partial<ProductOptions> = {}): Promise<void> => {
    product = await Product.start({ shop: { seed: 400, orders: ORDERS }, latencyMs: 400, ...options });
  };
  const status = async () => (await product.api.expect<Connection>([200], 'GET', '/api/connections/quickbooks')).status;

  /** Everything is booked once, although nobody asked again. */
  const everythingIsBooked = async (): Promise<void> => {
    await soon(async () => (await product.api.failures(['open', 'retrying'])).length === 0);
    await soon(() => product.invoicesTotal() >= product.goodOrders.length);
    expect((await product.audit()).problems).toEqual([]);
    expect(product.invoicesTotal()).toBe(product.goodOrders.length);
  };

  it('dies in the middle of a run: the rest waits, and goes on by itself with a new token', async () => {
    await start();
    const syncId = await product.startRun();
    await soon(() => product.invoicesTotal() >= 5);
    product.control.revokeAll(REALM_ID);
    const run = await soon(async () => {
      const now = await product.api.run(syncId);
      return isFinal(now) ? now : null;
    });
    expect(run.status).toBe('completed_with_errors');
    expect(run.counts['held']).toBeGreaterThan(0);
    const failures = await product.api.failures(['open', 'retrying']);
    expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(['connection_parked']));
    expect(failures).toHaveLength(Number(run.counts['held']));
    expect(await status()).toBe('needs_reconnect');

    const refreshToken = product.control.issueRefreshToken(REALM_ID);
    const body = { ...product.world.connections.quickbooks, refreshToken };
    await product.api.expect([200], 'PUT', '/api/connections/quickbooks', body);
    await everythingIsBooked();
    expect(await status()).toBe('connected');
    expect((await product.api.run(syncId)).counts).toEqual(run.counts);
  });

  it('is made by consent in the browser, once, and then the waiting work goes on', async () => {
    await start({ shop: { seed: 401, orders: 12 }, latencyMs: 100, clockFactor: CALM_CLOCK, unconnected: true });
    const { refreshToken: _none, ...quickbooks } = product.world.connections.quickbooks;
    await product.api.expect([200], 'PUT', '/api/connections/woocommerce', product.world.connections.woocommerce);
    await product.api.expect([200], 'PUT', '/api/connections/quickbooks', quickbooks);
    await product.changeSettings({ orders: { createdFrom: 'all' } });
    const syncId = await product.startRun();
    await soon(async () => isFinal(await product.api.run(syncId)));
    expect(product.invoicesTotal()).toBe(0);

    const { authorizeUrl } = await product.api.expect<{ authorizeUrl: string }>(
      [200],
      'POST',
      '/api/connections/quickbooks/authorize',
    );
    const consent = await fetch(authorizeUrl, { redirect: 'manual' });
    const callback = required(consent.headers.get('location'));
    expect(callback.startsWith(`${product.httpUrl}/api/connections/quickbooks/callback`)).toBe(true);
    expect((await fetch(callback)).status).toBe(200);
    await everythingIsBooked();
    expect(await status()).toBe('connected');
    const again = await fetch(callback);
    expect(again.status).toBe(409);
    expect(await again.json()).toMatchObject({ code: 'consent_failed' });
  });

  it('refreshes its token one at a time, however many calls find it expired', async () => {
    await start({ quickbooksFaults: [{ kind: 'expireToken', every: 12, match: { path: '/v3/company/' } }] });
    await product.sync();
    expect((await product.audit()).problems).toEqual([]);
    const { oauth } = product.control.stats(REALM_ID);
    expect(oauth.refreshes).toBeGreaterThan(3);
    expect(oauth).toMatchObject({ peakConcurrent: 1, invalidGrants: 0 });
  });

  it('survives a lost reply to a refresh that rotated the token', async () => {
    await start({
      quickbooksFaults: [
        { kind: 'expireToken', every: 40, match: { path: '/v3/company/' } },
        { kind: 'rotateAndLoseReply', nth: 2, match: { path: TOKEN_PATH } },
      ],
    });
    await product.sync();
    expect(product.control.firedFaults.map(({ kind }) => kind)).toContain('rotateAndLoseReply');
    expect((await product.audit()).problems).toEqual([]);
    expect(product.control.stats(REALM_ID).oauth.rotations).toBeGreaterThan(0);
  });

  it('asks for a new consent when the lost reply held the only token that lives, and loses nothing', async () => {
    await start({
      quickbooksFaults: [
        { kind: 'expireToken', every: 40, match: { path: '/v3/company/' } },
        { kind: 'rotateAndLoseReply', nth: 2, match: { path: TOKEN_PATH } },
      ],
    });
    product.control.setOAuth({ oldRefreshToken: 'diesAtOnce' });
    const syncId = await product.startRun();
    await soon(async () => isFinal(await product.api.run(syncId)));
    expect(await status()).toBe('needs_reconnect');
    const refreshToken = product.control.issueRefreshToken(REALM_ID);
    const body = { ...product.world.connections.quickbooks, refreshToken };
    await product.api.expect([200], 'PUT', '/api/connections/quickbooks', body);
    await everythingIsBooked();
  });
});
