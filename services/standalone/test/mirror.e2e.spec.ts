import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareMirror } from '../src/world/mirror.js';
import { noteRowChanges } from '../src/world/row-changes.js';
import { Product, SELECTED } from './support/product.js';

describe('a shop mirrored in Supabase beside the books', () => {
  let product: Product;
  beforeAll(async () => {
    product = await Product.start({ shop: { seed: 21, orders: 40, planted: 4, refunds: 3 }, supabase: {} });
  }, 60_000);
  afterAll(() => product.close());

  const mirror = async () => {
    const control = product.world.supabase?.control;
    if (!control) throw new TypeError('no Supabase');
    return compareMirror(product.woo, control, SELECTED);
  };

  it('has every record of the shop, whether or not the books can take it, raw and in columns', async () => {
    await product.sync({ target: 'all' }, product.api, 'products');
    const control = product.world.supabase?.control;
    if (control) await noteRowChanges(control, 'woo_');
    await product.sync({ target: 'all' }, product.api, 'customers');
    const orders = await product.sync({ target: 'all' });
    expect(orders.perTarget['supabase']).toMatchObject({ failed: 0, held: 0, pending: 0 });
    expect((await mirror()).problems).toEqual([]);
  }, 60_000);
});
