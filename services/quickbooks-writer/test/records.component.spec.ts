import { type Settings, TOPICS } from '@tillstream/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { Harness, REALM } from './harness.js';
import { makeOrder } from './orders.js';
import { makeCustomer, makeProduct } from './records.js';

let harness: Harness;
afterEach(() => harness.close());

const quickbooks = (change: Partial<Settings['quickbooks']>) => (settings: Settings) => ({
  ...settings,
  quickbooks: { ...settings.quickbooks, ...change },
});
const ALL = quickbooks({ customers: 'all' });
const again = () => ({ reason: 'retry' as const, sourceVersion: harness.clock.now() * 1000 });
const writesOf = (entity: string) => harness.writes().filter((write) => write.entity === entity && write.by === 'api');

describe('customers (B9)', () => {
  it('leaves out a customer without orders, and knows the one an order made', async () => {
    harness = await Harness.start();
    expect(await harness.deliverRecord({ customer: makeCustomer() })).toMatchObject({
      outcome: 'skipped',
      problem: { code: 'customer_without_orders' },
      documents: [],
    });
    expect(harness.writes()).toEqual([]);
    await harness.deliver(makeOrder('1042'));
    expect(await harness.deliverRecord({ customer: makeCustomer() })).toMatchObject({
      outcome: 'unchanged',
      documents: [{ remoteType: 'Customer', docNumber: null }],
    });
    expect(harness.ledger().customers).toHaveLength(1);
  });

  it('creates every customer when asked to, and an order uses it', async () => {
    harness = await Harness.start({ settings: ALL });
    expect(await harness.deliverRecord({ customer: makeCustomer() })).toMatchObject({ outcome: 'created' });
    expect(await harness.deliverRecord({ customer: makeCustomer() })).toMatchObject({ outcome: 'unchanged' });
    expect((await harness.deliver(makeOrder('1042'))).outcome).toBe('created');
    expect(harness.ledger().customers).toMatchObject([
      { DisplayName: 'Ann Baker', PrimaryEmailAddr: { Address: 'ann@example.com' } },
    ]);
  });

  it('never makes two of a customer and the order that comes beside it', async () => {
    harness = await Harness.start({ settings: ALL });
    const records = [{ customer: makeCustomer() }, { order: makeOrder('1042') }, { order: makeOrder('1043') }];
    await harness.sendRecords(records);
    await harness.settled(['woo:7', 'woo:1042', 'woo:1043']);
    expect(harness.ledger().customers).toHaveLength(1);
    expect(writesOf('Customer')).toHaveLength(1);
  });

  it('changes a customer of ours when its record changed, over a token that moved', async () => {
    harness = await Harness.start({ settings: ALL });
    const created = await harness.deliverRecord({ customer: makeCustomer() });
    harness.control.editAsPerson(REALM, 'Customer', created.documents[0]?.remoteId ?? '', { Notes: 'Regular' });
    const changed = makeCustomer('7', { email: 'ann@new.example', phone: '555 0100' });
    const settled = await harness.deliverRecord({ customer: changed });
    expect(settled).toMatchObject({ outcome: 'updated', documents: [{ remoteVersion: '2' }] });
    expect(harness.ledger().customers).toMatchObject([
      {
        DisplayName: 'Ann Baker',
        PrimaryEmailAddr: { Address: 'ann@new.example' },
        PrimaryPhone: { FreeFormNumber: '555 0100' },
        Notes: 'Regular',
      },
    ]);
    const back = makeCustomer('7', { email: 'ann@new.example' });
    expect(await harness.deliverRecord({ customer: back })).toMatchObject({ outcome: 'updated' });
    expect(harness.ledger().customers[0]?.['PrimaryPhone']).not.toMatchObject({ FreeFormNumber: '555 0100' });
    expect(await harness.deliverRecord({ customer: back })).toMatchObject({ outcome: 'unchanged' });
    expect(writesOf('Customer')).toHaveLength(3);
  });

  it('changes what an order created once its record says something else', async () => {
    harness = await Harness.start();
    await harness.deliver(makeOrder('1042'));
    await harness.deliverRecord({ customer: makeCustomer() });
    const renamed = makeCustomer('7', { billing: { ...makeCustomer().billing, lastName: 'Cook' } });
    expect(await harness.deliverRecord({ customer: renamed })).toMatchObject({ outcome: 'updated' });
    expect(harness.ledger().customers).toMatchObject([{ DisplayName: 'Ann Cook', FamilyName: 'Cook' }]);
  });

  it('holds a customer that somebody edited where we wrote, and does not touch it', async () => {
    harness = await Harness.start({ settings: ALL });
    const { documents } = await harness.deliverRecord({ customer: makeCustomer() });
    harness.control.editAsPerson(REALM, 'Customer', documents[0]?.remoteId ?? '', { DisplayName: 'Baker, Ann' });
    const changed = makeCustomer('7', { phone: '555 0100' });
    const held = await harness.deliverRecord({ customer: changed });
    expect(held).toMatchObject({ outcome: 'held', problem: { code: 'edited_in_quickbooks' } });
    expect(held.documents).toHaveLength(1);
    harness.control.editAsPerson(REALM, 'Customer', documents[0]?.remoteId ?? '', { DisplayName: 'Ann Baker' });
    expect(await harness.deliverRecord({ customer: changed }, again())).toMatchObject({ outcome: 'updated' });
  });

  it('never writes over a customer that was there before, nor maps it anew when the e-mail changes', async () => {
    harness = await Harness.start({ settings: ALL });
    harness.control.seed(REALM, {
      Customer: [
        { DisplayName: 'A. Baker', PrimaryEmailAddr: { Address: 'ann@example.com' } },
        { DisplayName: 'Other', PrimaryEmailAddr: { Address: 'other@example.com' } },
      ],
    });
    const first = await harness.deliverRecord({ customer: makeCustomer() });
    expect(first).toMatchObject({ outcome: 'unchanged' });
    const moved = await harness.deliverRecord({ customer: makeCustomer('7', { email: 'other@example.com' }) });
    expect(moved).toMatchObject({ outcome: 'unchanged', documents: [{ remoteId: first.documents[0]?.remoteId }] });
    expect(harness.writes()).toEqual([]);
  });

  it('takes the next name when the new one is in use, seen or not', async () => {
    harness = await Harness.start({ settings: ALL });
    await harness.deliverRecord({ customer: makeCustomer() });
    harness.control.seed(REALM, { Vendor: [{ DisplayName: 'Ann Cook' }] });
    const renamed = makeCustomer('7', { billing: { ...makeCustomer().billing, lastName: 'Cook' } });
    expect(await harness.deliverRecord({ customer: renamed })).toMatchObject({ outcome: 'updated' });
    expect(harness.ledger().customers).toMatchObject([{ DisplayName: 'Ann Cook (ann@example.com)' }]);
  });

  it.each(['dropReplyAfterCommit', 'truncatedJson'] as const)(
    'is created and changed once although replies are lost: %s',
    async (kind) => {
      harness = await Harness.start({ settings: ALL });
      harness.control.addFault({ kind, match: { method: 'POST', path: '/customer\\?' }, times: 1 });
      expect(await harness.deliverRecord({ customer: makeCustomer() })).toMatchObject({ outcome: 'created' });
      harness.control.addFault({ kind, match: { method: 'POST', path: '/customer\\?' }, times: 1 });
      const changed = makeCustomer('7', { phone: '555 0100' });
      expect(await harness.deliverRecord({ customer: changed })).toMatchObject({ outcome: 'updated' });
      expect(harness.ledger().customers).toMatchObject([{ PrimaryPhone: { FreeFormNumber: '555 0100' } }]);
      expect(writesOf('Customer')).toHaveLength(2);
    },
  );
});

