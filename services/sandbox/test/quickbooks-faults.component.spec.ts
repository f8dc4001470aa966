import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FaultRule } from '../src/index.js';
import { Bench, line, REALM, text } from './quickbooks-client.js';

let bench: Bench;
let customer: string;
let item: string;
beforeEach(async () => {
  bench = await Bench.open();
  ({ customer, item } = await bench.basics());
});
afterEach(() => bench.close());

const invoice = () => ({ CustomerRef: { value: customer }, Line: [line({ amount: 10, item, tax: 'TAX' })] });
const invoices = () => bench.control.ledger(REALM).invoices;
const once = (rule: Omit<FaultRule, 'nth' | 'match'>) =>
  bench.control.addFault({ ...rule, nth: 1, match: { method: 'POST', path: '/invoice' } });

describe('faults on a write', () => {
  it('dropReplyAfterCommit loses the reply of work that was done', async () => {
    once({ kind: 'dropReplyAfterCommit' });
    await expect(bench.post('invoice?requestid=r1', invoice())).rejects.toThrow('fetch failed');
    expect(invoices()).toHaveLength(1);
    expect((await bench.post('invoice?requestid=r1', invoice())).status).toBe(200);
    expect(invoices()).toHaveLength(1);
  });

  it('resetBeforeCommit loses the request before the work', async () => {
    once({ kind: 'resetBeforeCommit' });
    await expect(bench.post('invoice', invoice())).rejects.toThrow('fetch failed');
    expect(invoices()).toHaveLength(0);
  });

  it.each([
    [{ kind: 'truncatedJson' }, 200, (text: string) => text.startsWith('{"Invoice"') && !text.endsWith('}')],
    [{ kind: 'emptyOk' }, 200, (text: string) => text === ''],
    [{ kind: 'okWithHtml', when: 'afterCommit' }, 200, (text: string) => text.startsWith('<!DOCTYPE html>')],
    [{ kind: 'wrongEntity' }, 200, (text: string) => text.startsWith('{"Estimate":')],
    [{ kind: 'status', status: 500, when: 'afterCommit' }, 500, (text: string) => text.includes('"code":"10000"')],
  ] as const)('%j spoils the answer to work that was done', async (rule, status, looks) => {
    once(rule);
    const answer = await bench.post('invoice', invoice());
    expect(answer.status).toBe(status);
    expect(answer.text).toSatisfy(looks);
    expect(invoices()).toHaveLength(1);
  });

  it.each([
    [{ kind: 'status', status: 503, body: 'html' }, 503, '<h1>503'],
    [{ kind: 'status', status: 500 }, 500, '"code":"10000"'],
    [{ kind: 'status', status: 429, body: 'xml' }, 429, '<Error code="3001">'],
    [{ kind: 'status', status: 429 }, 429, 'message=ThrottleExceeded; errorCode=003001; statusCode=429'],
    [{ kind: 'okWithFault' }, 200, '"code":"6190"'],
    [{ kind: 'okWithHtml' }, 200, '<html>'],
  ] as const)('%j answers in place of the work', async (rule, status, part) => {
    once(rule);
    const answer = await bench.post('invoice', invoice());
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(part);
    expect(answer.headers.get('retry-after')).toBeNull();
    expect(invoices()).toHaveLength(0);
  });

  it('stillRunning commits after its caller has gone; an ordinary delay does not', async () => {
    for (const [kind, made] of [
      ['delay', 0],
      ['stillRunning', 1],
    ] as const) {
      once({ kind, ms: 5_000 });
      const caller = new AbortController();
      const lost = bench.post('invoice', invoice(), caller.signal);
      await bench.running();
      caller.abort();
      await expect(lost).rejects.toThrow('abort');
      await bench.hungUp();
      expect(invoices()).toHaveLength(0);
      bench.clock.advance(5_000);
      await bench.idle();
      expect(invoices()).toHaveLength(made);
    }
  });

  it('staleSyncToken makes an update 5010 although the client read it just now', async () => {
    const made = await bench.make('invoice', invoice());
    bench.control.addFault({ kind: 'staleSyncToken', match: { path: '/invoice' }, times: 1 });
    const change = { Id: made.Id, SyncToken: '0', sparse: true, PrivateNote: 'x' };
    expect(await bench.refusal('invoice', change)).toMatchObject({ code: '5010' });
    expect((await bench.post('invoice', { ...change, SyncToken: '1' })).status).toBe(200);
  });

  it('expireToken ends every access token', async () => {
    once({ kind: 'expireToken' });
    expect((await bench.post('invoice', invoice())).status).toBe(401);
    expect((await bench.get('preferences')).status).toBe(401);
  });

  it('wrongTotal books another tax once', async () => {
    once({ kind: 'wrongTotal', offsetMinor: 2 });
    const body = { ...invoice(), TxnTaxDetail: { TotalTax: 1, TxnTaxCodeRef: { value: '1' } } };
    expect(await bench.make('invoice', body)).toMatchObject({ TotalAmt: 11.02, TxnTaxDetail: { TotalTax: 1.02 } });
    expect(await bench.make('invoice', body)).toMatchObject({ TotalAmt: 11 });
  });
});

describe('a person in QuickBooks', () => {
  it('changes, voids and deletes behind the back of the API', async () => {
    const made = await bench.make('invoice', invoice());
    bench.control.editAsPerson(REALM, 'Invoice', text(made.Id), { PrivateNote: 'by hand' });
    expect(await bench.refusal('invoice', { Id: made.Id, SyncToken: '0', sparse: true })).toMatchObject({
      code: '5010',
    });
    bench.control.editAsPerson(REALM, 'Invoice', text(made.Id), {}, 'delete');
    expect(invoices()[0]?.state).toBe('deleted');
    expect(bench.control.ledger(REALM).writes.at(-1)).toMatchObject({ by: 'person', operation: 'delete' });
  });
});

describe('limits', () => {
  it('allow so many requests a minute and a second, sliding, and count the refused ones', async () => {
    bench.control.set(REALM, { limits: { perMinute: 4, perSecond: 2, inFlight: null } });
    bench.clock.advance(61_000);
    const statuses = async (count: number) => {
      const seen: number[] = [];
      for (let index = 0; index < count; index += 1) seen.push((await bench.get('preferences')).status);
      return seen;
    };
    expect(await statuses(3)).toEqual([200, 200, 429]);
    bench.clock.advance(1_000);
    expect(await statuses(3)).toEqual([200, 200, 429]);
    bench.clock.advance(1_000);
    expect(await statuses(1)).toEqual([429]);
    bench.clock.advance(58_000);
    expect(await statuses(1)).toEqual([200]);
    expect(bench.control.stats(REALM).throttled).toBe(3);
  });

  it('say so in JSON or XML', async () => {
    bench.control.set(REALM, { limits: { perMinute: 0, perSecond: null, inFlight: null } });
    expect((await bench.get('preferences')).body.fault).toMatchObject({ type: 'SERVICE', error: [{ code: '3001' }] });
    bench.control.set(REALM, { throttleBody: 'xml' });
    expect((await bench.get('preferences')).text).toContain('<Fault type="SERVICE"><Error code="3001">');
  });

  it('may count requests in flight', async () => {
    bench.control.set(REALM, { limits: { perMinute: null, perSecond: null, inFlight: 1 } });
    once({ kind: 'stillRunning', ms: 1_000 });
    const slow = bench.post('invoice', invoice());
    await bench.running();
    expect((await bench.get('preferences')).status).toBe(429);
    bench.clock.advance(1_000);
    expect((await slow).status).toBe(200);
    expect((await bench.get('preferences')).status).toBe(200);
  });
});
