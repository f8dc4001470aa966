import { companyForShop, generateShop } from '@tillstream/sandbox';
import { describe, expect, it } from 'vitest';
import type { FailureView } from '../src/client/api.js';
import { REALM_ID } from '../src/world/world.js';
import { type Product, required, soon, withProduct } from './support/product.js';
import { mergeTwins } from './support/twins.js';

const ORDERS = 30;

async function heldAs(product: Product, code: string): Promise<FailureView[]> {
  return [...(await product.held()).values()].filter((failure) => failure.code === code);
}

async function stateOf(product: Product, failure: FailureView): Promise<string> {
  return (await product.api.expect<FailureView>([200], 'GET', `/api/sync/failures/${failure.id}`)).state;
}

const bookedOnce = (product: Product, failure: FailureView) =>
  product.invoicesOf(Number(failure.entityId)).length === 1;

describe('held is not a bin', () => {
  it('one retry books an order whose customers were merged', async () => {
    const options = { shop: { seed: 301, orders: ORDERS, planted: { customer_ambiguous: 1 } } };
    await withProduct(options, async (product) => {
      await product.sync();
      const failure = required((await heldAs(product, 'customer_ambiguous'))[0]);
      expect(failure.message).not.toBe('');
      expect(failure.action).toContain('QuickBooks');
      mergeTwins(product);
      const path = `/api/sync/failures/${failure.id}/retry`;
      const { syncId } = await product.api.expect<{ syncId: string }>([202], 'POST', path, {});
      const run = await product.finished(syncId);
      expect(run).toMatchObject({ status: 'completed', counts: { discovered: 1, created: 1 } });
      expect(bookedOnce(product, failure)).toBe(true);
      expect(await stateOf(product, failure)).toBe('resolved');
      expect((await product.api.call('POST', path, {})).status).toBe(409);
    });
  });

  it('one retry of many books them all', async () => {
    const options = { shop: { seed: 302, orders: ORDERS, planted: { customer_ambiguous: 3, total_mismatch: 1 } } };
    await withProduct(options, async (product) => {
      await product.sync();
      const failures = await heldAs(product, 'customer_ambiguous');
      expect(failures).toHaveLength(3);
      mergeTwins(product);
      const asked = await product.api.expect<{ syncId: string; accepted: number }>([202], 'POST', '/api/sync/retry', {
        code: 'customer_ambiguous',
      });
      expect(asked.accepted).toBe(3);
      const run = await product.finished(asked.syncId);
      expect(run.counts).toMatchObject({ discovered: 3, created: 3 });
      for (const failure of failures) {
        expect(bookedOnce(product, failure)).toBe(true);
        expect(await stateOf(product, failure)).toBe('resolved');
      }
      expect(await heldAs(product, 'total_mismatch')).toHaveLength(1);
    });
  });

  it('a prefix books the orders whose numbers were taken, by itself', async () => {
    const options = { shop: { seed: 303, orders: ORDERS, planted: { doc_number_taken: 2 } } };
    await withProduct(options, async (product) => {
      await product.sync();
      const failures = await heldAs(product, 'doc_number_taken');
      expect(failures).toHaveLength(2);
      const others = product.writes('Invoice').length;
      await product.changeSettings({ quickbooks: { docNumberPrefix: 'W-' } });
      await soon(async () => (await product.held()).size === 0);
      for (const failure of failures) {
        const [invoice] = product.invoicesOf(Number(failure.entityId));
        expect(invoice?.docNumber).toBe(`W-${failure.sourceNumber}`);
        expect(await stateOf(product, failure)).toBe('resolved');
      }
      expect(product.writes('Invoice')).toHaveLength(others + 2);
    });
  });

  it('a tax code made in QuickBooks books the orders that lacked it, after the settings name it', async () => {
    const shop = { seed: 304, orders: ORDERS, profile: 'global' as const };
    const { taxCodes = [] } = companyForShop(generateShop(shop), REALM_ID);
    const missing = required(taxCodes.find(({ rates }) => rates.length === 1 && Number(rates[0]?.percent) > 10));
    const company = { taxCodes: taxCodes.filter((code) => code !== missing) };
    await withProduct({ shop, company }, async (product) => {
      await product.sync();
      const failures = await heldAs(product, 'tax_unmapped');
      expect(failures.length).toBeGreaterThan(0);
      product.control.addTaxCode(REALM_ID, missing);
      await product.changeSettings({ quickbooks: { rounding: { maxAdjustmentMinor: 4 } } });
      await product.changeSettings({ quickbooks: { rounding: { maxAdjustmentMinor: null } } });
      await soon(async () => (await product.held()).size === 0);
      for (const failure of failures) expect(bookedOnce(product, failure)).toBe(true);
      expect((await product.audit()).problems).toEqual([]);
    });
  });

  it('a discarded order stays out until its content changes', async () => {
    const options = { shop: { seed: 305, orders: ORDERS, planted: { total_mismatch: 1 } } };
    await withProduct(options, async (product) => {
      await product.sync();
      const failure = required((await heldAs(product, 'total_mismatch'))[0]);
      await product.api.expect([202], 'POST', `/api/sync/failures/${failure.id}/discard`, { reason: 'by hand' });
      await soon(async () => (await stateOf(product, failure)) === 'discarded');
      expect((await product.sync()).counts).toMatchObject({ skipped: 1, held: 0 });
      expect(await product.held()).toEqual(new Map());
      expect(product.invoicesOf(Number(failure.entityId))).toEqual([]);

      product.woo.mutate({ action: 'edit', id: Number(failure.entityId), fields: { overrides: {} } });
      const run = await product.sync({ mode: 'incremental' });
      expect(run.counts).toMatchObject({ created: 1, updated: 0, held: 0 });
      expect(bookedOnce(product, failure)).toBe(true);
    });
  });
});
