import type { CanonicalOrder, Settings } from '@tillstream/contracts';
import type { CompanyProfile } from '@tillstream/quickbooks';
import { describe, expect, it } from 'vitest';
import { makeOrder } from '../../../../test/orders.js';
import {
  confirmed,
  desiredFor,
  markerIn,
  READY,
  shown,
  standingWith,
  told,
  unconfirmed,
} from '../../../../test/standing.js';
import type { EffectState } from '../../../ledger/domain/index.js';
import type { OrderDocumentKind } from './document.js';
import { reconcile } from './reconcile.js';
import type { Refusal, Seen } from './standing.js';
import type { Failure } from './step.js';

interface Case {
  readonly order?: CanonicalOrder;
  readonly profile?: Partial<CompanyProfile>;
  readonly quickbooks?: Partial<Settings['quickbooks']>;
  readonly entries?: readonly EffectState[];
  /** Beside known references and a free number. */
  readonly seen?: Partial<Seen>;
  readonly isAsked?: boolean;
}
/** Rule, situation, and the steps that follow from it. */
type Row = readonly [rule: string, name: string, given: Case, steps: string];

const paid = makeOrder('1042');
const unpaid = makeOrder('1042', { paidDate: null });
const edited = makeOrder('1042', { lines: paid.lines.map((line) => ({ ...line, name: 'Big mug' })) });
const refunded = makeOrder('1042', { refunds: [{ id: '5', reason: '', amountMinor: 100 }] });
const free = makeOrder('1042', {
  totalMinor: 0,
  totalTaxMinor: 0,
  lines: paid.lines.map((line) => ({ ...line, totalMinor: 0, totalTaxMinor: 0, taxes: [] })),
  taxLines: [],
});
const as = (status: string) => makeOrder('1042', { status });
const invoice = (change: Partial<EffectState> = {}) => confirmed('invoice', change);
const payment = (change: Partial<EffectState> = {}) => confirmed('payment', change);
const noInvoice = (change: Partial<EffectState> = {}) => unconfirmed('invoice', change);
const noPayment = (change: Partial<EffectState> = {}) => unconfirmed('payment', change);

const REMOTE = {};
const failures: Record<string, Failure> = {
  stale: { kind: 'stale', remote: REMOTE },
  not_found: { kind: 'not_found', remote: REMOTE },
  invalid_reference: { kind: 'invalid_reference', element: null, remote: REMOTE },
  duplicate_doc_number: { kind: 'duplicate_doc_number', holderId: null, remote: REMOTE },
  period_closed: { kind: 'period_closed', remote: REMOTE },
  rejected: { kind: 'rejected', code: 'quickbooks_rejected', message: 'no', remote: REMOTE },
  email: { kind: 'rejected', code: 'quickbooks_rejected', message: 'no', remote: { faultCode: '2210' } },
};
function refusal(
  kind: OrderDocumentKind,
  operation: Refusal['operation'],
  failure: keyof typeof failures,
  change: Partial<Refusal> = {},
): Pick<Seen, 'refusals'> {
  const known = failures[failure];
  if (!known) throw new TypeError(`no failure ${failure}`);
  return {
    refusals: new Map([
      [`${kind} woo:1042`, { operation, body: 'x', failure: known, stale: 0, matched: false, ...change }],
    ]),
  };
}

const marker = (kind: OrderDocumentKind) => markerIn(desiredFor(paid), kind);
const ours = (id: string, change = {}) => shown(id, marker('invoice'), change);
const foreign = (id: string) => shown(id, 'somebody’s note');
const voided = { TotalAmt: 0, PrivateNote: `Voided - Woo order 1042\n${marker('invoice')}` };
const byId = (kind: OrderDocumentKind, ...found: (readonly [string, ReturnType<typeof ours> | null])[]) => ({
  documents: new Map(found.map(([id, entity]) => [`${kind} ${id}`, entity])),
});
const wrong = (change: Partial<EffectState['remote']> = {}) => ({
  id: '145',
  syncToken: '0',
  docNumber: '1042',
  totalMinor: 2200,
  taxMinor: 160,
  currency: 'USD',
  ...change,
});
const gone = { gone: true, operation: 'void', remote: wrong({ totalMinor: 0, taxMinor: 0 }) } as const;

