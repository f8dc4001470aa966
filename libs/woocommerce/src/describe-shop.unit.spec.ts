import { PermanentError, TransientError } from '@tillstream/kernel';
import { describe, expect, it } from 'vitest';
import { describeShop } from './describe-shop.js';
import type { WooClient } from './woo-client.js';

type Answers = Readonly<Record<string, unknown>>;

/** Answers by path; an Error is thrown, a missing path is 403. */
function clientOf(answers: Answers, storeUrl = 'https://shop.example'): { client: WooClient; anonymous: string[] } {
  const anonymous: string[] = [];
  const answer = (path: string): unknown => {
    const found = answers[path] ?? new PermanentError('source_permission_missing', 'not for this key');
    if (found instanceof Error) throw found;
    return found;
  };
  const client: WooClient = {
    storeUrl,
    calls: 0,
    get: async (path, call) => {
      if (call?.anonymous) anonymous.push(path);
      return { body: answer(path) as Record<string, unknown>, headers: {} };
    },
    list: async (path) => answer(path) as Awaited<ReturnType<WooClient['list']>>,
  };
  return { client, anonymous };
}

const orders = { items: [{ id: 1 }], total: 7 };
const setting = (id: string, value: string) => ({ id, value });

describe('describeShop', () => {
  it('falls back to the settings where system_status is not for this key', async () => {
    const { client } = clientOf({
      '/': { gmt_offset: -3.5, timezone_string: '' },
      '/wc/v3/orders': orders,
      '/wc/v3/settings/general': [
        setting('woocommerce_currency', 'JPY'),
        setting('woocommerce_price_num_decimals', '0'),
      ],
      '/wc/v3/settings/tax': [setting('woocommerce_prices_include_tax', 'no')],
    });
    const { checks, shop } = await describeShop(client);
    expect(shop).toEqual({
      version: null,
      hpos: null,
      currency: 'JPY',
      decimals: 0,
      timeZone: '-03:30',
      pricesIncludeTax: false,
      roundAtSubtotal: null,
    });
    expect(checks.filter(({ ok }) => !ok)).toEqual([
      { name: 'system_status', ok: false, detail: expect.stringMatching(/syncing works without/) },
    ]);
    expect(checks.find(({ name }) => name === 'orders')?.detail).toBe('orders can be read (7 in the shop)');
  });

  it('sends no key to the index, which WordPress itself would check', async () => {
    const { client, anonymous } = clientOf({ '/wc/v3/orders': orders });
    await describeShop(client);
    expect(anonymous).toEqual(['/']);
  });

  it('calls a shop reachable that answers, even when it hides its index or refuses the key', async () => {
    const reachable = async (answers: Answers) => (await describeShop(clientOf(answers).client)).checks[0]?.ok;
    expect(await reachable({ '/wc/v3/orders': orders })).toBe(true);
    expect(await reachable({ '/wc/v3/orders': new PermanentError('source_auth_failed', 'unknown key') })).toBe(true);
    expect(await reachable({ '/wc/v3/orders': new TransientError('source_unavailable', 'HTTP 503') })).toBe(false);
    expect(await reachable({ '/': {}, '/wc/v3/orders': new PermanentError('source_api_missing', 'no API here') })).toBe(
      false,
    );
  });

  it('warns of plain http', async () => {
    const { checks } = await describeShop(clientOf({ '/wc/v3/orders': orders }, 'http://shop.test').client);
    expect(checks[1]).toMatchObject({ name: 'https', ok: false, detail: expect.stringMatching(/unencrypted/) });
  });
});
