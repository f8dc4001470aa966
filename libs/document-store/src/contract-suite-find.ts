import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DocumentStoreFactory, DocumentStoreSubject } from './contract-subject.js';
import type { CollectionDefinition, FindQuery } from './port.js';

interface Item {
  readonly tenantId: string;
  readonly at?: string | null;
  readonly rank?: number | null;
  readonly open?: boolean;
}

const COLLECTION: CollectionDefinition = {
  name: 'items',
  indexes: [['tenantId', 'at'], ['tenantId', 'rank'], ['rank'], ['open']],
};

/** The filter grammar, sorting and paging of DocumentStore. */
export function findContract(name: string, factory: DocumentStoreFactory): void {
  describe(`${name}: DocumentStore contract, find`, () => {
    let subject: DocumentStoreSubject;
    beforeEach(async () => {
      subject = await factory([COLLECTION]);
    });
    afterEach(() => subject.dispose());

    async function store(items: Readonly<Record<string, Item>>): Promise<void> {
      const entries = Object.entries(items);
      await subject.store.bulkWrite(
        entries.map(([id, doc]) => ({ op: 'put', collection: 'items', id, doc, expectedVersion: 0 })),
      );
    }
    const find = (query: FindQuery) => subject.store.find<Item>('items', query);
    const ids = async (query: FindQuery) => (await find(query)).items.map((item) => item.id);

    /** All ids page by page; `between` runs after each page. */
    async function pages(query: FindQuery, between: (page: number) => Promise<void> = async () => {}) {
      const found: string[][] = [];
      let cursor: string | null | undefined;
      do {
        const page = await find(cursor === undefined ? query : { ...query, cursor: cursor ?? '' });
        found.push(page.items.map((item) => item.id));
        cursor = page.nextCursor;
        await between(found.length);
      } while (cursor !== null);
      return found;
    }

    const mixed: Readonly<Record<string, Item>> = {
      a: { tenantId: 't1', at: '2026-01-03', rank: 3, open: true },
      b: { tenantId: 't1', at: '2026-01-01', rank: 1, open: false },
      c: { tenantId: 't2', at: '2026-01-02', rank: 2, open: true },
      d: { tenantId: 't1', at: '2026-01-02', rank: null },
      e: { tenantId: 't1', at: null, rank: -1.5 },
      f: { tenantId: 't1', rank: 3 },
    };

    it.each<[string, FindQuery['where'], string[]]>([
      ['nothing', undefined, ['a', 'b', 'c', 'd', 'e', 'f']],
      ['equality', { tenantId: 't1' }, ['a', 'b', 'd', 'e', 'f']],
      ['several fields', { tenantId: 't1', rank: 3 }, ['a', 'f']],
      ['a boolean', { open: true }, ['a', 'c']],
      ['null, which absent fields count as', { at: null }, ['e', 'f']],
      ['one of several values', { tenantId: { in: ['t2', 't3'] } }, ['c']],
      ['one of several values with null', { rank: { in: [1, null] } }, ['b', 'd']],
      ['one of no values', { tenantId: { in: [] } }, []],
      ['a range with both ends', { rank: { gt: 1, lte: 3 } }, ['a', 'c', 'f']],
      ['a range with one end, null not counting', { rank: { lt: 2 } }, ['b', 'e']],
      ['a range of texts', { tenantId: 't1', at: { gte: '2026-01-02' } }, ['a', 'd']],
      ['a range of another type than the values', { rank: { gte: '' } }, []],
    ])('filters by %s', async (_, where, expected) => {
      await store(mixed);
      expect(await ids(where ? { where } : {})).toEqual(expected);
      expect(await subject.store.count('items', where)).toBe(expected.length);
    });

    it.each<[string, FindQuery, string[]]>([
      ['ascending', { sort: { field: 'rank', direction: 'asc' } }, ['d', 'e', 'b', 'c', 'a', 'f']],
      ['descending', { sort: { field: 'rank', direction: 'desc' } }, ['f', 'a', 'c', 'b', 'e', 'd']],
      [
        'within a filter',
        { where: { tenantId: 't1' }, sort: { field: 'at', direction: 'desc' } },
        ['a', 'd', 'b', 'f', 'e'],
      ],
    ])('sorts %s, null first, ties by id', async (_, query, expected) => {
      await store(mixed);
      expect(await ids(query)).toEqual(expected);
      expect((await pages({ ...query, limit: 1 })).flat()).toEqual(expected);
      expect((await pages({ ...query, limit: 2 })).flat()).toEqual(expected);
    });

    it('gives one of several matches as the first by id, and goes on from it', async () => {
      const match = (at: string, rank: number) => ({ tenantId: 't1', at, rank });
      await store({ z: match('2026-01-01', 1), m: match('2026-01-02', 2), a: match('2026-01-03', 3) });
      await store({ b: { tenantId: 't2' } });
      expect(await pages({ where: { tenantId: 't1' }, limit: 1 })).toEqual([['a'], ['m'], ['z']]);
      expect(await pages({ where: { tenantId: 't2' }, limit: 1 })).toEqual([['b']]);
      expect(await find({ where: { tenantId: 't3' }, limit: 1 })).toEqual({ items: [], nextCursor: null });
    });

    it('gives documents with their versions, 50 unless told otherwise, and a cursor only when there is more', async () => {
      await store(
        Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`i${String(n).padStart(2, '0')}`, { tenantId: 't' }])),
      );
      const page = await find({});
      expect([page.items.length, page.items[0]]).toEqual([50, { id: 'i00', version: 1, doc: { tenantId: 't' } }]);
      expect((await find({ cursor: page.nextCursor ?? '' })).nextCursor).toBeNull();
      expect((await find({ limit: 51 })).nextCursor).toBeNull();
    });

    it('pages stably while documents are inserted and deleted: none twice, none missing that was there all the time', async () => {
      const rank = (n: number) => Math.floor(n / 3);
      await store(
        Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`m${n}`, { tenantId: 't', rank: rank(n) }])),
      );
      const between = async (page: number) => {
        await store({
          [`new-low-${page}`]: { tenantId: 't', rank: -page },
          [`new-high-${page}`]: { tenantId: 't', rank: 99 },
        });
        const id = page === 1 ? 'm0' : `new-low-${page - 1}`;
        await subject.store.bulkWrite([{ op: 'delete', collection: 'items', id, expectedVersion: null }]);
      };
      const query: FindQuery = { where: { tenantId: 't' }, sort: { field: 'rank', direction: 'asc' }, limit: 7 };
      const seen = (await pages({ ...query, limit: 7 }, async (page) => (page < 5 ? between(page) : undefined))).flat();
      expect(new Set(seen).size).toBe(seen.length);
      for (let n = 1; n < 30; n += 1) expect(seen).toContain(`m${n}`);
    });

    it('refuses broken cursors and cursors of another query', async () => {
      await store(mixed);
      const query: FindQuery = { where: { tenantId: 't1' }, sort: { field: 'rank', direction: 'asc' }, limit: 1 };
      const { nextCursor } = await find(query);
      const cursor = nextCursor ?? '';
      expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
      const invalid = expect.objectContaining({ code: 'cursor_invalid' });
      for (const broken of [
        '',
        'x',
        '!!!',
        cursor.slice(0, -4),
        cursor.slice(4),
        Buffer.from('[]').toString('base64url'),
      ]) {
        await expect(find({ ...query, cursor: broken })).rejects.toThrow(invalid);
      }
      await expect(find({ ...query, where: { tenantId: 't2' }, cursor })).rejects.toThrow(invalid);
      await expect(find({ ...query, sort: { field: 'rank', direction: 'desc' }, cursor })).rejects.toThrow(invalid);
      await expect(find({ cursor })).rejects.toThrow(invalid);
      expect((await find({ ...query, limit: 3, cursor })).items.length).toBe(3);
    });

    it('refuses fields that no index declares, and limits out of 1..1000', async () => {
      const undeclared = expect.objectContaining({ code: 'field_not_indexed' });
      await expect(find({ where: { colour: 'red' } })).rejects.toThrow(undeclared);
      await expect(find({ sort: { field: 'colour', direction: 'asc' } })).rejects.toThrow(undeclared);
      await expect(subject.store.count('items', { colour: 'red' })).rejects.toThrow(undeclared);
      const outside = expect.objectContaining({ code: 'limit_invalid' });
      for (const limit of [0, 1001, 1.5]) await expect(find({ limit })).rejects.toThrow(outside);
    });
  });
}
