import { type Settings, TOPICS } from '@tillstream/contracts';
import { type Clock, type CrashPoint, type CrashPoints, SystemClock } from '@tillstream/kernel';
import { eventually } from '@tillstream/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { Harness } from './harness.js';
import { makeOrder } from './orders.js';
import { makeCustomer } from './records.js';

let harness: Harness;
afterEach(() => harness.close());

const REALM = '9130001';
/** A settle time of 130 s passes in 0.65 s. */
const FACTOR = 200;

/** The process dies at the `occurrence`-th hit of `point`. */
function dieAt(point: CrashPoint, occurrence: number): CrashPoints & { readonly died: boolean } {
  let left = occurrence;
  return {
    get died() {
      return left <= 0;
    },
    hit: (name) => {
      if (name !== point) return;
      left -= 1;
      if (left === 0) harness.kill();
    },
  };
}

async function surviveDeathAt(
  point: CrashPoint,
  occurrence: number,
  requestIdMemory: 'honoured' | 'forgotten',
  sharedStore = false,
) {
  const crash = dieAt(point, occurrence);
  harness = await Harness.start({ crash, factor: FACTOR, sharedStore, company: { requestIdMemory } });
  await harness.send([makeOrder('1042')]);
  await eventually(() => crash.died);
  await harness.startAnother();
  const settled = (await harness.settled(['woo:1042'])).get('woo:1042');
  await eventually(() => harness.control.stats(REALM).inFlight === 0);
  const { invoices, payments } = harness.live();
  return {
    outcome: settled?.outcome,
    invoices: invoices.map(({ totalMinor, openMinor }) => [totalMinor, openMinor]),
    payments: payments.map(({ totalMinor }) => totalMinor),
    customers: harness.ledger().customers.length,
    mugs: harness.ledger().items.filter(({ Name }) => Name === 'Mug').length,
  };
}

/** Nothing lost, nothing twice. */
const ONE_OF_EACH = { outcome: 'created', invoices: [[2160, 0]], payments: [2160], customers: 1, mugs: 1 };

const EFFECTS = ['customer', 'item', 'invoice', 'payment'];

describe.each(['effect.intended', 'effect.request.sent', 'effect.reply.received', 'effect.outcome.stored'] as const)(
  'the process dies at %s',
  (point) => {
    it.each(EFFECTS)('of the %s, and the request id is forgotten', async (effect) => {
      expect(await surviveDeathAt(point, EFFECTS.indexOf(effect) + 1, 'forgotten')).toEqual(ONE_OF_EACH);
    });

    it('of the invoice, and the request id is honoured', async () => {
      expect(await surviveDeathAt(point, 3, 'honoured')).toEqual(ONE_OF_EACH);
    });
  },
);

describe.each(['effect.intended', 'effect.request.sent', 'effect.reply.received', 'effect.outcome.stored'] as const)(
  'the process dies at %s',
  (point) => {
    it.each([
      ['create', 1],
      ['change', 2],
    ])('of the %s of a customer’s own record', async (_name, occurrence) => {
      const crash = dieAt(point, occurrence);
      const settings = (all: Settings): Settings => ({ ...all, quickbooks: { ...all.quickbooks, customers: 'all' } });
      harness = await Harness.start({ crash, factor: FACTOR, settings, company: { requestIdMemory: 'forgotten' } });
      if (occurrence > 1) await harness.deliverRecord({ customer: makeCustomer() });
      await harness.sendRecords([{ customer: makeCustomer('7', { phone: '555 0100' }) }]);
      await eventually(() => crash.died);
      await harness.startAnother();
      const settled = (await harness.settled(['woo:7'], occurrence)).get('woo:7');
      await eventually(() => harness.control.stats(REALM).inFlight === 0);
      expect(settled?.outcome).toBe(occurrence > 1 ? 'updated' : 'created');
      expect(harness.ledger().customers).toMatchObject([{ PrimaryPhone: { FreeFormNumber: '555 0100' } }]);
      const again = await harness.deliverRecord({ customer: makeCustomer('7', { phone: '555 0100' }) });
      expect(again.outcome).toBe('unchanged');
    });
  },
);

