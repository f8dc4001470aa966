import { HttpOutcomeUnknown } from '@tillstream/http-client';
import type { FaultRule } from '@tillstream/sandbox';
import { eventually } from '@tillstream/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { Harness, type HarnessOptions } from './harness.js';
import { makeOrder } from './orders.js';

let harness: Harness;
afterEach(() => harness.close());

const post = (entity: string) => ({ method: 'POST', path: `/${entity}\\?` });

async function deliverWith(rules: readonly FaultRule[], options: HarnessOptions = {}) {
  harness = await Harness.start(options);
  for (const rule of rules) harness.control.addFault(rule);
  const settled = await harness.deliver(makeOrder('1042'));
  expect(harness.control.firedFaults.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(rules.map(({ kind }) => kind)),
  );
  return settled;
}

/** Exactly the books the order asks for, whatever happened on the way. */
function expectOneOfEach(): void {
  const { invoices, payments } = harness.live();
  expect(invoices.map(({ docNumber, totalMinor, openMinor }) => [docNumber, totalMinor, openMinor])).toEqual([
    ['1042', 2160, 0],
  ]);
  expect(payments.map(({ totalMinor }) => totalMinor)).toEqual([2160]);
  const { customers, items, accounts } = harness.ledger();
  expect(customers).toHaveLength(1);
  expect(items.filter(({ Name }) => Name === 'Mug')).toHaveLength(1);
  expect(new Set(accounts.map(({ Name }) => Name)).size).toBe(accounts.length);
}

describe.each(['honoured', 'forgotten'] as const)('requestid %s', (requestIdMemory) => {
  const company = { requestIdMemory };

  it.each(['customer', 'item', 'invoice', 'payment'])(
    'adopts a %s whose reply was lost after the commit',
    async (entity) => {
      const rule: FaultRule = { kind: 'dropReplyAfterCommit', match: post(entity), times: 1 };
      const settled = await deliverWith([rule], { company });
      expect(settled).toMatchObject({ outcome: 'created', problem: null });
      expectOneOfEach();
    },
  );

  it('settle rule: waits for a request that may still be running instead of sending again', async () => {
    harness = await Harness.start({ company, wrapSend: loseFirstInvoiceReply });
    harness.control.addFault({ kind: 'stillRunning', ms: 60_000, match: post('invoice'), times: 1 });
    const settled = await harness.deliver(makeOrder('1042'));
    expect(settled.outcome).toBe('created');
    await nothingRuns();
    expectOneOfEach();
  });

  it('resends the same bytes after proven absence', async () => {
    const settled = await deliverWith([{ kind: 'resetBeforeCommit', match: post('invoice'), times: 1 }], { company });
    expect(settled.outcome).toBe('created');
    expectOneOfEach();
  });

  it.each([
    ['truncated JSON', { kind: 'truncatedJson' }],
    ['an empty 200', { kind: 'emptyOk' }],
    ['another entity', { kind: 'wrongEntity' }],
    ['HTML after the commit', { kind: 'okWithHtml', when: 'afterCommit' }],
    ['a 503 after the commit', { kind: 'status', status: 503, when: 'afterCommit' }],
    ['a 500 with HTML before the commit', { kind: 'status', status: 500, body: 'html' }],
  ] as const)('survives %s', async (_name, fault) => {
    const settled = await deliverWith([{ ...fault, match: post('invoice'), times: 1 }], { company });
    expect(settled.outcome).toBe('created');
    expectOneOfEach();
  });
});

/** Requests whose caller has gone may still commit: the books count when the last of them has ended. */
async function nothingRuns(): Promise<void> {
  await eventually(() => harness.control.stats('9130001').inFlight === 0);
}

/** The connection breaks at our side at once while QuickBooks goes on working. */
const loseFirstInvoiceReply: NonNullable<HarnessOptions['wrapSend']> = (send) => {
  let lost = false;
  return async (request) => {
    if (lost || request.method !== 'POST' || !request.url.includes('/invoice?')) return send(request);
    lost = true;
    void send(request).catch(() => undefined);
    throw new HttpOutcomeUnknown({ method: 'POST', origin: 'http://sandbox', path: '/invoice', reason: 'reset' });
  };
};

