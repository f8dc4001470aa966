import path from 'node:path';
import type { FindQuery } from '@tillstream/document-store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../test/open.js';
import { type Db, openDatabase } from './schema.js';
import { openCollections } from './store/collection-schema.js';
import { countSql, pageSql } from './store/find-sql.js';

const definition = (indexes: readonly (readonly string[])[]) => ({ name: 'runs', indexes });

let folder: ReturnType<typeof temporaryFolder>;
let db: Db;
beforeEach(() => {
  folder = temporaryFolder();
  db = openDatabase(path.join(folder.path, 'plan.db'));
});
afterEach(() => {
  db.close();
  folder.remove();
});

function collection(indexes: readonly (readonly string[])[]) {
  const opened = openCollections(db, [definition(indexes)]).get('runs');
  if (!opened) throw new TypeError('not opened');
  return opened;
}

const explain = (sql: { text: string; values: readonly (string | number)[] }) =>
  db
    .prepare<(string | number)[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql.text}`)
    .all(...sql.values)
    .map((row) => row.detail);

describe('find', () => {
  it.each<[string, FindQuery, boolean, string, boolean?]>([
    ['equality', { where: { status: 'open' } }, false, '(f_status=?)'],
    ['the next page of an equality', { where: { status: 'open' } }, true, '(f_status=? AND id>?)'],
    [
      'equality and range',
      { where: { tenantId: 't', at: { gte: 'a', lt: 'b' } } },
      false,
      '(f_tenantId=? AND f_at>? AND f_at<?)',
      false,
    ],
    ['a sorted page', { where: { tenantId: 't' }, sort: { field: 'at', direction: 'desc' } }, false, '(f_tenantId=?)'],
    [
      'the next sorted page',
      { where: { tenantId: 't' }, sort: { field: 'at', direction: 'desc' } },
      true,
      '(f_tenantId=? AND (f_at,id)<(?,?))',
    ],
    [
      'the next ascending page',
      { where: { tenantId: 't' }, sort: { field: 'at', direction: 'asc' } },
      true,
      '(f_tenantId=? AND (f_at,id)>(?,?))',
    ],
    ['one of several', { where: { status: { in: ['a', 'b'] } } }, false, '(f_status=?)', false],
  ])('searches an index for %s', (_, query, paged, constraint, sorted = true) => {
    const { table, fields } = collection([['status'], ['tenantId', 'at']]);
    const plan = explain(pageSql(table, fields, query, paged ? { value: 'x', id: 'y' } : null));
    expect(plan[0]).toContain(`SEARCH ${table} USING`);
    expect(plan[0]).toContain(constraint);
    // Only a range or a list of values without a sort field must put its few finds in the order of ids.
    expect(plan.length).toBe(sorted ? 1 : 2);
  });

  it('counts from an index alone', () => {
    const { table, fields } = collection([['status']]);
    expect(explain(countSql(table, fields, { status: 'open' }))[0]).toContain('USING COVERING INDEX');
  });

  it('adapts columns and indexes of stored documents when the declaration changes', () => {
    const put = (id: string, doc: object, opened = collection([['status']])) =>
      opened.put(id, opened.bindings(doc, JSON.stringify(doc)), 0);
    put('a', { status: 'open', at: '2026', open: true, n: 7, list: [1] });
    put('b', { status: 'done', at: null });
    const count = (indexes: readonly (readonly string[])[], where: FindQuery['where']) => {
      const { table, fields } = collection(indexes);
      const sql = countSql(table, fields, where);
      return db
        .prepare<(string | number)[]>(sql.text)
        .pluck()
        .get(...sql.values);
    };
    const wider = [['at'], ['open'], ['n'], ['list']];
    expect(count(wider, { at: '2026' })).toBe(1);
    expect(count(wider, { at: null })).toBe(1);
    expect(count(wider, { open: true, n: 7 })).toBe(1);
    expect(count(wider, { list: null })).toBe(2);
    put('c', { status: 'open', at: '2027' }, collection(wider));
    expect(count([['status']], { status: 'open' })).toBe(2);
  });
});