describe.each(['token.refresh.before', 'token.refresh.received', 'token.refresh.stored'] as const)(
  'the process dies at %s',
  (point) => {
    it('and the next one has a token that works', async () => {
      expect(await surviveDeathAt(point, 1, 'honoured')).toEqual(ONE_OF_EACH);
    });

    it('and the next one, which cannot know that it is dead, has one too', async () => {
      expect(await surviveDeathAt(point, 1, 'honoured', true)).toEqual(ONE_OF_EACH);
    });
  },
);

describe('work that waits while nobody is there', () => {
  it('goes on at the next start when its time has come meanwhile, and counts what it did before', async () => {
    harness = await Harness.start({ factor: FACTOR });
    harness.control.addFault({ kind: 'status', status: 429, match: { method: 'POST', path: '/invoice' }, times: 1 });
    await harness.send([makeOrder('1042')]);
    await eventually(async () =>
      (await harness.events(TOPICS.results.name)).some(({ type }) => type === 'WorkDeferred'),
    );
    harness.kill();
    await harness.clock.sleep(120_000);
    await harness.startAnother();
    const settled = (await harness.settled(['woo:1042'])).get('woo:1042');
    expect(settled).toMatchObject({ outcome: 'created', attempts: 2 });
    const events = await harness.events(TOPICS.results.name);
    // The outbox may be appended again; consumers drop the repeat (D3).
    const results = [...new Map(events.map((event) => [event.id, event])).values()];
    expect(results.map(({ type }) => type)).toEqual(['WorkDeferred', 'WorkSettled']);
    const [deferred] = results.map(({ facts }) => facts as { remoteCalls: number });
    expect(settled?.remoteCalls).toBeGreaterThan(deferred?.remoteCalls ?? Number.POSITIVE_INFINITY);
  });
});

describe('the send fence (D14)', () => {
  it('drops the call of a writer that was paused between claim and send', async () => {
    let pausedMs = 0;
    const real = new SystemClock(60);
    const clock = {
      now: () => real.now() + pausedMs,
      monotonic: () => real.monotonic() + pausedMs,
      sleep: (ms: number, signal?: AbortSignal) => real.sleep(ms, signal),
      setTimer: (ms: number, fn: () => void) => real.setTimer(ms, fn),
    };
    let intended = 0;
    const crash: CrashPoints = {
      hit: (name) => {
        if (name !== 'effect.intended') return;
        intended += 1;
        if (intended === 3) pausedMs += 40_000;
      },
    };
    harness = await Harness.start({ clock, crash });
    await harness.send([makeOrder('1042')]);
    const settled = (await harness.settled(['woo:1042'])).get('woo:1042');
    expect(settled).toMatchObject({ outcome: 'created', attempts: 2 });
    const rejected = (await harness.events(TOPICS.events.name)).filter(({ type }) => type === 'EffectRejected');
    expect(rejected.map(({ facts }) => facts)).toMatchObject([{ kind: 'invoice', code: 'fenced' }]);
    expect(harness.live().invoices).toHaveLength(1);
  });
});

/** A clock whose wall time jumps when the test says so. */
function passing(): { clock: Clock; pass: (ms: number) => void } {
  const real = new SystemClock(60);
  let passed = 0;
  const clock: Clock = {
    now: () => real.now() + passed,
    monotonic: () => real.monotonic() + passed,
    sleep: (ms, signal) => real.sleep(ms, signal),
    setTimer: (ms, callback) => real.setTimer(ms, callback),
  };
  return {
    clock,
    pass: (ms) => {
      passed += ms;
    },
  };
}