// biome-ignore format: a table reads better in rows
const ROWS: readonly Row[] = [
  // --- what should exist is written, once
  ['B3', 'a paid order', {}, 'create invoice, create payment'],
  ['B3', 'an order that is not paid', { order: unpaid }, 'create invoice'],
  ['B3', 'paid, and worth nothing', { order: free }, 'create invoice'],
  ['B3', 'all of it is there', { entries: [invoice(), payment()] }, ''],
  ['B3', 'the invoice is there and the order is paid now', { entries: [invoice()] }, 'create payment'],
  ['B3', 'the payment stays when the shop takes the payment back', { order: unpaid, entries: [invoice(), payment()] }, ''],
  ['B15', 'customer and items are known first', { seen: { refs: null } }, 'refer invoice'],
  ['B8', 'the number is looked at before it is used', { seen: { holders: null } }, 'look at number'],
  ['B14', 'nothing is written of an order in another currency', { order: makeOrder('1042', { currency: 'EUR' }) }, 'hold currency_unsupported'],
  ['B14', 'nor of one below zero', { order: makeOrder('1042', { totalMinor: -1 }) }, 'hold negative_total'],
  ['B13', 'nor of one whose tax cannot be booked', { profile: { usingSalesTax: false } }, 'hold tax_disabled'],
  ['B13', 'what is written already stays when its tax could not be booked any more', { profile: { usingSalesTax: false }, entries: [invoice(), payment()] }, ''],
  ['B15', 'nothing is written when the money would have no account', { quickbooks: { accounts: { depositTo: { default: 'Nowhere' } } } }, 'hold account_missing'],

  // --- dates
  ['B2', 'dated in a closed period', { profile: { bookCloseDate: '2026-03-02' } }, 'hold period_closed'],
  ['B2', 'the day after it', { profile: { bookCloseDate: '2026-03-01' } }, 'create invoice, create payment'],
  ['B2', 'paid in a closed period: no invoice that stays unpaid for ever', { order: makeOrder('1042', { createdDate: '2026-03-04' }), profile: { bookCloseDate: '2026-03-03' } }, 'hold period_closed'],
  ['B2', 'closed after all was written', { profile: { bookCloseDate: '2026-12-31' }, entries: [invoice(), payment()] }, ''],
  ['B2', 'closed after the invoice was written, paid in an open one', { order: makeOrder('1042', { paidDate: '2026-05-01' }), profile: { bookCloseDate: '2026-04-30' }, entries: [invoice()] }, 'create payment'],
  ['B2', 'closed after the invoice was written, paid in it', { profile: { bookCloseDate: '2026-04-30' }, entries: [invoice()] }, 'hold period_closed'],

  // --- refunds, edits, statuses
  ['B4', 'refunds with money in them, before anything is written', { order: refunded }, 'hold order_has_refunds'],
  ['B4', 'and after', { order: refunded, entries: [invoice(), payment()] }, 'hold order_has_refunds'],
  ['B5', 'edited after its invoice was written', { order: edited, entries: [invoice(), payment()] }, 'hold order_edited'],
  ['B5', 'edited back', { entries: [invoice(), payment()] }, ''],
  ['B5', 'edited before anything was written', { order: edited }, 'create invoice, create payment'],
  ['B6', 'cancelled and never written', { order: as('cancelled') }, 'skip status_left'],
  ['B6', 'cancelled and written', { order: as('cancelled'), entries: [invoice()] }, 'hold order_cancelled'],
  ['B6', 'cancelled and written, to be voided by the settings', { order: as('trash'), entries: [invoice()], quickbooks: { onOrderCancelled: 'void' } }, 'hold order_cancelled'],
  ['B6', 'cancelled and written, to be kept by the settings', { order: as('failed'), entries: [invoice()], quickbooks: { onOrderCancelled: 'keep' } }, 'skip status_left'],
  ['B6', 'cancelled and edited: the cancellation counts', { order: { ...edited, status: 'cancelled' }, entries: [invoice()] }, 'hold order_cancelled'],
  ['B6', 'in a status outside the list, written', { order: as('on-hold'), entries: [invoice()] }, 'skip status_left'],
  ['B6', 'in a status outside the list, and never written', { order: as('on-hold') }, 'skip status_left'],
  ['B6', 'restored', { entries: [invoice()] }, 'create payment'],

  // --- replies that were lost
  ['D13', 'the reply to the invoice was lost', { entries: [noInvoice({ status: 'unknown' })] }, 'look at outcome of invoice'],
  ['D13', 'the process died before an outcome was stored', { entries: [noInvoice({ status: 'intended' })] }, 'look at outcome of invoice'],
  ['D13', 'the reply to the payment was lost', { entries: [invoice(), noPayment({ status: 'unknown' })] }, 'look at outcome of payment'],
  ['D13', 'before anything is said about a cancellation', { order: as('cancelled'), entries: [noInvoice({ status: 'unknown' })] }, 'look at outcome of invoice'],
  ['D13', 'and about an edit', { order: edited, entries: [noInvoice({ status: 'unknown' })] }, 'look at outcome of invoice'],
  ['D12', 'proven absent: the same again, without a look at the number', { entries: [noInvoice({ status: 'absent', doubted: true })], seen: { holders: null } }, 'create invoice, create payment'],
  ['ADR 0009', 'proven absent and edited meanwhile: either version may be written', { order: edited, entries: [noInvoice({ status: 'absent', doubted: true })] }, 'create invoice, update invoice, create payment'],
  ['ADR 0009', 'absent again after either was sent', { entries: [noInvoice({ status: 'absent', doubted: true, mixed: true })] }, 'create invoice, update invoice, create payment'],
  ['ADR 0009', 'sent back unread after proven absence, and edited', { order: edited, entries: [noInvoice({ status: 'rejected', doubted: true, rejection: { code: 'throttled', remote: null } })] }, 'create invoice, update invoice, create payment'],
  ['ADR 0009', 'refused by QuickBooks itself after proven absence: another request id', { order: edited, entries: [noInvoice({ status: 'rejected', doubted: true, rejection: { code: 'period_closed', remote: null } })] }, 'create invoice, create payment'],
  ['ADR 0009', 'either version was written: this one goes over it', { entries: [invoice({ mixed: true })] }, 'update invoice, create payment'],
  ['ADR 0009', 'refused to go over it: the totals decide', { entries: [invoice({ status: 'rejected', operation: 'update' })] }, 'create payment'],
  ['D11', 'refused before: asked again', { entries: [noInvoice({ status: 'rejected', rejection: { code: 'throttled', remote: null } })] }, 'create invoice, create payment'],

  // --- another amount than predicted
  ['B1', 'another total: corrected', { entries: [invoice({ remote: wrong() })] }, 'update invoice, create payment'],
  ['B1', 'another tax: corrected', { entries: [invoice({ remote: wrong({ totalMinor: 2160, taxMinor: 161 }) })] }, 'update invoice, create payment'],
  ['B1', 'the correction was put off: corrected', { entries: [invoice({ remote: wrong(), status: 'rejected', operation: 'update' })] }, 'update invoice, create payment'],
  ['B1', 'corrected in vain: taken back, and the order held', { entries: [invoice({ remote: wrong(), operation: 'update' })] }, 'void invoice, hold remote_total_differs'],
  ['B1', 'the correction was refused: taken back', { entries: [invoice({ remote: wrong(), status: 'rejected', operation: 'update' })], seen: { ...refusal('invoice', 'update', 'rejected'), ...byId('invoice', ['145', ours('145')]) } }, 'void invoice, hold remote_total_differs'],
  ['B1', 'nor can it be taken back', { entries: [invoice({ remote: wrong(), status: 'rejected', operation: 'void' })], seen: refusal('invoice', 'void', 'rejected') }, 'hold remote_total_differs'],
  ['B1', 'a payment of another amount: corrected', { entries: [invoice(), payment({ remote: wrong({ id: '146', totalMinor: 2000 }) })] }, 'update payment'],
  ['B1', 'a payment that hangs unapplied: taken back', { entries: [invoice(), payment({ remote: wrong({ id: '146', totalMinor: 0 }), operation: 'update' })] }, 'void payment, hold remote_total_differs'],
  ['B1', 'taken back: not written again by itself', { entries: [invoice(gone)] }, 'hold remote_total_differs'],
  ['B1', 'taken back: written again when somebody asks', { entries: [invoice(gone)], isAsked: true }, 'recreate invoice, create payment'],
  ['B1', 'taken back: written again when the order says something else', { order: edited, entries: [invoice(gone)] }, 'recreate invoice, create payment'],
  ['B1', 'taken back a moment ago: not in the same breath', { entries: [invoice(gone)], isAsked: true, seen: { takenBack: new Map([['invoice woo:1042', { kind: 'held', code: 'remote_total_differs', message: 'm' }]]) } }, 'hold remote_total_differs'],
  ['B1', 'corrected and edited: the correction first, then held', { order: edited, entries: [invoice({ remote: wrong(), status: 'rejected', operation: 'update' })] }, 'update invoice, hold order_edited'],

  // --- what people do meanwhile
  ['B5', 'a newer version: read by id', { entries: [invoice({ remote: wrong() })], seen: refusal('invoice', 'update', 'stale', { stale: 1 }) }, 'look at documents of invoice'],
  ['B5', 'and built anew over it', { entries: [invoice({ remote: wrong() })], seen: { ...refusal('invoice', 'update', 'stale', { stale: 1 }), ...byId('invoice', ['145', ours('145')]) } }, 'update invoice, create payment'],
  ['B5', 'newer three times: somebody is at it', { entries: [invoice({ remote: wrong() })], seen: refusal('invoice', 'update', 'stale', { stale: 3 }) }, 'wait quickbooks_busy'],
  ['B5', 'voided by a person: not brought back to life', { entries: [invoice({ remote: wrong() })], seen: { ...refusal('invoice', 'update', 'stale', { stale: 1 }), ...byId('invoice', ['145', shown('145', '', voided)]) } }, 'hold removed_in_quickbooks'],
  ['B5', 'deleted by a person', { entries: [invoice({ remote: wrong() })], seen: { ...refusal('invoice', 'update', 'not_found'), ...byId('invoice', ['145', null]) } }, 'hold removed_in_quickbooks'],
  ['B5', 'its version is not known: read by id', { entries: [invoice({ mixed: true, remote: wrong({ syncToken: null }) })] }, 'look at documents of invoice'],
  ['B3', 'the payment is refused: what of the invoice?', { entries: [invoice()], seen: refusal('payment', 'create', 'rejected') }, 'look at documents of invoice'],
  ['B3', 'the invoice was removed', { entries: [invoice()], seen: { ...refusal('payment', 'create', 'rejected'), ...byId('invoice', ['145', null]) } }, 'hold removed_in_quickbooks'],
  ['B3', 'somebody booked the money already', { entries: [invoice()], seen: { ...refusal('payment', 'create', 'rejected'), ...byId('invoice', ['145', ours('145', { Balance: 0 })]) } }, 'hold edited_in_quickbooks'],
  ['B3', 'the invoice is open: the refusal speaks for itself', { entries: [invoice()], seen: { ...refusal('payment', 'create', 'rejected'), ...byId('invoice', ['145', ours('145', { Balance: 21.6 })]) } }, 'refused rejected'],
  ['B2', 'the books were closed unseen', { seen: refusal('invoice', 'create', 'period_closed') }, 'refused period_closed'],
  ['B9', 'its e-mail address is refused: written without it', { seen: refusal('invoice', 'create', 'email') }, 'create invoice, create payment'],
  ['B9', 'a reference is gone: everything is matched anew', { seen: refusal('invoice', 'create', 'invalid_reference') }, 'look at names'],
  ['B9', 'something else fits: written with it', { seen: { ...refusal('invoice', 'create', 'invalid_reference'), matched: true } }, 'create invoice, create payment'],
  ['B9', 'and something else again', { seen: { ...refusal('invoice', 'create', 'not_found', { matched: true }), matched: true } }, 'wait quickbooks_busy'],

  // --- numbers, and documents that the ledger does not know
  ['B8', 'a foreign invoice has the number', { seen: { holders: [foreign('9')] } }, 'hold doc_number_taken'],
  ['B8', 'one of ours has it, where QuickBooks numbers by itself', { seen: { holders: [shown('9', '[ts1 invoice aaaaaaaaaaaaaaaa]')] }, profile: { customTxnNumbers: false } }, 'create invoice, create payment'],
  ['B8', 'the number was taken between look and write: looked at again', { seen: { holders: null, ...refusal('invoice', 'create', 'duplicate_doc_number') } }, 'look at number'],
  ['B8', 'and nobody has it', { seen: refusal('invoice', 'create', 'duplicate_doc_number') }, 'refused duplicate_doc_number'],
  ['B8', 'what we took back keeps its number and is in nobody’s way', { entries: [invoice(gone)], isAsked: true, seen: { holders: [shown('145', '', voided)] } }, 'recreate invoice, create payment'],
  ['B7', 'it has our marker: adopted', { seen: { holders: [ours('145')] } }, 'adopt invoice 145'],
  ['B7', 'two have it: reported', { seen: { holders: [ours('145'), ours('147')] } }, 'report invoice 145 147'],
  ['B5', 'ours, and voided by a person', { seen: { holders: [shown('145', '', voided)] } }, 'hold removed_in_quickbooks'],
  ['B7', 'adopted: its payment may be there as well', { entries: [invoice({ by: 'adoption', body: null, sourceHash: null })] }, 'look at payments of invoice'],
  ['B7', 'and is', { entries: [invoice({ by: 'adoption', body: null, sourceHash: null })], seen: { payments: [shown('146', marker('payment'))] } }, 'adopt payment 146'],
  ['B3', 'and is not: the payment names the invoice’s own customer', { entries: [invoice({ by: 'adoption', body: null, sourceHash: null })], seen: { payments: [] } }, 'look at documents of invoice'],
  ['B5', 'adopted with another amount', { entries: [invoice({ by: 'adoption', body: null, sourceHash: null, remote: wrong() })] }, 'hold order_edited'],
  ['B5', 'an adopted payment of another amount is somebody’s change', { entries: [invoice(), payment({ by: 'adoption', remote: wrong({ id: '146', totalMinor: 2000 }) })] }, ''],
  ['D14', 'two with one marker: which of them live?', { entries: [invoice({ duplicates: ['145', '147'] }), payment()] }, 'look at documents of invoice'],
  ['D14', 'both', { entries: [invoice({ duplicates: ['145', '147'] }), payment()], seen: byId('invoice', ['145', ours('145')], ['147', ours('147')]) }, 'hold duplicate_document'],
  ['D14', 'the other one', { entries: [invoice({ duplicates: ['145', '147'] }), payment()], seen: byId('invoice', ['145', null], ['147', ours('147')]) }, 'adopt invoice 147'],
  ['D14', 'ours', { entries: [invoice({ duplicates: ['145', '147'] }), payment()], seen: byId('invoice', ['145', ours('145')], ['147', shown('147', '', voided)]) }, ''],
  ['D14', 'before anything is said about a cancellation', { order: as('cancelled'), entries: [invoice({ duplicates: ['145', '147'] })], seen: byId('invoice', ['145', ours('145')], ['147', ours('147')]) }, 'hold duplicate_document'],
];

describe('what follows from an order and what stands for it', () => {
  it.each(ROWS)('%s: %s', (_rule, _name, { order = paid, profile = {}, quickbooks = {}, ...rest }, steps) => {
    const { entries = [], seen = {}, isAsked = false } = rest;
    const standing = standingWith(entries, { ...READY, ...seen });
    expect(told(reconcile(desiredFor(order, { profile, quickbooks }), standing, { isAsked }))).toBe(steps);
  });

  it('is the same list each time', () => {
    const standing = standingWith([]);
    const list = () => reconcile(desiredFor(paid), standing, { isAsked: false });
    expect(list()).toEqual(list());
  });
});
