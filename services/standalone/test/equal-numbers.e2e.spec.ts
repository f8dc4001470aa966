import { describe, expect, it } from 'vitest';
import { type Product, required, withProduct } from './support/product.js';

interface PlanLine {
  readonly entityId: string;
  readonly action: string;
}

async function planned(product: Product): Promise<Map<string, string>> {
  const run = await product.sync({ dryRun: true });
  const path = `/api/sync/status/${run.syncId}/plan?limit=200`;
  const { items } = await product.api.expect<{ items: readonly PlanLine[] }>([200], 'GET', path);
  return new Map(items.map(({ entityId, action }) => [entityId.replace('woo:', ''), action]));
}

describe('two orders of one shop with one number (B8)', () => {
  it('are both in the books, with numbers of their own, as the dry run said', async () => {
    await withProduct({ shop: { seed: 430, orders: 30, planted: {} } }, async (product) => {
      const good = product.goodOrders;
      const [first, second, third] = [required(good[3]), required(good[9]), required(good[15])];
      for (const { id } of [second, third]) {
        product.woo.mutate({ action: 'edit', id, fields: { number: first.number } });
      }
      const plan = await planned(product);
      expect([first, second, third].map(({ id }) => plan.get(String(id)))).toEqual(['create', 'create', 'create']);
      const run = await product.sync();
      expect(run.counts).toMatchObject({ held: 0, failed: 0 });
      const numbers = product.ledger.invoices.filter(({ state }) => state === 'live').map(({ docNumber }) => docNumber);
      expect(numbers).toHaveLength(good.length);
      expect(new Set(numbers).size).toBe(numbers.length);
      for (const expected of [first.number, `${first.number}-${second.id}`, `${first.number}-${third.id}`]) {
        expect(numbers).toContain(expected);
      }
      const again = await product.sync();
      expect(again.counts).toMatchObject({ created: 0, updated: 0, held: 0 });
    });
  });
});