describe('the sweep (D14)', () => {
  it('finds two documents with one marker at the next start, deletes nothing and holds the record', async () => {
    harness = await Harness.start();
    await harness.deliver(makeOrder('1042'));
    const [invoice] = harness.live().invoices;
    const customer = invoice?.customerId ?? '';
    const ItemRef = { value: String(harness.ledger().items[0]?.['Id']) };
    harness.control.seed(REALM, {
      Invoice: [
        {
          CustomerRef: { value: customer },
          PrivateNote: invoice?.privateNote ?? '',
          Line: [
            {
              Amount: 20,
              DetailType: 'SalesItemLineDetail',
              SalesItemLineDetail: { ItemRef, Qty: 1, UnitPrice: 20 },
            },
          ],
        },
      ],
    });
    await harness.restart();
    const found = await eventually(async () => {
      const events = await harness.events(TOPICS.events.name);
      return events.find(({ type }) => type === 'DuplicateDocumentFound');
    });
    const ids = harness.live().invoices.map(({ id }) => id);
    expect(found.facts).toMatchObject({ kind: 'invoice', sourceId: 'woo:1042', remoteIds: ids });
    const held = (await harness.settled(['woo:1042'], 2)).get('woo:1042');
    expect(held).toMatchObject({ outcome: 'held', problem: { code: 'duplicate_document' } });
    expect(ids).toHaveLength(2);
    harness.control.editAsPerson(REALM, 'Invoice', ids[1] ?? '', {}, 'void');
    expect((await harness.deliver(makeOrder('1042'), { reason: 'retry' })).outcome).toBe('unchanged');
  });

  it('finds a duplicate that was made hours after its original', async () => {
    const { clock, pass } = passing();
    harness = await Harness.start({ clock });
    await harness.deliver(makeOrder('1042'));
    const [invoice] = harness.live().invoices;
    pass(5 * 3_600_000);
    await harness.restart();
    await harness.deliver(makeOrder('1043'));
    pass(5 * 3_600_000);
    const ItemRef = { value: String(harness.ledger().items[0]?.['Id']) };
    const Line = [
      { Amount: 20, DetailType: 'SalesItemLineDetail', SalesItemLineDetail: { ItemRef, Qty: 1, UnitPrice: 20 } },
    ];
    const CustomerRef = { value: invoice?.customerId ?? '' };
    harness.control.seed(REALM, { Invoice: [{ CustomerRef, Line, PrivateNote: invoice?.privateNote ?? '' }] });
    await harness.restart();
    const held = (await harness.settled(['woo:1042'], 2)).get('woo:1042');
    expect(held).toMatchObject({ outcome: 'held', problem: { code: 'duplicate_document' } });
    expect(held?.problem?.message).toContain(invoice?.id);
  });

  it('looks through more documents than a page holds', async () => {
    harness = await Harness.start({ options: { perMinute: null, perSecond: null } });
    await harness.deliver(makeOrder('1042'));
    const [invoice] = harness.live().invoices;
    const ItemRef = { value: String(harness.ledger().items[0]?.['Id']) };
    const Line = [
      { Amount: 20, DetailType: 'SalesItemLineDetail', SalesItemLineDetail: { ItemRef, Qty: 1, UnitPrice: 20 } },
    ];
    const CustomerRef = { value: invoice?.customerId ?? '' };
    const foreign = Array.from({ length: 2_100 }, () => ({ CustomerRef, Line }));
    harness.control.seed(REALM, {
      Invoice: [...foreign, { CustomerRef, Line, PrivateNote: invoice?.privateNote ?? '' }],
    });
    await harness.restart();
    const held = (await harness.settled(['woo:1042'], 2)).get('woo:1042');
    expect(held).toMatchObject({ outcome: 'held', problem: { code: 'duplicate_document' } });
  });

  it('of two, the one a person left is the order’s document', async () => {
    harness = await Harness.start();
    await harness.deliver(makeOrder('1042', { paidDate: null }));
    const [first] = harness.live().invoices;
    const ItemRef = { value: String(harness.ledger().items[0]?.['Id']) };
    const SalesItemLineDetail = { ItemRef, Qty: 1, UnitPrice: 21.6, TaxCodeRef: { value: 'NON' } };
    const [second = ''] =
      harness.control.seed(REALM, {
        Invoice: [
          {
            CustomerRef: { value: first?.customerId ?? '' },
            PrivateNote: first?.privateNote ?? '',
            Line: [{ Amount: 21.6, DetailType: 'SalesItemLineDetail', SalesItemLineDetail }],
          },
        ],
      }).Invoice ?? [];
    await harness.restart();
    await harness.settled(['woo:1042'], 2);
    harness.control.editAsPerson(REALM, 'Invoice', first?.id ?? '', {}, 'delete');
    const settled = await harness.deliver(makeOrder('1042', { paidDate: null }), { reason: 'recheck' });
    expect(settled.documents.map(({ remoteId }) => remoteId)).toEqual([second]);
  });
});
