import type { CanonicalOrder } from '@tillstream/contracts';
import type { FaultRule } from '@tillstream/sandbox';
import fc from 'fast-check';
import { type End, type OrderWorld, REALM } from './order-world.js';
import { makeOrder } from './orders.js';

/** What may happen to one order: versions of it, faults and people of QuickBooks, deaths of the process. */

const base = makeOrder('1042');
const lines = base.lines.map((line) => ({ ...line, name: 'Big mug' }));
export const VERSIONS = {
  unpaid: makeOrder('1042', { paidDate: null }),
  paid: base,
  edited: makeOrder('1042', { lines }),
  editedUnpaid: makeOrder('1042', { lines, paidDate: null }),
  cancelled: makeOrder('1042', { status: 'cancelled' }),
  onHold: makeOrder('1042', { status: 'on-hold' }),
  dearer: makeOrder('1042', {
    totalMinor: 2700,
    totalTaxMinor: 200,
    lines: base.lines.map((each) => ({
      ...each,
      subtotalMinor: 2500,
      totalMinor: 2500,
      totalTaxMinor: 200,
      taxes: [{ rateId: '1', amountMinor: 200 }],
    })),
    taxLines: base.taxLines.map((tax) => ({ ...tax, taxMinor: 200 })),
  }),
  refunded: makeOrder('1042', { refunds: [{ id: '5', reason: '', amountMinor: 100 }] }),
} as const satisfies Record<string, CanonicalOrder>;
export type Version = keyof typeof VERSIONS;

const FAULTS = {
  lostAfterwards: { kind: 'dropReplyAfterCommit' },
  lostBefore: { kind: 'resetBeforeCommit' },
  truncated: { kind: 'truncatedJson' },
  empty: { kind: 'emptyOk' },
  throttled: { kind: 'status', status: 429 },
  unavailable: { kind: 'status', status: 503 },
  unavailableAfterwards: { kind: 'status', status: 503, when: 'afterCommit' },
  refused: { kind: 'okWithFault' },
  stale: { kind: 'staleSyncToken' },
  wrongTotal: { kind: 'wrongTotal' },
  slow: { kind: 'stillRunning', ms: 60_000 },
  /** Longer than its deadline. */
  late: { kind: 'stillRunning', ms: 400_000 },
} as const satisfies Record<string, FaultRule>;
export type Fault = keyof typeof FAULTS;

export type Act =
  | { readonly do: 'observe'; readonly version: Version; readonly attempts: number; readonly isAsked: boolean }
  | { readonly do: 'fail'; readonly fault: Fault; readonly entity: string; readonly times: number }
  | { readonly do: 'die'; readonly after: number; readonly afterwards: boolean }
  /** The data folder is lost, when nothing is under way. */
  | { readonly do: 'lose' }
  | { readonly do: 'person'; readonly deed: Deed };
export type Deed =
  | 'voidInvoice'
  | 'deleteInvoice'
  | 'voidPayment'
  | 'payByHand'
  | 'takeNumber'
  | 'closeBooks'
  | 'openBooks';

const observe = fc.record({
  do: fc.constant('observe' as const),
  version: fc.constantFrom<Version[]>(
    'unpaid',
    'paid',
    'paid',
    'edited',
    'editedUnpaid',
    'dearer',
    'cancelled',
    'onHold',
    'refunded',
  ),
  /** 1 = the next thing happens before this one is over. */
  attempts: fc.constantFrom(1, 1, 30),
  isAsked: fc.boolean(),
});
const fail = fc.record({
  do: fc.constant('fail' as const),
  fault: fc.constantFrom<Fault[]>(...(Object.keys(FAULTS) as Fault[]), 'wrongTotal', 'wrongTotal', 'lostBefore'),
  entity: fc.constantFrom('invoice', 'invoice', 'payment', 'customer', 'query'),
  times: fc.integer({ min: 1, max: 3 }),
});
const death = fc.record({
  do: fc.constant('die' as const),
  after: fc.integer({ min: 1, max: 60 }),
  afterwards: fc.boolean(),
});
const person = fc.record({
  do: fc.constant('person' as const),
  deed: fc.constantFrom<Deed[]>(
    'voidInvoice',
    'deleteInvoice',
    'voidPayment',
    'payByHand',
    'takeNumber',
    'closeBooks',
    'openBooks',
  ),
});
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 5, arbitrary: observe },
  { weight: 4, arbitrary: fail },
  { weight: 3, arbitrary: death },
  { weight: 2, arbitrary: person },
  { weight: 1, arbitrary: fc.constant({ do: 'lose' as const }) },
);
export const histories = fc.record({
  acts: fc.array(act, { minLength: 1, maxLength: 9 }),
  last: fc.constantFrom<Version[]>('unpaid', 'paid', 'paid', 'edited', 'dearer', 'cancelled', 'onHold', 'refunded'),
  requestIdMemory: fc.constantFrom('honoured' as const, 'forgotten' as const),
});

