import type { CanonicalOrder } from '@tillstream/contracts';
import { HttpOutcomeUnknown } from '@tillstream/http-client';
import { eventually } from '@tillstream/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { Harness, type HarnessOptions, REALM } from './harness.js';
import { makeOrder } from './orders.js';

let harness: Harness;
afterEach(() => harness.close());

const post = (entity: string) => ({ method: 'POST', path: `/${entity}\\?` });
const invoices = () => harness.live().invoices.map(({ totalMinor, openMinor }) => [totalMinor, openMinor]);

/** Three mugs instead of two. */
function edited(order: CanonicalOrder): CanonicalOrder {
  const [line] = order.lines;
  const lines = line
    ? [
        {
          ...line,
          quantity: '3',
          subtotalMinor: 3000,
          totalMinor: 3000,
          totalTaxMinor: 240,
          taxes: [{ rateId: '1', amountMinor: 240 }],
        },
      ]
    : [];
  const taxLines = order.taxLines.map((tax) => ({ ...tax, taxMinor: 240 }));
  return { ...order, lines, taxLines, totalMinor: 3240, totalTaxMinor: 240 };
}

describe('a refusal that QuickBooks remembers (ADR 0009)', () => {
  it('ends when its cause does: another request id for the same bytes', async () => {
    harness = await Harness.start({ company: { requestIdRemembersFaults: true } });
    await harness.deliver(makeOrder('1041'));
    harness.control.set(REALM, { bookCloseDate: '2026-03-31' });
    expect((await harness.deliver(makeOrder('1042'))).problem?.code).toBe('period_closed');
    harness.control.set(REALM, { bookCloseDate: null });
    expect((await harness.deliver(makeOrder('1042'), { reason: 'recheck' })).outcome).toBe('created');
    expect(invoices()).toEqual([
      [2160, 0],
      [2160, 0],
    ]);
  });
});

describe('an order edited while its invoice was lost (I3, ADR 0009)', () => {
  it('is written as it is now, and the old bytes never again', async () => {
    const sentBodies: string[] = [];
    harness = await Harness.start({
      wrapSend: (send) => (request) => {
        if (request.url.includes('/invoice?')) sentBodies.push(request.body ?? '');
        return send(request);
      },
    });
    harness.control.addFault({ kind: 'resetBeforeCommit', match: post('invoice'), times: 1 });
    await harness.send([makeOrder('1042')]);
    await eventually(() => harness.control.firedFaults.length === 1);
    await harness.send([edited(makeOrder('1042'))]);
    expect((await harness.settled(['woo:1042'])).get('woo:1042')).toMatchObject({ outcome: 'created', problem: null });
    expect(invoices()).toEqual([[3240, 0]]);
    expect(sentBodies.filter((body) => body.includes('"TotalTax":1.6')).length).toBe(1);
    expect((await harness.deliver(edited(makeOrder('1042')))).outcome).toBe('unchanged');
  });

  it.each(['code600', 'waits'] as const)(
    'is one invoice as it is now, also when the lost request commits after all (%s)',
    async (requestIdWhileRunning) => {
      harness = await Harness.start({
        company: { requestIdWhileRunning },
        options: { requestDeadlineMs: 60_000, settleMarginMs: 6_000 },
      });
      harness.control.addFault({ kind: 'stillRunning', ms: 200_000, match: post('invoice'), times: 1 });
      await harness.send([makeOrder('1042')]);
      await eventually(() => harness.control.firedFaults.length === 1);
      await harness.send([edited(makeOrder('1042'))]);
      expect((await harness.settled(['woo:1042'])).get('woo:1042')).toMatchObject({
        outcome: 'created',
        problem: null,
      });
      await eventually(() => harness.control.stats(REALM).inFlight === 0);
      expect(invoices()).toEqual([[3240, 0]]);
      expect(harness.live().payments.map(({ totalMinor }) => totalMinor)).toEqual([3240]);
    },
  );
});

