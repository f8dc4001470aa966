import { describe, expect, it } from 'vitest';
import { auditMirror, type MirrorRow, type MirrorTable } from './mirror.js';

const row = (id: string, over: Partial<MirrorRow> = {}): MirrorRow => ({
  id,
  raw: { id, total: '1.00' },
  deleted: false,
  amounts: [{ column: 'total_minor', minor: 100, expectedMinor: 100 }],
  ...over,
});
const table = (rows: readonly MirrorRow[], ids: readonly string[] = ['1']): MirrorTable => ({
  name: 'woo_orders',
  expected: new Map(ids.map((id) => [id, { total: '1.00', id }])),
  rows,
});
const kinds = (...tables: readonly MirrorTable[]) => auditMirror(tables, []).problems.map(({ kind }) => kind);

describe('the comparison of shop and Supabase', () => {
  it('finds nothing where both agree, whatever the order of keys', () => {
    expect(auditMirror([table([row('1')])], [])).toEqual({ rows: { woo_orders: 1 }, problems: [] });
  });

  it.each([
    ['a missing row', [], ['row_missing']],
    ['a row marked as deleted that should live', [row('1', { deleted: true })], ['row_missing']],
    ['a row too many', [row('1'), row('2')], ['row_extra']],
    ['a row twice', [row('1'), row('1')], ['row_twice']],
    ['other content', [row('1', { raw: { id: '1', total: '2.00' } })], ['raw_differs']],
    [
      'a cent off in a column',
      [row('1', { amounts: [{ column: 'total_minor', minor: 99, expectedMinor: 100 }] })],
      ['amount_differs'],
    ],
  ] as const)('finds %s', (_, rows, expected) => {
    expect(kinds(table(rows))).toEqual(expected);
  });

  it('takes a deleted row for no row where the shop has none', () => {
    expect(kinds(table([row('1'), row('2', { deleted: true })]))).toEqual([]);
  });

  it('names what differs', () => {
    const [problem] = auditMirror([table([row('1', { raw: { id: '1', total: '2.00', note: 'x' } })])], []).problems;
    expect(problem?.detail).toBe('total, note');
  });

  it('finds a version that went back', () => {
    const change = { table: 'woo_orders', id: '1', oldVersion: 2n, newVersion: 1n };
    expect(auditMirror([table([row('1')])], [change]).problems).toEqual([
      { kind: 'went_back', table: 'woo_orders', id: '1', detail: 'version 1 over 2' },
    ]);
    expect(auditMirror([], [{ ...change, newVersion: 2n }]).problems).toEqual([]);
  });
});
