import type { CanonicalOrder, WorkSettled } from '@tillstream/contracts';
import { createHttpClient } from '@tillstream/http-client';
import { SystemClock } from '@tillstream/kernel';
import { ownershipMarker } from '@tillstream/quickbooks';
import { BAD_DAY, companyForShop, type CompanyOptions, seedBooks } from '@tillstream/sandbox';
import { eventually } from '@tillstream/testing';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type GeneratedOrders, generatedOrders } from './generated-orders.js';
import { Harness, type HarnessOptions, REALM } from './harness.js';

/**
 * What the facts call unconfirmed is a switch of the sandbox; the promises hold under both settings, on a bad day:
 * nothing twice, nothing lost, to the cent or held with a reason (B16).
 */
interface Row {
  readonly name: string;
  readonly company?: Partial<CompanyOptions>;
  readonly oauth?: HarnessOptions['oauth'];
  readonly shop?: 'us' | 'global';
  /** Codes an order may be held with instead; every order is booked when there are none. */
  readonly held?: readonly string[];
}

const ROWS: readonly Row[] = [
  { name: 'all defaults, US' },
  { name: 'all defaults, global', shop: 'global' },
  { name: 'request ids forgotten', company: { requestIdMemory: 'forgotten' } },
  { name: 'request ids remembered for a minute', company: { requestIdMemoryMs: 60_000 } },
  { name: 'a repeat waits for the running request', company: { requestIdWhileRunning: 'waits' } },
  { name: 'faults are remembered', company: { requestIdRemembersFaults: true } },
  { name: 'PrivateNote can be filtered', company: { privateNoteFilterable: true } },
  { name: 'queries mind the case', company: { queryIgnoresCase: false } },
  { name: 'older tokens in lists', company: { listSyncTokens: 'older' } },
  { name: 'own numbering, ours kept', company: { customTxnNumbers: false, suppliedDocNumber: 'kept' } },
  { name: 'own numbering, ours replaced', company: { customTxnNumbers: false, suppliedDocNumber: 'replaced' } },
  {
    name: 'own numbering, request ids forgotten',
    company: { customTxnNumbers: false, suppliedDocNumber: 'replaced', requestIdMemory: 'forgotten' },
  },
  { name: 'numbers are unique', company: { duplicateDocNumber: 'refused' } },
  { name: 'name faults without an id', company: { nameFaultNamesId: false } },
  { name: 'inactive is 610', company: { inactiveReferenceCode: '610' } },
  {
    name: 'books closed, 6200',
    company: { bookCloseDate: '2025-11-15', bookCloseCode: '6200' },
    held: ['period_closed'],
  },
  {
    name: 'books closed, 6210',
    company: { bookCloseDate: '2025-11-15', bookCloseCode: '6210' },
    held: ['period_closed'],
  },
  { name: '429 as XML', company: { throttleBody: 'xml' } },
  { name: 'automated sales tax', company: { partnerTaxEnabled: true, astPercent: 9 } },
  {
    name: 'automated sales tax insists',
    company: { partnerTaxEnabled: true, astOverridesTotalTax: true, astPercent: 9 },
    held: ['remote_total_differs'],
  },
  { name: 'sales tax switched off', company: { usingSalesTax: false }, held: ['tax_disabled'] },
  { name: 'override kept without taxed lines', company: { overrideWithoutTaxableLines: 'kept' } },
  {
    name: 'tax computed anew',
    shop: 'global',
    company: { sentTaxLines: 'recomputed' },
    held: ['remote_total_differs'],
  },
  { name: 'several currencies', company: { multiCurrency: true } },
  { name: 'totals rounded half to even', shop: 'global', company: { rounding: 'halfEven' } },
  {
    name: 'refresh tokens rotate each time, the old one dies',
    oauth: { rotateAfterMs: 0, oldRefreshToken: 'diesAtOnce' },
  },
  {
    name: 'refresh tokens rotate each time, the old one has grace',
    oauth: { rotateAfterMs: 0, oldRefreshToken: 'valid24h' },
  },
];

