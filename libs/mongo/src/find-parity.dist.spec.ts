import type { CollectionDefinition, Comparison, DocumentStore, FindQuery } from '@tillstream/document-store';
import { openTempStorage } from '@tillstream/testing';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reopenable } from '../test/open.js';
import { ownServer, type TestServer } from '../test/server.js';

const COLLECTION: CollectionDefinition = { name: 'items', indexes: [['group', 'value'], ['value'], ['when']] };
const FIELDS = ['group', 'value', 'when'] as const;
const COUNT = 40;

/** Few values of every type, so that ties, nulls and types meet. Booleans and numbers never share a field (port). */
const mixed = fc.constantFrom<string | number | null>(null, 0, -1.5, 2 ** 40, 7, '', 'a', 'B', 'ä', '🧾', '￿');
const values = { group: fc.constantFrom('g1', 'g2'), value: mixed, when: fc.constantFrom(true, false, null) };
const item = fc.record(values, { requiredKeys: ['group'] });

const comparison = (value: fc.Arbitrary<string | number | boolean | null>): fc.Arbitrary<Comparison> =>
  fc.oneof(
    value,
    fc.record({ in: fc.array(value, { maxLength: 3 }) }),
    fc.record({ gt: value, gte: value, lt: value, lte: value }, { requiredKeys: [] }),
  );
const query: fc.Arbitrary<FindQuery> = fc.record(
  {
    where: fc.record(
      { group: comparison(values.group), value: comparison(values.value), when: comparison(values.when) },
      { requiredKeys: [] },
    ),
    sort: fc.record({ field: fc.constantFrom(...FIELDS), direction: fc.constantFrom('asc', 'desc') }),
    limit: fc.integer({ min: 1, max: 9 }),
  },
  { requiredKeys: ['limit'] },
);

async function allPages(store: DocumentStore, asked: FindQuery): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | null | undefined;
  do {
    const page = await store.find('items', cursor ? { ...asked, cursor } : asked);
    pages.push(page.items.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return pages;
}

describe('find on MongoDB', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await ownServer();
  });
  afterAll(() => server.dispose());

  it('answers every query as SQLite does: the same documents, in the same order, on the same pages', async () => {
    const items = fc.sample(item, { numRuns: COUNT, seed: 5 });
    const embedded = openTempStorage({ collections: [COLLECTION] });
    const mongo = await reopenable(server.uri, { collections: [COLLECTION] });
    const stores = [embedded.store, mongo.store] as const;
    const writes = items.map(
      (doc, n) => ({ op: 'put', collection: 'items', id: `i${n}`, doc, expectedVersion: 0 }) as const,
    );
    for (const store of stores) await store.bulkWrite(writes);
    await fc.assert(
      fc.asyncProperty(query, async (asked) => {
        const [expected, pages] = await Promise.all([allPages(stores[0], asked), allPages(stores[1], asked)]);
        expect(pages).toEqual(expected);
        expect(await stores[1].count('items', asked.where)).toBe(expected.flat().length);
      }),
      { numRuns: 600 },
    );
    await mongo.dispose();
    await embedded.close();
  });
});