describe('products (B10)', () => {
  it('creates an item with SKU and price, which orders use, and changes it with its record', async () => {
    harness = await Harness.start();
    expect(await harness.deliverRecord({ product: makeProduct() })).toMatchObject({
      outcome: 'created',
      documents: [{ remoteType: 'Item' }],
    });
    await harness.deliver(makeOrder('1042'));
    expect(harness.ledger().items).toMatchObject([{ Name: 'Mug', Sku: 'MUG', UnitPrice: 10, Type: 'NonInventory' }]);
    const changed = makeProduct('88', { name: 'Big mug', sku: 'MUG-2', priceMinor: 1250 });
    expect(await harness.deliverRecord({ product: changed })).toMatchObject({ outcome: 'updated' });
    expect(harness.ledger().items).toMatchObject([{ Name: 'Big mug', Sku: 'MUG-2', UnitPrice: 12.5 }]);
    expect(await harness.deliverRecord({ product: changed })).toMatchObject({ outcome: 'unchanged' });
  });

  it('knows the item an order made, and writes the price when the record changes', async () => {
    harness = await Harness.start();
    await harness.deliver(makeOrder('1042'));
    expect(await harness.deliverRecord({ product: makeProduct() })).toMatchObject({ outcome: 'unchanged' });
    const changed = makeProduct('88', { name: 'Big mug' });
    expect(await harness.deliverRecord({ product: changed })).toMatchObject({ outcome: 'updated' });
    expect(harness.ledger().items).toMatchObject([{ Name: 'Big mug' }]);
  });

  it('gives a variation the identity its order lines use', async () => {
    harness = await Harness.start();
    const variation = makeProduct('91', { parentId: '88', type: 'variation', sku: null, parentSku: 'MUG' });
    expect(await harness.deliverRecord({ product: variation })).toMatchObject({ outcome: 'created' });
    const [line] = makeOrder('1').lines;
    await harness.deliver(makeOrder('1042', { lines: line ? [{ ...line, variationId: '91' }] : [] }));
    expect(harness.ledger().items).toHaveLength(1);
  });

  it.each([
    ['product_not_sold_itself', { type: 'variable' }],
    ['product_not_sold_itself', { type: 'grouped' }],
    ['product_not_sold_itself', { type: 'external' }],
    ['product_not_published', { status: 'draft' }],
    ['product_not_published', { status: 'trash' }],
  ])('leaves out what is not sold: %s', async (code, change) => {
    harness = await Harness.start();
    expect(await harness.deliverRecord({ product: makeProduct('88', change) })).toMatchObject({
      outcome: 'skipped',
      problem: { code },
    });
    expect(harness.writes()).toEqual([]);
  });

  it('holds a product without item when creating is off, never writes over one that was there', async () => {
    harness = await Harness.start({ settings: quickbooks({ createMissingItems: false }) });
    const income = harness.ledger().accounts.find(({ Name }) => Name === 'Services')?.['Id'];
    const IncomeAccountRef = { value: String(income) };
    harness.control.seed(REALM, { Item: [{ Name: 'Cup', Sku: 'MUG', Type: 'NonInventory', IncomeAccountRef }] });
    expect(await harness.deliverRecord({ product: makeProduct('89', { sku: 'NEW', name: 'New' }) })).toMatchObject({
      outcome: 'held',
      problem: { code: 'item_missing' },
    });
    expect(await harness.deliverRecord({ product: makeProduct() })).toMatchObject({ outcome: 'unchanged' });
    expect(await harness.deliverRecord({ product: makeProduct('88', { name: 'Mug XL' }) })).toMatchObject({
      outcome: 'unchanged',
    });
    expect(harness.writes()).toEqual([]);
  });
});

