import { ManualClock } from '@tillstream/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { generateShop } from '../generator/index.js';
import { SANDBOX_READ_KEY, WooSandbox, type WooSandboxOptions } from './index.js';

const open: WooSandbox[] = [];

async function start(options: Partial<WooSandboxOptions> = {}): Promise<WooSandbox> {
  const sandbox = await WooSandbox.start({
    clock: new ManualClock(Date.UTC(2026, 0, 5, 12)),
    ...options,
    site: { assumeHttps: true, ...options.site },
  });
  open.push(sandbox);
  return sandbox;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((sandbox) => sandbox.close()));
});

const BASIC = `Basic ${btoa(`${SANDBOX_READ_KEY.consumerKey}:${SANDBOX_READ_KEY.consumerSecret}`)}`;

async function get(sandbox: WooSandbox, path: string): Promise<{ status: number; headers: Headers; body: unknown }> {
  const response = await fetch(`${sandbox.url}/wp-json/wc/v3${path}`, { headers: { authorization: BASIC } });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

describe('WooSandbox', () => {
  it('serves a generated shop page by page', async () => {
    const sandbox = await start({ shop: generateShop({ seed: 1, orders: 300, planted: 8 }) });
    const first = await get(sandbox, '/orders?per_page=100&orderby=id&order=asc');
    expect(first.status).toBe(200);
    expect(first.headers.get('x-wp-total')).toBe('308');
    expect(first.headers.get('x-wp-totalpages')).toBe('4');
    expect(first.body).toHaveLength(100);
  });
});
