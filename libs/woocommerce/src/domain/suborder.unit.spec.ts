import type { CanonicalOrder, OrderLine } from '@tillstream/contracts';
import { describe, expect, it } from 'vitest';
import { SAMPLE_ORDER } from '../../test/sample-order.js';
import { parseOrder } from './parse-order.js';
import { suborderOf } from './suborder.js';

const read = parseOrder(SAMPLE_ORDER);
if (!read.ok) throw new TypeError(read.message);
const sample = read.order;
const [some] = sample.lines;
if (some === undefined) throw new TypeError('no line');

const line = (productId: string, totalMinor: number, over: Partial<OrderLine> = {}): OrderLine => ({
  ...some,
  productId,
  totalMinor,
  variationId: null,
  quantity: '1',
  ...over,
});
const order = (lines: readonly OrderLine[], over: Partial<CanonicalOrder> = {}): CanonicalOrder => ({
  ...sample,
  lines: [...lines],
  ...over,
});
const SELECTED = ['processing', 'completed'];
const sale = order([line('1', 6_000), line('2', 4_000)]);

describe('an order with a parent (B17)', () => {
  it.each([
    ['all of one seller', [line('1', 6_000)], 'part'],
    ['all of the sale', [line('2', 4_000), line('1', 6_000)], 'part'],
    ['another amount of the same product (a balance)', [line('1', 500)], 'own'],
    ['something else', [line('9', 6_000)], 'own'],
    ['another quantity', [line('1', 6_000, { quantity: '2' })], 'own'],
    ['another variation', [line('1', 6_000, { variationId: '5' })], 'own'],
    ['a line of the sale and one of its own', [line('1', 6_000), line('9', 100)], 'mixed'],
    ['one line of the sale twice', [line('1', 6_000), line('1', 6_000)], 'mixed'],
    ['no lines', [], 'own'],
  ] as const)('that has %s', (_what, lines, expected) => {
    expect(suborderOf(order(lines), sale, SELECTED)).toBe(expected);
  });

  it('is money of its own when its parent is gone or no sale, and a question when that cannot be read', () => {
    const child = order([line('1', 6_000)]);
    expect(suborderOf(child, null, SELECTED)).toBe('own');
    expect(suborderOf(child, { ...sale, status: 'cancelled' }, SELECTED)).toBe('own');
    expect(suborderOf(child, 'unreadable', SELECTED)).toBe('mixed');
  });
});