/** What a history was, for whoever has to explain its end. */
export interface Past {
  readonly versions: Set<Version>;
  readonly faults: Set<Fault>;
  readonly deeds: Set<Deed>;
  isLost: boolean;
}

const post = (entity: string) => (entity === 'query' ? { path: '/query' } : { method: 'POST', path: `/${entity}\\?` });

/** Lets it all happen, in this order. */
export async function play(world: OrderWorld, acts: readonly Act[], isHonoured: boolean, past: Past): Promise<void> {
  let end: End | null = null;
  for (const each of acts) {
    if (each.do === 'observe') {
      past.versions.add(each.version);
      end = await settle(world, VERSIONS[each.version], each.attempts, each.isAsked);
    }
    if (each.do === 'lose' && (end?.kind === 'done' || end?.kind === 'held')) {
      past.isLost = true;
      world.loseLedger();
    }
    // I2 holds as long as the remote honours request ids or ends a request within its deadline.
    if (each.do === 'fail' && (isHonoured || each.fault !== 'late')) {
      past.faults.add(each.fault);
      world.control.addFault({ ...FAULTS[each.fault], match: post(each.entity), times: each.times });
    }
    if (each.do === 'die') world.dieAt(each.after, each.afterwards);
    if (each.do === 'person' && happens(world, each.deed)) past.deeds.add(each.deed);
  }
}

/** Delivers until it is over, as the queue does: again after what passes, again in another process after a death. */
async function settle(world: OrderWorld, order: CanonicalOrder, attempts: number, isAsked: boolean): Promise<End> {
  let end: End = { kind: 'died' };
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    end = await world.deliver(order, { reason: isAsked ? 'retry' : 'changed' });
    if (end.kind === 'deferred') world.clock.advance(end.waitMs + 1);
    else if (end.kind !== 'died') break;
  }
  return end;
}

/** False when there is nothing to do it with, or the books are closed to people, too. */
export function happens(world: OrderWorld, deed: Deed): boolean {
  try {
    return isDone(world, deed);
  } catch {
    return false;
  }
}

function isDone(world: OrderWorld, deed: Deed): boolean {
  const { control } = world;
  const [invoice] = world.living('invoice', base);
  const [payment] = world.living('payment', base);
  switch (deed) {
    case 'voidInvoice':
    case 'deleteInvoice':
      if (!invoice) return false;
      control.editAsPerson(REALM, 'Invoice', invoice.id, {}, deed === 'voidInvoice' ? 'void' : 'delete');
      return true;
    case 'voidPayment':
      if (!payment) return false;
      control.editAsPerson(REALM, 'Payment', payment.id, {}, 'void');
      return true;
    case 'payByHand': {
      if (!invoice || invoice.openMinor === 0) return false;
      const TotalAmt = invoice.openMinor / 100;
      const Line = [{ Amount: TotalAmt, LinkedTxn: [{ TxnId: invoice.id, TxnType: 'Invoice' }] }];
      control.seed(REALM, { Payment: [{ CustomerRef: { value: invoice.customerId ?? '' }, TotalAmt, Line }] });
      return true;
    }
    case 'takeNumber': {
      const { customers, items } = control.ledger(REALM);
      const [customer, item] = [customers[0]?.['Id'], items[0]?.['Id']];
      if (typeof customer !== 'string' || typeof item !== 'string') return false;
      const SalesItemLineDetail = { ItemRef: { value: item }, Qty: 1, UnitPrice: 5 };
      const Line = [{ Amount: 5, DetailType: 'SalesItemLineDetail', SalesItemLineDetail }];
      control.seed(REALM, { Invoice: [{ DocNumber: '1042', CustomerRef: { value: customer }, Line }] });
      return true;
    }
    case 'closeBooks':
      control.set(REALM, { bookCloseDate: '2026-12-31' });
      return true;
    case 'openBooks':
      control.set(REALM, { bookCloseDate: null });
      world.forget();
      return true;
  }
}
