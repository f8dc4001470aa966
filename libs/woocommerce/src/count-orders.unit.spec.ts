import { describe, expect, it } from 'vitest';
import { FakeShop } from '../test/fake-shop.js';
import { countOrdersPerYear } from './count-orders.js';
import type { WooClient } from './woo-client.js';

describe('countOrdersPerYear', () => {
  it('finds none where there are none', async () => {
    await expect(countOrdersPerYear(FakeShop.of(0).client(), ['processing'])).resolves.toEqual({});
  });

  it.each([['0000-00-00T00:00:00'], [''], [null]])('does not take orders of the date %j for none', async (stamp) => {
    const shop = FakeShop.of(3).client();
    const undated: WooClient = {
      storeUrl: shop.storeUrl,
      calls: 0,
      get: (path, call) => shop.get(path, call),
      list: async (path, call) => {
        const { items, total } = await shop.list(path, call);
        return { items: items.map((item) => ({ ...(item as object), date_created: stamp })), total };
      },
    };
    await expect(countOrdersPerYear(undated, ['processing'])).rejects.toMatchObject({ code: 'source_unavailable' });
  });
});
