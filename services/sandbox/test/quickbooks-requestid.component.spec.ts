import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench, REALM } from './quickbooks-client.js';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

const body = { DisplayName: 'Ada', Notes: '1' };
const customers = () => bench.control.ledger(REALM).customers.length;
const income = { value: '5' };

describe('requestid', () => {
  it('answers a repeat with the original reply and writes nothing', async () => {
    const first = await bench.post('customer?requestid=r1', body);
    bench.clock.advance(60_000);
    const second = await bench.post('customer?requestid=r1', body);
    expect(second.text).toBe(first.text);
    expect(customers()).toBe(1);
    expect(bench.control.stats(REALM).replays).toBe(1);
  });

  it('refuses another body under the same id with 600', async () => {
    await bench.post('customer?requestid=r1', body);
    expect(await bench.refusal('customer?requestid=r1', { DisplayName: 'Bob' })).toMatchObject({
      status: 400,
      code: '600',
    });
    expect(customers()).toBe(1);
  });

  it('counts per realm and for no GET, ignores a header, and has at most 50 characters', async () => {
    const item = { Name: 'Mug', Type: 'Service', IncomeAccountRef: income };
    await bench.call('POST', 'item', item, { requestid: 'r1' });
    expect((await bench.call('POST', 'item', item, { requestid: 'r1' })).body.Fault?.Error?.[0]?.code).toBe('6240');
    expect(await bench.refusal(`customer?requestid=${'x'.repeat(51)}`, body)).toMatchObject({ code: '2050' });
  });

  it('is forgotten after its time, or at once by switch', async () => {
    await bench.post('customer?requestid=r1', body);
    bench.control.set(REALM, { requestIdMemoryMs: 1_000 });
    bench.clock.advance(1_001);
    expect(await bench.refusal('customer?requestid=r1', body)).toMatchObject({ code: '6240' });
    bench.control.set(REALM, { requestIdMemory: 'forgotten' });
    const paid = { CustomerRef: { value: '1' }, TotalAmt: 5 };
    await bench.post('payment?requestid=p1', paid);
    await bench.post('payment?requestid=p1', paid);
    expect(bench.control.ledger(REALM).payments).toHaveLength(2);
  });

  it('does not remember a Fault unless told to', async () => {
    await bench.refusal('customer?requestid=r1', { DisplayName: '' });
    bench.control.set(REALM, { requestIdRemembersFaults: true });
    await bench.refusal('customer?requestid=r2', { DisplayName: '' });
    expect(bench.control.stats(REALM).replays).toBe(0);
    await bench.refusal('customer?requestid=r2', { DisplayName: '' });
    expect(bench.control.stats(REALM).replays).toBe(1);
  });

  it('is refused with 600 while the first request still runs', async () => {
    bench.control.addFault({ kind: 'stillRunning', ms: 5_000, nth: 1, match: { path: 'customer' } });
    const first = bench.post('customer?requestid=r1', body);
    await bench.running();
    expect(await bench.refusal('customer?requestid=r1', body)).toMatchObject({ status: 400, code: '600' });
    bench.clock.advance(5_000);
    expect((await first).status).toBe(200);
    expect(customers()).toBe(1);
  });

  it('waits for the first request instead, by switch', async () => {
    bench.control.set(REALM, { requestIdWhileRunning: 'waits' });
    bench.control.addFault({ kind: 'stillRunning', ms: 5_000, nth: 1, match: { path: 'customer' } });
    const first = bench.post('customer?requestid=r1', body);
    await bench.running();
    const second = bench.post('customer?requestid=r1', body);
    await bench.inFlight(2);
    bench.clock.advance(5_000);
    expect((await second).text).toBe((await first).text);
    expect(customers()).toBe(1);
  });

  it('can be forgotten for a single request by a fault', async () => {
    const paid = { CustomerRef: { value: '1' }, TotalAmt: 5 };
    await bench.make('customer', body);
    bench.control.addFault({ kind: 'forgetRequestId', nth: 2, match: { path: 'payment' } });
    for (let round = 0; round < 3; round += 1) await bench.post('payment?requestid=p1', paid);
    expect(bench.control.ledger(REALM).payments).toHaveLength(2);
  });
});
