import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ledger } from '@tillstream/sandbox';
import { REALM_ID } from '../src/world/world.js';
import { Product, required } from './support/product.js';

/** Enough for every oddity of the generator, orders not paid for among them. */
const ORDERS = 44;
/** Orders that share the cursor's last second are read again. */
const TIES = 2;

describe('what changes in the shop after it was booked', () => {
  let product: Product;
  let seed = 200;
  beforeEach(async () => {
    seed += 1;
    product = await Product.start({ shop: { seed, orders: ORDERS, planted: 4 } });
    await product.sync();
  });
  afterEach(() => product.close());

  const incremental = () => product.sync({ mode: 'incremental' });

  it('is nothing: a second full run writes nothing and says unchanged', async () => {
    const before = product.ledger;
    const run = await product.sync();
    const { documents } = await product.audit();
    expect(product.ledger).toEqual(before);
    expect(run.counts).toMatchObject({ unchanged: documents, created: 0, updated: 0, held: 4, failed: 0 });
  });

  it('is read alone by an incremental run, and booked alone', async () => {
    const touched = product.someOrder();
    const before = product.writes('Invoice').length;
    product.woo.clearCalls();
    product.woo.mutate({ action: 'touch', id: touched.id });
    const added = product.newOrder(touched.id);
    const run = await incremental();
    expect(run.counts).toMatchObject({ created: 1, updated: 0, held: 0 });
    expect(run.counts['discovered']).toBeLessThanOrEqual(2 + TIES);
    expect(product.invoicesOf(added)).toHaveLength(1);
    expect(product.writes('Invoice')).toHaveLength(before + 1);
    const lists = product.woo.calls.filter(({ path }) => path.includes('/orders?'));
    expect(lists.length).toBeLessThanOrEqual(2);
    expect((await product.audit()).problems).toEqual([]);
  });

  it('is a payment: exactly one for an unpaid order that becomes paid', async () => {
    const { id } = product.someOrder(({ datePaid, total }) => datePaid === null && Number(total) > 0);
    expect(product.paymentsOf(id)).toEqual([]);
    const invoiceWrites = product.writes('Invoice').length;
    product.woo.mutate({ action: 'setPaid', id, transactionId: 'pi_later' });
    const run = await incremental();
    expect(run.counts).toMatchObject({ created: 0, updated: 1 });
    expect(product.paymentsOf(id)).toHaveLength(1);
    expect(product.writes('Invoice')).toHaveLength(invoiceWrites);
    expect((await product.sync()).counts).toMatchObject({ updated: 0, created: 0 });
    expect((await product.audit()).problems).toEqual([]);
  });

  it('is a status that means nothing: processing becomes completed', async () => {
    const { id } = product.someOrder(({ status }) => status === 'processing');
    const before = product.ledger;
    product.woo.mutate({ action: 'setStatus', id, status: 'completed' });
    const run = await incremental();
    expect(run.counts['discovered']).toBeLessThanOrEqual(1 + TIES);
    expect(run.counts['unchanged']).toBeGreaterThan(0);
    expect(product.ledger).toEqual(before);
  });

  it('is held when this version does not book it: an edit, a cancellation, a refund', async () => {
    const [edited, cancelled, refunded] = product.goodOrders.filter(({ datePaid }) => datePaid !== null);
    const other = required(product.world.generated.orders.find(({ money }) => money.total !== edited?.total));
    const before = product.ledger;
    product.woo.mutate({ action: 'recalculate', id: required(edited).id, draft: other.draft });
    product.woo.mutate({ action: 'setStatus', id: required(cancelled).id, status: 'cancelled' });
    product.woo.mutate({ action: 'addRefund', id: required(refunded).id, amount: '1.00' });
    const run = await incremental();
    expect(run).toMatchObject({ status: 'completed_with_errors', counts: { created: 0, updated: 0, held: 3 } });
    const held = await product.held();
    expect(held.get(String(edited?.id))?.code).toBe('order_edited');
    expect(held.get(String(cancelled?.id))?.code).toBe('order_cancelled');
    expect(held.get(String(refunded?.id))?.code).toBe('order_has_refunds');
    expect(product.ledger).toEqual(before);
  });

  it('is settled when it is taken back: an edit that is undone is no failure any more', async () => {
    const { id } = product.someOrder(({ datePaid }) => datePaid !== null);
    const original = required(product.world.generated.orders.find((order) => order.id === id));
    const { draft, money, billing } = structuredClone(original);
    product.woo.mutate({ action: 'edit', id, fields: { billing: { ...billing, city: 'Elsewhere' } } });
    await incremental();
    expect((await product.held()).get(String(id))?.code).toBe('order_edited');
    product.woo.mutate({ action: 'edit', id, fields: { draft, money, billing } });
    await incremental();
    expect((await product.held()).has(String(id))).toBe(false);
    expect((await product.audit()).problems).toEqual([]);
  });
});

describe('what a person changed in QuickBooks', () => {
  let product: Product;
  beforeEach(async () => {
    product = await Product.start({ shop: { seed: 230, orders: ORDERS } });
    await product.sync();
  });
  afterEach(() => product.close());

  type Invoice = Ledger['invoices'][number];
  const invoiceOf = (id: number): Invoice => required(product.invoicesOf(id)[0]);
  const unpaid = () =>
    product.goodOrders.filter(({ datePaid, total }) => datePaid === null && Number(total) > 0).map(({ id }) => id);

  it('is not overwritten, linked or recreated by another run', async () => {
    const [edited, voided, deleted] = product.goodOrders.map(({ id }) => id);
    const person = product.control;
    person.editAsPerson(REALM_ID, 'Invoice', invoiceOf(required(edited)).id, { PrivateNote: 'mine now' });
    person.editAsPerson(REALM_ID, 'Invoice', invoiceOf(required(voided)).id, {}, 'void');
    person.editAsPerson(REALM_ID, 'Invoice', invoiceOf(required(deleted)).id, {}, 'delete');
    const before = product.ledger;
    await product.sync();
    expect(product.ledger).toEqual(before);
  });

  it('is held, not paid, when a removed invoice is paid for in the shop', async () => {
    const id = required(unpaid()[0]);
    product.control.editAsPerson(REALM_ID, 'Invoice', invoiceOf(id).id, {}, 'void');
    const before = product.ledger;
    product.woo.mutate({ action: 'setPaid', id });
    await product.sync({ mode: 'incremental' });
    expect((await product.held()).get(String(id))?.code).toBe('removed_in_quickbooks');
    expect(product.ledger).toEqual(before);
  });
});
