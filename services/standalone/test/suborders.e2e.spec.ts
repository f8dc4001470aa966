import { describe, expect, it } from 'vitest';
import { type Product, required, withProduct } from './support/product.js';

/** A child as a marketplace plugin makes it: the shop serves it with a parent, and with these lines. */
function makeChild(product: Product, parentId: number, lines: readonly object[], total: string): number {
  const id = product.newOrder(required(product.goodOrders[0]).id);
  const overrides = {
    parent_id: parentId,
    line_items: lines,
    shipping_lines: [],
    fee_lines: [],
    tax_lines: [],
    total,
    total_tax: '0.00',
    coupon_lines: [],
  };
  product.woo.mutate({ action: 'edit', id, fields: { overrides } });
  return id;
}

interface Raw {
  readonly line_items: readonly { readonly total: string }[];
}

describe('orders that belong to another order (B17)', () => {
  it('are booked once: with their parent, or as money of their own', async () => {
    await withProduct({ shop: { seed: 440, orders: 20, planted: {} } }, async (product) => {
      const parent = required(product.goodOrders[2]).id;
      const { line_items: lines } = product.woo.rawOrder(parent) as unknown as Raw;
      const [first] = lines;
      const untaxed = { ...required(first), total_tax: '0.00', subtotal_tax: '0.00', taxes: [] };
      const part = makeChild(product, parent, [untaxed], untaxed.total);
      const own = makeChild(product, parent, [{ ...untaxed, product_id: 9_999, sku: '' }], untaxed.total);
      const sum = (2 * Number(untaxed.total)).toFixed(2);
      const mixed = makeChild(product, parent, [untaxed, { ...untaxed, product_id: 9_998, sku: '' }], sum);

      const run = await product.sync();
      expect(run.counts).toMatchObject({ skipped: 1, held: 1, failed: 0 });
      expect([parent, part, own, mixed].map((id) => product.invoicesOf(id).length)).toEqual([1, 0, 1, 0]);
      expect([...(await product.held())].map(([id, { code }]) => [id, code])).toEqual([
        [String(mixed), 'suborder_ambiguous'],
      ]);

      // The parent turns out to be no sale: what was part of it is one.
      product.woo.mutate({ action: 'setStatus', id: parent, status: 'on-hold' });
      await product.sync();
      expect(product.invoicesOf(part)).toHaveLength(1);
    });
  });
});
