import { describe, expect, it } from 'vitest';
import { type Product, soon, withProduct } from './support/product.js';

const ORDERS = 120;
/** Depth and size beyond what anybody's order has. */
const nested = (id: number, depth: number): string =>
  `{"id":${id},"meta_data":${'['.repeat(depth)}${']'.repeat(depth)}}`;
const SORTS = [
  () => ({ how: 'fatal' }) as const,
  () => ({ how: 'json', text: 'null' }) as const,
  () => ({ how: 'json', text: '"Fatal error"' }) as const,
  () => ({ how: 'json', text: '{"id":"x"}' }) as const,
  (id: number) => ({ how: 'json', text: nested(id, 20_000) }) as const,
  (id: number) => ({ how: 'json', text: `{"id":${id},"meta_data":"${'x'.repeat(25_000_000)}"}` }) as const,
  () => ({ how: 'endlessRefunds' }) as const,
];

/** Damages some good orders, one of each sort; returns their ids in the order of SORTS. */
function damage(product: Product, from: number): number[] {
  const ids = product.goodOrders.slice(from, from + SORTS.length).map(({ id }) => id);
  for (const [index, id] of ids.entries()) {
    const poison = SORTS[index]?.(id);
    const refund = { id: 999_999, amount: '1.00', reason: '', createdAt: product.clock.now(), lineItems: [] };
    const fields = { ...(poison && { poison }), ...(poison?.how === 'endlessRefunds' && { refunds: [refund] }) };
    product.woo.mutate({ action: 'edit', id, fields, touch: 'order' });
  }
  return ids;
}

describe('records that the shop cannot serve (D9)', () => {
  it('are named, hold nobody up, and are looked at again by later runs', async () => {
    await withProduct({ shop: { seed: 420, orders: ORDERS, planted: {} } }, async (product) => {
      const good = product.goodOrders.map(({ id }) => id);
      const bad = damage(product, 20);
      const run = await product.sync();
      expect(run).toMatchObject({ status: 'completed_with_errors', counts: { held: SORTS.length, failed: 0 } });
      const held = await product.held();
      for (const [index, id] of bad.entries()) {
        const named = index === 3 ? 'x' : String(id);
        expect(held.get(named)?.code, `order ${id}`).toMatch(/^source_(unreadable|too_large)$/);
        expect(held.get(named)?.message).toContain(named);
      }
      const booked = good.filter((id) => product.invoicesOf(id).length === 1);
      expect(booked).toEqual(good.filter((id) => !bad.includes(id)));

      // The shop is mended without a date moving: an incremental run finds out by itself, and the cursor had moved.
      for (const id of bad) {
        const order = product.woo.store.order(id);
        if (order) Object.assign(order, { poison: undefined, refunds: [] });
      }
      const next = await product.sync({ mode: 'incremental' });
      expect(next.counts.discovered).toBeLessThan(30);
      await soon(async () => [...(await product.held()).keys()].every((id) => id === 'x'));
      expect(good.filter((id) => product.invoicesOf(id).length === 1).length).toBeGreaterThanOrEqual(good.length - 1);
      await product.sync();
      await soon(async () => (await product.held()).size === 0);
      expect(good.filter((id) => product.invoicesOf(id).length !== 1)).toEqual([]);
    });
  });

  it('do the same to an incremental run, whose cursor moves past them', async () => {
    await withProduct({ shop: { seed: 421, orders: 40, planted: {} } }, async (product) => {
      await product.sync();
      const [like] = product.goodOrders;
      const fresh = Array.from({ length: 12 }, () => product.newOrder(like?.id ?? 0));
      const [dead = 0] = fresh.splice(5, 1);
      product.woo.mutate({ action: 'edit', id: dead, fields: { poison: { how: 'fatal' } }, touch: 'order' });
      const run = await product.sync({ mode: 'incremental' });
      expect(run.status).toBe('completed_with_errors');
      expect(fresh.filter((id) => product.invoicesOf(id).length !== 1)).toEqual([]);
      expect([...(await product.held())].map(([id, { code }]) => [id, code])).toEqual([
        [String(dead), 'source_unreadable'],
      ]);
      const later = await product.sync({ mode: 'incremental' });
      expect(later).toMatchObject({ status: 'completed_with_errors', counts: { created: 0 } });
    });
  });
});
