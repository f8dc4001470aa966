import { CanonicalOrder } from '@tillstream/contracts';
import { describe, expect, it } from 'vitest';
import { SAMPLE_ORDER, sampleOrder, withLine } from '../../test/sample-order.js';
import { parseOrder } from './parse-order.js';

function parsed(raw: unknown): CanonicalOrder {
  const result = parseOrder(raw);
  if (!result.ok) throw new Error(result.message);
  return CanonicalOrder.parse(result.order);
}

function line(fields: Record<string, unknown>) {
  const [first] = parsed(withLine(fields)).lines;
  if (first === undefined) throw new Error('no line');
  return first;
}

describe('parseOrder', () => {
  it('reads the documented order', () => {
    expect(parsed(SAMPLE_ORDER)).toEqual({
      source: 'woo',
      id: '1042',
      number: '1042',
      status: 'processing',
      currency: 'USD',
      createdDate: '2026-11-22',
      paidDate: '2026-11-22',
      completedDate: null,
      modifiedAt: '2026-11-23T05:15:06.000Z',
      totalMinor: 4428,
      totalTaxMinor: 328,
      buyer: {
        id: null,
        email: 'ann@example.com',
        phone: '',
        billing: {
          firstName: 'Ann',
          lastName: 'Lee',
          company: 'Lee & Daughters',
          line1: '1 Elm St',
          line2: '',
          city: 'Reno',
          state: 'NV',
          postcode: '89501',
          country: 'US',
        },
        shipping: {
          firstName: 'Ann',
          lastName: 'Lee',
          company: '',
          line1: '',
          line2: '',
          city: '',
          state: '',
          postcode: '',
          country: '',
        },
      },
      paymentMethod: 'stripe',
      paymentMethodTitle: 'Card',
      transactionId: 'ch_1',
      lines: [
        {
          id: '311',
          name: 'Mug – Blue',
          productId: '88',
          variationId: '91',
          sku: 'MUG-B',
          quantity: '2',
          subtotalMinor: 4000,
          totalMinor: 3600,
          totalTaxMinor: 288,
          taxes: [{ rateId: '1', amountMinor: 288 }],
        },
      ],
      fees: [],
      shipping: [
        { id: '313', name: 'Flat rate', totalMinor: 500, totalTaxMinor: 40, taxes: [{ rateId: '1', amountMinor: 40 }] },
      ],
      taxLines: [
        { rateId: '1', label: 'Tax', ratePercent: '8.25', compound: false, taxMinor: 288, shippingTaxMinor: 40 },
      ],
      couponCodes: ['save10'],
      refunds: [{ id: '1050', reason: 'damaged', amountMinor: 1000 }],
    });
  });

  it.each([
    ['behind UTC', { date_created: '2026-11-22T21:15:04', date_created_gmt: '2026-11-23T05:15:04' }, '2026-11-23'],
    ['ahead of UTC', { date_created: '2026-11-23T18:45:00', date_created_gmt: '2026-11-23T05:15:00' }, '2026-11-24'],
    ['unknown', { date_created: '2026-11-23T18:45:00', date_created_gmt: null }, '2026-11-24'],
  ])('finds a missing local date by how far the order itself is from UTC: %s (B2)', (_zone, created, date) => {
    const gmt = { date_paid_gmt: '2026-11-24T05:00:00', date_completed_gmt: '2026-11-24T05:00:00' };
    for (const missing of [{ date_paid: null, date_completed: null }, { date_paid: undefined }]) {
      const order = parsed(sampleOrder({ ...created, ...gmt, ...missing }));
      expect(order).toMatchObject({ paidDate: date, completedDate: date });
    }
  });

  it('does not break on a date that no calendar has', () => {
    const order = parsed(sampleOrder({ date_created_gmt: '0000-00-00T00:00:00', date_paid: null }));
    expect(order.paidDate).toBe('2026-11-23');
  });

  it('never asks a zone: dates are those of the local fields, whatever the offset seems to be', () => {
    const order = parsed(
      sampleOrder({
        date_created: '2026-11-22T23:59:59',
        date_created_gmt: '2026-11-22T23:59:59',
        date_paid: '2026-11-23T00:00:01',
        date_paid_gmt: '2026-11-22T08:00:01',
      }),
    );
    expect(order).toMatchObject({ createdDate: '2026-11-22', paidDate: '2026-11-23' });
  });

  it('takes calendar dates from the local fields and being paid or completed from the UTC twins (B2, B3)', () => {
    const order = parsed(
      sampleOrder({ date_paid: '2026-11-22T21:15:05', date_paid_gmt: null, date_completed_gmt: '2026-11-24T05:00:00' }),
    );
    expect(order.paidDate).toBeNull();
    expect(order.completedDate).toBe('2026-11-23');
    expect(
      parsed(sampleOrder({ date_completed: '2026-11-23T21:00:00', date_completed_gmt: '2026-11-24T05:00:00' })),
    ).toMatchObject({
      completedDate: '2026-11-23',
    });
  });

  it('scales amounts by the currency and rounds up to six decimals half away from zero', () => {
    expect(parsed(sampleOrder({ total: '44.2850', total_tax: '1.005' }))).toMatchObject({
      totalMinor: 4429,
      totalTaxMinor: 101,
    });
    expect(parsed(sampleOrder({ currency: 'JPY', total: '166.18' })).totalMinor).toBe(166);
    expect(parsed(sampleOrder({ currency: 'KWD', total: '5' })).totalMinor).toBe(5000);
    expect(parsed(sampleOrder({ total: '-0.36' })).totalMinor).toBe(-36);
    expect(parsed(sampleOrder({ total: '0.00', refunds: [{ id: 1, total: '-0.00' }] })).refunds).toEqual([
      { id: '1', reason: '', amountMinor: 0 },
    ]);
  });

  it('reads what plugins make of lines', () => {
    expect(line({ product_id: 0, variation_id: 0, sku: null })).toMatchObject({
      productId: null,
      variationId: null,
      sku: null,
    });
    expect(line({ sku: '' }).sku).toBeNull();
    expect(line({ sku: 4711 }).sku).toBe('4711');
    expect(line({ quantity: 2.5 }).quantity).toBe('2.5');
    expect(line({ quantity: '3.0' }).quantity).toBe('3');
    expect(line({ quantity: 0.1 + 0.2 }).quantity).toBe('0.3');
    expect(line({ quantity: 1000 }).quantity).toBe('1000');
    expect(line({ quantity: -1 }).quantity).toBe('-1');
    expect(line({ total: 18.000000000000004, subtotal: undefined })).toMatchObject({
      totalMinor: 1800,
      subtotalMinor: 1800,
    });
    expect(line({ taxes: [{ id: 7, total: '0.00' }] }).taxes).toEqual([{ rateId: '7', amountMinor: 0 }]);
    expect(line({ name: 'AT&T &copy; &lt;b&gt; &amp;amp;' }).name).toBe('AT&T © <b> &amp;');
  });

  it('keeps negative fees with their negative tax', () => {
    const fee = {
      id: 5,
      name: 'Discount',
      amount: '-99.00',
      total: '-20.29',
      total_tax: '-0.85',
      taxes: [{ id: 1, total: '-0.85' }],
    };
    expect(parsed(sampleOrder({ fee_lines: [fee] })).fees).toEqual([
      { id: '5', name: 'Discount', totalMinor: -2029, totalTaxMinor: -85, taxes: [{ rateId: '1', amountMinor: -85 }] },
    ]);
  });

  it('passes unknown fields and statuses, missing lists, and the number of a numbering plugin', () => {
    const raw = sampleOrder({
      number: 'INV-2026/7',
      status: 'shipped',
      customer_id: 12,
      coupon_lines: undefined,
      refunds: null,
      shipping: [],
      transaction_id: null,
      plugin_field: { anything: true },
    });
    expect(parsed(raw)).toMatchObject({
      number: 'INV-2026/7',
      status: 'shipped',
      couponCodes: [],
      refunds: [],
      transactionId: '',
    });
    expect(parsed(raw).buyer.id).toBe('12');
    expect(parsed(sampleOrder({ number: '' })).number).toBe('1042');
  });

  it.each([
    ['not an order', 'text', { id: null, number: null, status: null }],
    ['nothing', null, { id: null }],
    ['no total', sampleOrder({ total: undefined }), { id: '1042', number: '1042', status: 'processing' }],
    ['an empty total', sampleOrder({ total: '' }), { id: '1042' }],
    ['a total with a comma', sampleOrder({ total: '44,28' }), { id: '1042' }],
    ['a line amount that is none', withLine({ total: 'free' }), { id: '1042' }],
    ['an amount beyond exact integers', sampleOrder({ total: '99999999999999999' }), { id: '1042' }],
    ['no currency', sampleOrder({ currency: '' }), { id: '1042' }],
    ['a creation date that is none', sampleOrder({ date_created: 'soon' }), { id: '1042' }],
    ['a day no calendar has', sampleOrder({ date_created: '2026-02-30T10:00:00' }), { id: '1042' }],
    ['a payment at no time', sampleOrder({ date_paid: null, date_paid_gmt: '2026-13-01T00:00:00' }), { id: '1042' }],
    ['lines that are no list', sampleOrder({ line_items: 'none' }), { id: '1042' }],
    ['a line that is nothing', sampleOrder({ line_items: [null] }), { id: '1042' }],
    ['an amount of 100 kB', sampleOrder({ total: '1'.repeat(100_000) }), { id: '1042' }],
  ])('reports %s instead of throwing, with what can be read', (_what, raw, known) => {
    expect(parseOrder(raw)).toMatchObject({ ok: false, code: 'source_invalid', ...known });
  });

  it.each([
    [{ total: '44,28' }, 'the field total is "44,28", which'],
    [{ total: undefined }, 'the field total is missing'],
    [{ total_tax: ['x'] }, 'the field total_tax is a list'],
    [{ line_items: { 3: { id: 1, total: 'free' } } }, 'the field line_items.0.total is "free"'],
    [{ total: 'x'.repeat(500) }, `is "${'x'.repeat(40)}", which`],
  ])('names the field and what stands in it: %j', (over, words) => {
    expect(parseOrder(sampleOrder(over))).toMatchObject({ ok: false, message: expect.stringContaining(words) });
  });

  it('is not held by members that the books do not need', () => {
    const odd = { secret: 'ann@example.com' };
    const order = parsed(
      sampleOrder({
        billing: { ...SAMPLE_ORDER.billing, email: odd, phone: false, city: ['x'] },
        shipping: false,
        customer_id: '12',
        coupon_lines: '',
        fee_lines: false,
        tax_lines: null,
        date_paid: '0000-00-00T00:00:00',
        date_completed_gmt: 'soon',
        payment_method: null,
        transaction_id: 7,
      }),
    );
    expect(order).toMatchObject({ fees: [], taxLines: [], couponCodes: [], transactionId: '7', completedDate: null });
    expect(order.buyer).toMatchObject({ id: '12', email: '', phone: '', billing: { city: '' } });
  });

  it.each([
    ['text ids', { product_id: '7908', variation_id: '91' }, { productId: '7908', variationId: '91' }],
    ['empty ids', { product_id: '', variation_id: false }, { productId: null, variationId: null }],
    ['zeros as text', { product_id: '0', variation_id: '0' }, { productId: null, variationId: null }],
    ['counts as text', { quantity: '1.50' }, { quantity: '1.5' }],
    ['a count nobody can read', { quantity: 'two' }, { quantity: '1' }],
    ['an endless count', { quantity: Number.POSITIVE_INFINITY }, { quantity: '1' }],
    ['numbers for amounts', { total: 634, subtotal: 634.0 }, { totalMinor: 63_400, subtotalMinor: 63_400 }],
    ['a dash for an amount', { total_tax: '-', subtotal: '-' }, { totalTaxMinor: 0, subtotalMinor: 3600 }],
    ['false for an amount', { total_tax: false, subtotal: false }, { totalTaxMinor: 0, subtotalMinor: 3600 }],
    ['tiny floats of PHP', { taxes: [{ id: '1', total: '-8.0E-5' }] }, { taxes: [{ rateId: '1', amountMinor: 0 }] }],
    ['no taxes at all', { taxes: '' }, { taxes: [] }],
    ['a map of taxes', { taxes: { 4: { id: 1, total: '1.60' } } }, { taxes: [{ rateId: '1', amountMinor: 160 }] }],
  ])('reads %s of a line', (_what, fields, expected) => {
    expect(line(fields)).toMatchObject(expected);
  });

  it('reads lists that PHP printed as maps, in the order of their keys', () => {
    const [first] = SAMPLE_ORDER.line_items;
    const lines = { 2: { ...first, id: 2 }, 10: { ...first, id: 10 } };
    expect(parsed(sampleOrder({ line_items: lines })).lines.map(({ id }) => id)).toEqual(['2', '10']);
    expect(parsed(sampleOrder({ line_items: {} })).lines).toEqual([]);
  });

  it('reads compound as PHP writes it', () => {
    const rate = (compound: unknown) => [{ rate_id: '1', rate_percent: '8.0000', compound, tax_total: '1.60' }];
    const read = (compound: unknown) => parsed(sampleOrder({ tax_lines: rate(compound) })).taxLines[0]?.compound;
    expect([true, 1, '1', 'yes', '', 0, '0', null, false].map(read)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  it.each([
    [
      'T-Shirt <small class="variant">(Red &amp;amp; Blue)</small><br/>Gift wrap: <strong>yes</strong>',
      'T-Shirt (Red &amp; Blue) Gift wrap: yes',
    ],
    ['Pack<span data-x="1"> of 3</span>', 'Pack of 3'],
    ['Pipe <5 mm & >2 mm', 'Pipe <5 mm & >2 mm'],
    ['if a <b and c> d', 'if a <b and c> d'],
    ['مرحبا', 'مرحبا'],
  ])('strips markup from the name %j', (name, plainName) => {
    expect(line({ name }).name).toBe(plainName);
  });

  it('cuts texts where they are read, never within a character', () => {
    const long = '🎁'.repeat(50_000);
    const order = parsed(sampleOrder({ number: long, payment_method: long, status: 'x'.repeat(5_000) }));
    for (const text of [order.number, order.paymentMethod, order.status]) {
      expect(text.length).toBeLessThanOrEqual(100);
      expect(text.isWellFormed()).toBe(true);
    }
    expect(line({ name: `x${long}` }).name.length).toBeLessThanOrEqual(1_000);
    expect(parsed(sampleOrder({ billing: { first_name: long } })).buyer.billing.firstName.length).toBeLessThan(1_001);
  });
});

describe('an order that lost its date of creation (B18)', () => {
  const lost = { date_created: null, date_created_gmt: null };
  const never = { date_paid: null, date_paid_gmt: null, date_completed: null, date_completed_gmt: null };
  it.each([
    [{ date_paid: '2025-08-25T11:00:00', date_paid_gmt: '2025-08-25T15:00:00' }, '2025-08-25', 'paid'],
    [
      { ...never, date_completed: '2025-08-26T01:00:00', date_completed_gmt: '2025-08-26T05:00:00' },
      '2025-08-26',
      'completed',
    ],
    [
      { ...lost, date_created: '0000-00-00T00:00:00', date_paid: null, date_paid_gmt: '2025-08-25T15:00:00' },
      '2025-08-25',
      'paid',
    ],
  ])('is dated by what else is known of it: %j', (dates, createdDate, dateBasis) => {
    expect(parsed(sampleOrder({ ...lost, ...dates }))).toMatchObject({ createdDate, dateBasis });
  });

  it('is held under a code of its own when nothing is known', () => {
    expect(parseOrder(sampleOrder({ ...lost, ...never }))).toMatchObject({
      ok: false,
      code: 'source_date_missing',
      id: '1042',
    });
    expect(parsed(sampleOrder({}))).not.toHaveProperty('dateBasis');
  });
});

describe('what belongs to other orders', () => {
  it('reads parents and gift cards, and nothing where there is none', () => {
    const gift_cards = [
      { id: 7, code: 'ABCD', amount: 25 },
      { id: 8, code: 'EMPTY', amount: '0' },
    ];
    expect(parsed(sampleOrder({ parent_id: 17, gift_cards }))).toMatchObject({
      parentId: '17',
      giftCards: [{ code: 'ABCD', amountMinor: 2500 }],
    });
    const plainOrder = parsed(sampleOrder({ parent_id: 0, gift_cards: [] }));
    expect([plainOrder.parentId, plainOrder.giftCards]).toEqual([undefined, undefined]);
  });
});

describe('hostile text in an order', () => {
  const million = 1_000_000;
  it.each([
    ['tags never closed', '<b x='.repeat(million / 5)],
    ['blanks', ' '.repeat(million)],
    ['combining marks', `a${'\u0301'.repeat(million)}`],
    ['entities', '&amp'.repeat(million / 4)],
    ['digits', '9'.repeat(million)],
    ['dashes', '-'.repeat(million)],
  ])('%s are read in less than 50 ms', (_what, text) => {
    const began = performance.now();
    parseOrder(sampleOrder({ number: text, status: text, billing: { first_name: text, email: text } }));
    parseOrder(withLine({ name: text, quantity: text, product_id: text, subtotal: text }));
    expect(performance.now() - began).toBeLessThan(50);
  });
});
