import { TOPICS } from '@tillstream/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { Harness } from './harness.js';
import { makeOrder } from './orders.js';

let harness: Harness;
afterEach(() => harness.close());

describe('one order', () => {
  it('becomes one invoice and one payment, to the cent, and no e-mail', async () => {
    harness = await Harness.start();
    const settled = await harness.deliver(makeOrder('1042'));
    expect(settled).toMatchObject({ outcome: 'created', problem: null, target: 'quickbooks' });
    const { invoices, payments } = harness.live();
    expect(invoices).toMatchObject([{ docNumber: '1042', totalMinor: 2160, taxMinor: 160, openMinor: 0 }]);
    expect(payments).toMatchObject([{ totalMinor: 2160, openMinor: 0, applied: [{ minor: 2160 }] }]);
    expect(settled.documents.map(({ remoteType, remoteId }) => [remoteType, remoteId])).toEqual([
      ['Invoice', invoices[0]?.id],
      ['Payment', payments[0]?.id],
    ]);
    expect(harness.ledger().emails).toEqual([]);
    expect(invoices[0]?.privateNote).toMatch(/^Woo order 1042\n[^]*\[ts1 invoice [a-z2-7]{16}\]$/);
  });

  it('is written once however often it comes', async () => {
    harness = await Harness.start();
    const order = makeOrder('1042');
    expect((await harness.deliver(order)).outcome).toBe('created');
    const writes = harness.writes().length;
    expect(await harness.deliver(order)).toMatchObject({ outcome: 'unchanged', remoteCalls: 0 });
    await harness.restart();
    expect((await harness.deliver(order, { reason: 'recheck' })).outcome).toBe('unchanged');
    expect(harness.writes()).toHaveLength(writes);
  });

  it('paid later gets only its payment', async () => {
    harness = await Harness.start();
    const unpaid = makeOrder('1042', { paidDate: null, status: 'processing', transactionId: '' });
    expect(await harness.deliver(unpaid)).toMatchObject({ outcome: 'created' });
    expect(harness.live()).toMatchObject({ invoices: [{ openMinor: 2160 }], payments: [] });
    const paid = makeOrder('1042', { paidDate: '2026-03-09', status: 'completed', completedDate: '2026-03-09' });
    expect(await harness.deliver(paid)).toMatchObject({ outcome: 'updated' });
    expect(harness.live()).toMatchObject({ invoices: [{ openMinor: 0 }], payments: [{ txnDate: '2026-03-09' }] });
  });

  it('changed after its invoice was written is held, and nothing is touched', async () => {
    harness = await Harness.start();
    await harness.deliver(makeOrder('1042'));
    const writes = harness.writes();
    const [line] = makeOrder('1042').lines;
    const edited = makeOrder('1042', { lines: line ? [{ ...line, name: 'Big mug' }] : [] });
    expect(await harness.deliver(edited)).toMatchObject({ outcome: 'held', problem: { code: 'order_edited' } });
    expect(harness.writes()).toHaveLength(writes.length);
    expect((await harness.deliver(makeOrder('1042'))).outcome).toBe('unchanged');
  });

  it('cancelled or refunded after its invoice was written is held with its own code', async () => {
    harness = await Harness.start();
    await harness.deliver(makeOrder('1042'));
    const cancelled = await harness.deliver(makeOrder('1042', { status: 'cancelled' }));
    expect(cancelled.problem?.code).toBe('order_cancelled');
    const refunds = [{ id: '5', reason: '', amountMinor: 100 }];
    const refunded = await harness.deliver(makeOrder('1042', { status: 'refunded', refunds }));
    expect(refunded.problem?.code).toBe('order_has_refunds');
    expect(harness.live().invoices).toHaveLength(1);
  });

  it('that cannot be booked leaves no trace in QuickBooks', async () => {
    harness = await Harness.start();
    const settled = await harness.deliver(makeOrder('1042', { currency: 'EUR' }));
    expect(settled).toMatchObject({ outcome: 'held', problem: { code: 'currency_unsupported' } });
    expect(harness.writes()).toEqual([]);
  });

  it('adopts its own documents when the data folder was lost, instead of writing them again', async () => {
    harness = await Harness.start();
    await harness.deliver(makeOrder('1042'));
    await harness.loseState();
    expect(await harness.deliver(makeOrder('1042'))).toMatchObject({ outcome: 'unchanged', problem: null });
    expect(harness.live().invoices).toHaveLength(1);
    expect(harness.live().payments).toHaveLength(1);
  });
});

describe('many orders', () => {
  it('share customers and items, and one bad record blocks nobody', async () => {
    harness = await Harness.start();
    const orders = Array.from({ length: 30 }, (_unused, index) =>
      makeOrder(
        `${2000 + index}`,
        index === 7
          ? { currency: 'EUR' }
          : { customerId: `${index % 3}`, email: `c${index % 3}@example.com`, name: ['Ann', `Baker${index % 3}`] },
      ),
    );
    await harness.send(orders);
    const settled = await harness.settled(orders.map(({ id }) => `woo:${id}`));
    const outcomes = [...settled.values()].map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(29);
    expect(settled.get('woo:2007')?.problem?.code).toBe('currency_unsupported');
    const { customers, items } = harness.ledger();
    expect(customers).toHaveLength(3);
    expect(items.filter(({ Name }) => Name === 'Mug')).toHaveLength(1);
    expect(harness.live().invoices).toHaveLength(29);
    expect(harness.live().payments.reduce((sum, { totalMinor }) => sum + totalMinor, 0)).toBe(29 * 2160);
    expect(harness.control.stats('9130001').throttled).toBe(0);
  });

  it('publishes a history from which the ledger can be rebuilt', async () => {
    harness = await Harness.start();
    await harness.deliver(makeOrder('1042'));
    const types = (await harness.events(TOPICS.events.name)).map(({ type, producer }) => [
      producer.replace(/#.*?:/, '#:'),
      type,
    ]);
    expect(types).toEqual(
      expect.arrayContaining([
        ['quickbooks_work/default:9130001:orders:woo:1042', 'WorkAccepted'],
        ['quickbooks_ledger/default:9130001#:invoice:woo:1042', 'EffectIntended'],
        ['quickbooks_ledger/default:9130001#:invoice:woo:1042', 'EffectConfirmed'],
        ['quickbooks_ledger/default:9130001#:payment:woo:1042', 'EffectConfirmed'],
      ]),
    );
  });
});
