import { describe, expect, it } from 'vitest';
import { rawOrder, record } from '../../../test/records.js';
import { COLUMNS } from '../schema/index.js';
import { isStorable, keyOf, type TableRecord, tableRecords } from './index.js';

const rowOf = (change: Parameters<typeof record>[0]) => tableRecords(record(change))[0]?.row ?? {};

const linesOf = (made: TableRecord | undefined) => (made?.record['lines'] ?? []) as readonly { id: string }[];

describe('an order', () => {
  it('has every column of its table, lines and refunds likewise', () => {
    const [made] = tableRecords(record({ related: { refunds: [{ id: 5, amount: '1.00' }] } }));
    const names = (value: unknown) => Object.keys(value as object).sort();
    expect(names(made?.row)).toEqual(COLUMNS.orders.map(({ name }) => name).sort());
    const own = (table: 'order_lines' | 'order_refunds') =>
      [...COLUMNS[table].map(({ name }) => name).filter((name) => name !== 'order_id'), 'id', 'raw'].sort();
    const { lines, refunds } = (made?.record ?? {}) as { lines: readonly unknown[]; refunds: readonly unknown[] };
    expect(names(lines[0])).toEqual(own('order_lines'));
    expect(names(refunds[0])).toEqual(own('order_refunds'));
  });

  it.each([
    ['JPY', '500', 500, '500'],
    ['KWD', '1.234', 1234, '1.234'],
    ['USD', '0.1', 10, '0.10'],
    ['USD', '44.285', 4429, '44.29'],
    ['usd', 44.28, 4428, '44.28'],
    ['USD', '90071992547409.92', null, '90071992547409.92'],
    ['USD', '1e3', null, null],
    ['USD', 'NaN', null, null],
    ['USD', null, null, null],
    ['??', '44.28', null, '44.28'],
  ])('reads money exactly: %s %s', (currency, total, minor, decimal) => {
    expect(rowOf({ raw: rawOrder(1, { currency, total }) })).toMatchObject({ total_minor: minor, total: decimal });
  });

  it.each([
    ['2026-11-23T05:15:04', '2026-11-23T05:15:04Z'],
    ['2026-11-23 05:15:04', '2026-11-23T05:15:04Z'],
    ['2026-02-30T05:15:04', null],
    ['0000-00-00T00:00:00', null],
    ['soon', null],
    [17, null],
  ])('reads times as UTC: %s', (given, expected) => {
    expect(rowOf({ raw: rawOrder(1, { date_created_gmt: given }) })).toMatchObject({ created_at: expected });
  });

  it('survives any nonsense: what cannot be read is null and raw is untouched', () => {
    const raw = { id: 1, billing: 'x', line_items: { a: 1 }, refunds: null, total: {}, customer_id: 0, number: null };
    const [made] = tableRecords(record({ raw }));
    expect(made?.record['raw']).toBe(raw);
    expect(made?.row).toMatchObject({ number: '1', customer_id: null, email: null, total: null });
    expect(made?.record['lines']).toEqual([]);
    expect(() => [5, 'x', [], true].map((each) => tableRecords(record({ raw: each })))).not.toThrow();
  });

  it('names lines that share an id or have none', () => {
    const [made] = tableRecords(
      record({ raw: rawOrder(1, { line_items: [{ id: 3 }, { id: 3 }, {}], shipping_lines: [] }) }),
    );
    expect(linesOf(made).map(({ id }) => id)).toEqual(['3', '1:1', '1:2']);
  });

  it('takes the short refunds of the order when the full ones were not read', () => {
    expect(rowOf({ raw: rawOrder(1, { refunds: [{ id: 9, total: '-10.00' }] }) })).toMatchObject({
      refunded_total_minor: 1000,
      refunded_total: '10.00',
    });
  });
});

it('puts variations into their own table with their parent, and a vanished product into question in both', () => {
  const parent = { id: '88', name: 'Mug', sku: 'M' };
  const raw = { id: 91, name: 'Blue', sku: 'M-B', price: '18', attributes: [{ option: 'Blue' }, { option: 'Big' }] };
  const [made] = tableRecords(record({ entity: 'products', raw, related: { parent, currency: 'EUR' } }));
  expect(made).toMatchObject({
    table: 'product_variations',
    row: { parent_id: '88', parent_name: 'Mug', options: 'Blue, Big', price_minor: 1800, currency: 'EUR' },
  });
  const gone = tableRecords(record({ entity: 'products', raw: null, deleted: true }));
  expect(gone.map(({ table }) => table)).toEqual(['products', 'product_variations']);
  expect(tableRecords(record({ entity: 'products', raw: { type: 'simple', price: '18' } }))[0]?.row).toMatchObject({
    price: '18',
    price_minor: null,
  });
});

it('splits the source id at its first colon', () => {
  expect(keyOf({ tenantId: 't', sourceId: 'pos.till:a:b' })).toEqual({ tenant: 't', source: 'pos.till', id: 'a:b' });
});

describe('what PostgreSQL can store', () => {
  it.each([
    ['plain', true],
    ['a\0b', false],
    ['\ud83d', false],
    ['😀', true],
    ['the text \\u0000 written out', true],
  ])('%j', (text, expected) => {
    expect(isStorable(JSON.stringify({ deep: [{ text }] }))).toBe(expected);
    expect(isStorable(JSON.stringify({ [text]: 1 }))).toBe(expected);
  });
});