/** A few dozen orders see as much trouble as a few hundred. */
const WORSE_DAY = BAD_DAY.map(({ probability, ...rule }) =>
  probability === undefined ? rule : { ...rule, probability: 4 * probability },
);
const FACTOR = 200;
const NO_LIMITS = { perMinute: null, perSecond: null, inFlight: null };
const shops = new Map<'us' | 'global', GeneratedOrders>();
let harness: Harness;

beforeAll(async () => {
  const http = createHttpClient({ clock: new SystemClock(), allowPrivateTargets: true });
  for (const profile of ['us', 'global'] as const) {
    shops.set(profile, await generatedOrders(http, { seed: 11, orders: 75, profile }));
  }
  await http.close();
});
afterEach(() => harness.close());

async function start({ company, oauth, shop = 'us' }: Row): Promise<GeneratedOrders> {
  const generated = shops.get(shop);
  if (!generated) throw new TypeError(`no shop ${shop}`);
  harness = await Harness.start({
    factor: FACTOR,
    company: companyForShop(generated.shop, REALM, { limits: NO_LIMITS, ...company }),
    options: { perMinute: null, perSecond: null },
    ...(oauth && { oauth }),
  });
  if (!company?.multiCurrency) seedBooks(harness.control, REALM, generated.shop.quickbooksSeed);
  for (const rule of WORSE_DAY) harness.control.addFault(rule);
  return generated;
}

const sourceId = ({ source, id }: CanonicalOrder) => `${source}:${id}`;

/** What lives in QuickBooks for an order, by its markers alone. */
function booked(order: CanonicalOrder) {
  const { invoices, payments } = harness.live();
  const of = (kind: 'invoice' | 'payment') => ownershipMarker(kind, 'https://shop.example', sourceId(order));
  const marked = <T extends { privateNote: string | undefined }>(all: readonly T[], marker: string) =>
    all.filter(({ privateNote }) => privateNote?.includes(marker));
  return {
    invoices: marked(invoices, of('invoice')).map(({ totalMinor, taxMinor, openMinor }) => [
      totalMinor,
      taxMinor,
      openMinor,
    ]),
    payments: marked(payments, of('payment')).map(({ totalMinor, openMinor }) => [totalMinor, openMinor]),
  };
}

function expected(order: CanonicalOrder) {
  const { totalMinor, totalTaxMinor, paidDate } = order;
  const paid = paidDate !== null && totalMinor > 0;
  return { invoices: [[totalMinor, totalTaxMinor, paid ? 0 : totalMinor]], payments: paid ? [[totalMinor, 0]] : [] };
}

function expectBooks(
  orders: readonly CanonicalOrder[],
  results: ReadonlyMap<string, WorkSettled>,
  held: readonly string[],
) {
  const wrong = orders.flatMap((order) => {
    const result = results.get(sourceId(order));
    const code = result?.problem?.code;
    const isHeld = result?.outcome === 'held' && code !== undefined && held.includes(code);
    const should = isHeld ? { invoices: [], payments: [] } : expected(order);
    const is = booked(order);
    const fits = JSON.stringify(is) === JSON.stringify(should) && (isHeld || result?.problem === null);
    return fits ? [] : [{ number: order.number, outcome: result?.outcome, problem: result?.problem, is, should }];
  });
  expect(wrong).toEqual([]);
}

describe('promises under everything that is unconfirmed', () => {
  it.each(ROWS)('$name', { timeout: 60_000 }, async (row) => {
    const { orders } = await start(row);
    const ids = orders.map(sourceId);
    await harness.send(orders);
    const first = await harness.settled(ids, 1, 40_000);
    await eventually(() => harness.control.stats(REALM).inFlight === 0);
    expectBooks(orders, first, row.held ?? []);
    harness.control.clearFaults();
    const writes = harness.writes().length;
    await harness.send(orders, { reason: 'changed' });
    expectBooks(orders, await harness.settled(ids, 2, 40_000), row.held ?? []);
    expect(harness.writes()).toHaveLength(writes);
    expect(harness.ledger().emails).toEqual([]);
    expect(harness.control.stats(REALM).internalErrors).toEqual([]);
  });
});