describe('what holds an order that is held by its customer or item', () => {
  const PrimaryEmailAddr = { Address: 'ann@example.com' };
  const two = {
    Customer: [
      { DisplayName: 'A', PrimaryEmailAddr },
      { DisplayName: 'B', PrimaryEmailAddr },
    ],
  };

  it('names the customer of a registered buyer and none for a guest', async () => {
    harness = await Harness.start({ settings: ALL });
    harness.control.seed(REALM, two);
    const held = await harness.deliver(makeOrder('1042'));
    expect(held.problem).toMatchObject({
      code: 'customer_ambiguous',
      cause: { entity: 'customers', sourceId: 'woo:7' },
    });
    const guest = await harness.deliver(makeOrder('1043', { customerId: null }));
    expect(guest.problem).toMatchObject({ code: 'customer_ambiguous' });
    expect(guest.problem).not.toHaveProperty('cause');
    const own = await harness.deliverRecord({ customer: makeCustomer() });
    expect(own.problem).toMatchObject({ code: 'customer_ambiguous' });
    expect(own.problem).not.toHaveProperty('cause');
  });

  it('names the product, a variation by its own id', async () => {
    harness = await Harness.start({ settings: quickbooks({ createMissingItems: false }) });
    const held = await harness.deliver(makeOrder('1042'));
    expect(held.problem).toMatchObject({ code: 'item_missing', cause: { entity: 'products', sourceId: 'woo:88' } });
    const [line] = makeOrder('1').lines;
    const lines = line ? [{ ...line, variationId: '91' }] : [];
    expect((await harness.deliver(makeOrder('1043', { lines }))).problem?.cause).toEqual({
      entity: 'products',
      sourceId: 'woo:91',
    });
  });
});

describe('stored work', () => {
  it('keeps no customer or product after its result, and knows what it last said', async () => {
    harness = await Harness.start({ settings: ALL });
    await harness.deliverRecord({ customer: makeCustomer() });
    const { items } = await harness.storage.store.find<{ state: object }>('quickbooks_work', { limit: 10 });
    expect(JSON.stringify(items)).not.toContain('ann@example.com');
    const accepted = (await harness.events(TOPICS.events.name)).find(({ type }) => type === 'WorkAccepted');
    expect(accepted).toMatchObject({ payload: { customer: { id: '7' } } });
  });
});
