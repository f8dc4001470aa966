import { defaultSettings, type Settings } from '@tillstream/contracts';
import { describe, expect, it } from 'vitest';
import { SAMPLE_ORDER, sampleOrder, withLine } from '../../test/sample-order.js';
import { orderContentHash, statusGroup, workHash } from './order-hash.js';
import { parseOrder } from './parse-order.js';

const settings = defaultSettings();
const byCompletion: Settings = { ...settings, quickbooks: { ...settings.quickbooks, documentDate: 'completed' } };

function hashOf(raw: Record<string, unknown>, chosen: Settings = settings): string {
  const result = parseOrder(raw);
  if (!result.ok) throw new Error(result.message);
  return workHash(result.order, chosen);
}

const completed = {
  status: 'completed',
  date_completed: '2026-11-25T08:00:00',
  date_completed_gmt: '2026-11-25T16:00:00',
};
const unpaid = { date_paid: null, date_paid_gmt: null, transaction_id: '' };

describe('orderContentHash', () => {
  it.each([
    ['a save without a change', { date_modified: '2026-12-01T00:00:00', date_modified_gmt: '2026-12-01T08:00:00' }],
    ['other links', { _links: {}, payment_url: 'http://shop.example/pay' }],
  ])('does not move with %s', (_what, change) => {
    expect(orderContentHash(sampleOrder(change))).toBe(orderContentHash(SAMPLE_ORDER));
  });

  it.each([
    ['status', { status: 'completed' }],
    ['a note', { customer_note: 'ring twice' }],
    ['a refund that vanished silently', { refunds: [] }],
    ['meta data', { meta_data: [{ id: 1, key: 'k', value: 'v' }] }],
  ])('moves with %s', (_what, change) => {
    expect(orderContentHash(sampleOrder(change))).not.toBe(orderContentHash(SAMPLE_ORDER));
  });

  it('takes broken text: half an emoji must not stop a shop', () => {
    const half = String.fromCharCode(0xd83d);
    expect(orderContentHash(sampleOrder({ customer_note: half }))).toMatch(/^[0-9a-f]{64}$/);
    expect(hashOf(sampleOrder({ payment_method_title: half }))).toMatch(/^[0-9a-f]{64}$/);
  });

  it('does not depend on the order of keys', () => {
    expect(orderContentHash(Object.fromEntries(Object.entries(SAMPLE_ORDER).toReversed()))).toBe(
      orderContentHash(SAMPLE_ORDER),
    );
  });
});

describe('workHash', () => {
  it.each([
    ['completing the order', completed],
    ['a save without a change', { date_modified_gmt: '2026-12-01T08:00:00' }],
    [
      'what never reaches QuickBooks',
      { customer_note: 'ring twice', meta_data: [{ id: 1 }], date_created: '2026-11-22T08:00:00' },
    ],
    ['another selected status', { status: 'refunded' }],
  ])('does not move with %s', (_what, change) => {
    expect(hashOf(sampleOrder(change))).toBe(hashOf(sampleOrder()));
  });

  it.each([
    ['cancelling', { status: 'cancelled' }],
    ['leaving the selection', { status: 'on-hold' }],
    ['losing its payment', unpaid],
    ['a refund', { refunds: [] }],
    ['another total', { total: '44.29' }],
    ['another buyer', { customer_id: 7 }],
    ['another address', { billing: { ...SAMPLE_ORDER.billing, city: 'Elko' } }],
    ['another number', { number: '7' }],
    ['another creation date', { date_created: '2026-11-21T09:00:00' }],
    ['another transaction', { transaction_id: 'ch_2' }],
  ])('moves with %s', (_what, change) => {
    expect(hashOf(sampleOrder(change))).not.toBe(hashOf(sampleOrder()));
  });

  it('moves with a line that was edited without a trace in the dates', () => {
    expect(hashOf(withLine({ name: 'Mug, red' }))).not.toBe(hashOf(sampleOrder()));
    expect(hashOf(withLine({ quantity: 3 }))).not.toBe(hashOf(sampleOrder()));
  });

  it('moves with the payment of an unpaid order', () => {
    expect(hashOf(sampleOrder(unpaid))).not.toBe(hashOf(sampleOrder()));
  });

  it('moves with the completion when that is the document date', () => {
    expect(hashOf(sampleOrder(completed), byCompletion)).not.toBe(hashOf(sampleOrder(), byCompletion));
  });

  it('keeps the groups of statuses apart; the selection wins', () => {
    expect(statusGroup('trash', ['completed'])).toBe('cancelled');
    expect(statusGroup('failed', ['failed'])).toBe('selected');
    expect(statusGroup('pending', ['completed'])).toBe('other');
  });
});