describe('a request that outlives its deadline', () => {
  it('request id: the resend after the settle time is recognised by QuickBooks', async () => {
    const settled = await deliverWith([{ kind: 'stillRunning', ms: 200_000, match: post('invoice'), times: 1 }], {
      options: { requestDeadlineMs: 60_000, settleMarginMs: 6_000 },
    });
    expect(settled.outcome).toBe('created');
    await nothingRuns();
    expectOneOfEach();
  });
});

describe('definite answers without effect', () => {
  it.each(['json', 'xml'] as const)('waits a minute after a 429 (%s) and goes on', async (body) => {
    const before = Date.now();
    const settled = await deliverWith([
      { kind: 'status', status: 429, body: body as 'xml', match: post('invoice'), times: 1 },
    ]);
    expect(settled).toMatchObject({ outcome: 'created', attempts: 2 });
    expect(Date.now() - before).toBeGreaterThan(900);
    expectOneOfEach();
  });

  it('refreshes an expired token once and sends again', async () => {
    const settled = await deliverWith([{ kind: 'expireToken', match: post('invoice'), times: 1 }]);
    expect(settled).toMatchObject({ outcome: 'created', attempts: 1 });
    expect(harness.control.stats('9130001').oauth.refreshes).toBe(2);
    expectOneOfEach();
  });

  it('a 200 with a Fault is no success', async () => {
    const settled = await deliverWith([{ kind: 'okWithFault', match: post('invoice'), times: 1 }]);
    expect(settled).toMatchObject({ outcome: 'failed', problem: { code: 'subscription_ended' } });
    expect(harness.live().invoices).toEqual([]);
  });
});

describe('an order that changes while the outcome of its invoice is unknown', () => {
  it('learns what became of the invoice before it says anything about the cancellation', async () => {
    harness = await Harness.start({ wrapSend: loseFirstInvoiceReply });
    harness.control.addFault({ kind: 'stillRunning', ms: 60_000, match: post('invoice'), times: 1 });
    await harness.send([makeOrder('1042')]);
    await eventually(() => harness.control.firedFaults.length === 1);
    await harness.send([makeOrder('1042', { status: 'cancelled' })]);
    const settled = (await harness.settled(['woo:1042'])).get('woo:1042');
    expect(settled).toMatchObject({ outcome: 'held', problem: { code: 'order_cancelled' } });
    expect(settled?.documents).toMatchObject([{ remoteType: 'Invoice' }]);
    expect(harness.live()).toMatchObject({ invoices: [{ totalMinor: 2160 }], payments: [] });
  });
});

describe('another total than predicted (B1)', () => {
  it('prediction: corrects the invoice once', async () => {
    const settled = await deliverWith([{ kind: 'wrongTotal', match: post('invoice'), times: 1 }]);
    expect(settled.outcome).toBe('created');
    expect(harness.live().invoices).toMatchObject([{ totalMinor: 2160, taxMinor: 160 }]);
    expectOneOfEach();
  });

  it('survives a stale token while correcting', async () => {
    const settled = await deliverWith([
      { kind: 'wrongTotal', match: post('invoice'), nth: 1 },
      { kind: 'staleSyncToken', match: post('invoice'), nth: 2 },
    ]);
    expect(settled.outcome).toBe('created');
    expectOneOfEach();
  });

  it('prediction: takes the invoice back and holds the order when the correction does not help', async () => {
    const settled = await deliverWith([{ kind: 'wrongTotal', match: post('invoice') }]);
    expect(settled).toMatchObject({ outcome: 'held', problem: { code: 'remote_total_differs' } });
    expect(harness.live()).toEqual({ invoices: [], payments: [] });
    harness.control.clearFaults();
    const again = await harness.deliver(makeOrder('1042'), { reason: 'retry' });
    expect(again.outcome).toBe('created');
    expectOneOfEach();
  });
});
