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
});
