import { describe, expect, it } from 'vitest';
import { makeOrder } from '../../../../test/orders.js';
import { confirmed, desiredFor, READY, shown, standingWith, told, unconfirmed } from '../../../../test/standing.js';
import type { DesiredDocument } from './document.js';
import { reconcile } from './reconcile.js';
import { afterRefusal, afterWrite, entryOf, isLive, withDocuments } from './standing.js';
import type { Write } from './step.js';

const wanted = desiredFor(makeOrder('1042'));
const [invoice] = wanted.documents as readonly [DesiredDocument];
const intent = { isAsked: false };
const create: Write = { step: 'create', document: invoice, body: { DocNumber: '1042' }, recreate: false };
const stale = { kind: 'stale', remote: {} } as const;

describe('what stands grows', () => {
  it('by what a write came to', () => {
    const standing = afterWrite(standingWith([]), create, confirmed('invoice'));
    expect(isLive(entryOf(standing, invoice))).toBe(true);
    expect(told(reconcile(wanted, standing, intent))).toBe('create payment');
  });

  it('and what was seen of documents is outdated by it, done or refused', () => {
    const seen = withDocuments(standingWith([]), invoice, new Map([['145', shown('145', '')]]));
    const next = [
      afterWrite(seen, create, confirmed('invoice')),
      afterRefusal(seen, create, unconfirmed('invoice', { status: 'rejected' }), stale),
    ];
    for (const { seen: left } of next)
      expect([left.documents.size, left.holders, left.payments]).toEqual([0, null, null]);
    expect(next.map(({ seen: { refs } }) => refs)).toEqual([READY.refs, READY.refs]);
  });

  it('counts how often somebody else was faster, until a write gets through', () => {
    const entry = confirmed('invoice');
    const once = afterRefusal(standingWith([entry]), create, entry, stale);
    const twice = afterRefusal(once, create, entry, stale);
    expect([...twice.seen.refusals.values()]).toMatchObject([
      { operation: 'create', stale: 2, body: '{"DocNumber":"1042"}' },
    ]);
    expect(afterWrite(twice, create, entry).seen.refusals.size).toBe(0);
  });

  it('remembers why it took a document back', () => {
    const because = { kind: 'held', code: 'remote_total_differs', message: 'm' } as const;
    const write: Write = { step: 'void', document: invoice, body: { Id: '145', SyncToken: '0' }, because };
    const standing = afterWrite(standingWith([]), write, confirmed('invoice', { gone: true, operation: 'void' }));
    expect(told(reconcile(wanted, standing, { isAsked: true }))).toBe('hold remote_total_differs');
  });
});