describe('numbers', () => {
  it('a company that numbers by itself may use an order’s number for another order of ours', async () => {
    harness = await Harness.start({ company: { customTxnNumbers: false, suppliedDocNumber: 'replaced' } });
    await harness.deliver(makeOrder('9001'));
    const given = harness.live().invoices[0]?.docNumber ?? '';
    expect(given).not.toBe('9001');
    expect(await harness.deliver(makeOrder(given))).toMatchObject({ outcome: 'created', problem: null });
    expect(invoices()).toHaveLength(2);
  });

  it('a lost data folder books nothing again, also where QuickBooks gave the numbers', async () => {
    harness = await Harness.start({ company: { customTxnNumbers: false, suppliedDocNumber: 'replaced' } });
    await harness.deliver(makeOrder('9001'));
    await harness.loseState();
    expect(await harness.deliver(makeOrder('9001'))).toMatchObject({ outcome: 'unchanged', problem: null });
    expect(invoices()).toEqual([[2160, 0]]);
    expect(harness.live().payments).toHaveLength(1);
  });

  it('an invoice taken back twice does not hold its order by its own number', async () => {
    harness = await Harness.start();
    harness.control.addFault({ kind: 'wrongTotal', match: post('invoice') });
    expect((await harness.deliver(makeOrder('1042'))).problem?.code).toBe('remote_total_differs');
    expect((await harness.deliver(makeOrder('1042'), { reason: 'retry' })).problem?.code).toBe('remote_total_differs');
    harness.control.clearFaults();
    await harness.restart();
    expect((await harness.deliver(makeOrder('1042'), { reason: 'retry' })).outcome).toBe('created');
    expect(invoices()).toEqual([[2160, 0]]);
  });

  it('an invoice taken back is written again when the order says something else', async () => {
    harness = await Harness.start();
    harness.control.addFault({ kind: 'wrongTotal', match: post('invoice') });
    expect((await harness.deliver(makeOrder('1042'))).problem?.code).toBe('remote_total_differs');
    harness.control.clearFaults();
    expect((await harness.deliver(edited(makeOrder('1042')))).outcome).toBe('created');
    expect(invoices()).toEqual([[3240, 0]]);
  });

  it('an invoice of ours that a person voided is not written again after the data folder was lost', async () => {
    harness = await Harness.start();
    await harness.deliver(makeOrder('1042', { paidDate: null }));
    harness.control.editAsPerson(REALM, 'Invoice', harness.live().invoices[0]?.id ?? '', {}, 'void');
    await harness.loseState();
    expect((await harness.deliver(makeOrder('1042', { paidDate: null }))).problem?.code).toBe('removed_in_quickbooks');
    expect(invoices()).toEqual([]);
  });
});

describe('what people do in QuickBooks meanwhile', () => {
  it.each(['2500', '610'] as const)(
    'a customer made inactive is found out whatever went wrong before (%s)',
    async (inactiveReferenceCode) => {
      harness = await Harness.start({ company: { inactiveReferenceCode } });
      await harness.deliver(makeOrder('1041'));
      const customer = String(harness.ledger().customers[0]?.['Id']);
      harness.control.editAsPerson(REALM, 'Customer', customer, { Active: false });
      harness.control.seed(REALM, {
        Customer: [{ DisplayName: 'Ann again', PrimaryEmailAddr: { Address: 'ann@example.com' } }],
      });
      harness.control.addFault({ kind: 'status', status: 429, match: post('invoice'), times: 1 });
      expect(await harness.deliver(makeOrder('1042'))).toMatchObject({ outcome: 'created', problem: null });
      expect(harness.live().invoices[1]?.customerId).not.toBe(customer);
    },
  );

  it.each([
    ['at once', null],
    ['also when its correction is put off by a 429', { kind: 'status', status: 429, match: post('payment') }],
  ] as const)(
    'a payment of another amount with our marker is ours and corrected, not written twice: %s',
    async (_, fault) => {
      harness = await Harness.start({ company: { requestIdMemory: 'forgotten' } });
      harness.control.addFault({ kind: 'dropReplyAfterCommit', match: post('payment'), times: 1 });
      harness.control.addFault({ kind: 'status', status: 503, match: { method: 'GET', path: '/payment/' } });
      await harness.send([makeOrder('1042')]);
      await eventually(() => harness.live().payments.length === 1);
      const [payment] = harness.live().payments;
      const [invoice] = harness.live().invoices;
      const Line = [{ Amount: 20, LinkedTxn: [{ TxnId: invoice?.id ?? '', TxnType: 'Invoice' }] }];
      harness.control.editAsPerson(REALM, 'Payment', payment?.id ?? '', { TotalAmt: 20, Line });
      harness.control.clearFaults();
      if (fault) harness.control.addFault({ ...fault, times: 1 });
      expect((await harness.settled(['woo:1042'])).get('woo:1042')?.outcome).toBe('created');
      expect(harness.live().payments.map(({ totalMinor }) => totalMinor)).toEqual([2160]);
    },
  );

  it('an invoice paid by hand gets no second payment', async () => {
    harness = await Harness.start();
    const unpaid = makeOrder('1042', { paidDate: null });
    await harness.deliver(unpaid);
    const [invoice] = harness.live().invoices;
    harness.control.seed(REALM, {
      Payment: [
        {
          CustomerRef: { value: invoice?.customerId ?? '' },
          TotalAmt: 21.6,
          Line: [{ Amount: 21.6, LinkedTxn: [{ TxnId: invoice?.id ?? '', TxnType: 'Invoice' }] }],
        },
      ],
    });
    const settled = await harness.deliver(makeOrder('1042'));
    expect(settled).toMatchObject({ outcome: 'held', problem: { code: 'edited_in_quickbooks' } });
    expect(settled.problem?.message).toContain('0.00 USD open');
    expect(harness.live().payments).toHaveLength(1);
  });

  it('a payment that QuickBooks leaves unapplied is taken back', async () => {
    harness = await Harness.start({ wrapSend: leavePaymentsUnapplied });
    expect((await harness.deliver(makeOrder('1042'))).problem?.code).toBe('remote_total_differs');
    expect(harness.live().payments).toEqual([]);
  });

  it('a correction does not bring an invoice back that a person voided', async () => {
    let dead = false;
    harness = await Harness.start({
      crash: {
        hit: (point) => {
          if (dead || point !== 'effect.outcome.stored' || harness.live().invoices.length === 0) return;
          dead = true;
          harness.kill();
        },
      },
    });
    harness.control.addFault({ kind: 'wrongTotal', match: post('invoice'), nth: 1 });
    await harness.send([makeOrder('1042')]);
    await eventually(() => dead);
    harness.control.editAsPerson(REALM, 'Invoice', harness.live().invoices[0]?.id ?? '', {}, 'void');
    await harness.startAnother();
    const settled = (await harness.settled(['woo:1042'])).get('woo:1042');
    expect(settled).toMatchObject({ outcome: 'held', problem: { code: 'removed_in_quickbooks' } });
    expect(invoices()).toEqual([]);
  });
});

describe('a customer whose creation is unknown', () => {
  it('is created once for all its orders, and orders of others do not wait for it', async () => {
    harness = await Harness.start({ options: { perMinute: null, perSecond: null }, company: { limits: NO_LIMITS } });
    harness.control.addFault({
      kind: 'resetBeforeCommit',
      match: { ...post('customer'), bodyIncludes: 'Ann' },
      times: 1,
    });
    const many = Array.from({ length: 200 }, (_unused, index) => makeOrder(`${2000 + index}`));
    const other = makeOrder('3000', { customerId: '9', email: 'eve@example.com', name: ['Eve', 'Novak'] });
    await harness.send([...many, other]);
    await harness.settled(['woo:3000']);
    expect((await harness.results()).size).toBe(1);
    const settled = await harness.settled(many.map(({ id }) => `woo:${id}`));
    expect([...settled.values()].filter(({ outcome }) => outcome !== 'created')).toEqual([]);
    expect(harness.ledger().customers).toHaveLength(2);
    expect(invoices()).toHaveLength(201);
  });

  it('a reply is no lie: what we created a moment ago is not gone because a list could not be read', async () => {
    let failed = false;
    harness = await Harness.start({
      wrapSend: (send) => (request) => {
        if (failed || !request.url.includes('FROM%20Customer') || harness.ledger().customers.length < 2)
          return send(request);
        failed = true;
        return Promise.resolve({ status: 503, headers: {}, body: '<html>' });
      },
    });
    await harness.deliver(makeOrder('1041'));
    harness.control.addFault({ kind: 'resetBeforeCommit', match: post('customer'), times: 1 });
    const order = makeOrder('1042', { customerId: '9', email: 'eve@example.com', name: ['Eve', 'Novak'] });
    expect(await harness.deliver(order)).toMatchObject({ outcome: 'created', problem: null });
    expect(failed).toBe(true);
  });
});

const NO_LIMITS = { perMinute: null, perSecond: null, inFlight: null };

/** QuickBooks takes the payment's money and links nothing. */
const leavePaymentsUnapplied: NonNullable<HarnessOptions['wrapSend']> = (send) => async (request) => {
  const answer = await send(request);
  if (request.method !== 'POST' || !request.url.includes('/payment?') || answer.status !== 200) return answer;
  const { Payment } = JSON.parse(answer.body) as { Payment?: { TotalAmt?: number } };
  if (!Payment) throw new HttpOutcomeUnknown({ method: 'POST', origin: 'x', path: '/payment', reason: 'reset' });
  return { ...answer, body: JSON.stringify({ Payment: { ...Payment, UnappliedAmt: Payment.TotalAmt } }) };
};
