import { describe, expect, it } from 'vitest';
import { type FindQuery, type FindResult, pagesOf } from './index.js';

/** Answers pages of the given ids and remembers what it was asked. */
function storeOf(...pages: readonly (readonly string[])[]) {
  const asked: [string, FindQuery][] = [];
  return {
    asked,
    find: async <T>(collection: string, query: FindQuery): Promise<FindResult<T>> => {
      asked.push([collection, query]);
      const page = Number(query.cursor ?? 0);
      const items = (pages[page] ?? []).map((id) => ({ id, version: 1, doc: { id } as T }));
      return { items, nextCursor: page + 1 < pages.length ? String(page + 1) : null };
    },
  };
}

async function idsOf(store: ReturnType<typeof storeOf>, query: FindQuery): Promise<string[][]> {
  const found: string[][] = [];
  for await (const page of pagesOf(store, 'things', query)) found.push(page.map(({ id }) => id));
  return found;
}

describe('pagesOf', () => {
  it('gives every page, asking the same query with the cursor of the page before', async () => {
    const store = storeOf(['a', 'b'], ['c', 'd'], ['e']);
    const query: FindQuery = { where: { open: true }, limit: 2 };
    expect(await idsOf(store, query)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(store.asked).toEqual([
      ['things', query],
      ['things', { ...query, cursor: '1' }],
      ['things', { ...query, cursor: '2' }],
    ]);
  });

  it('gives no page when nothing is found, and goes on after a page that is empty', async () => {
    expect(await idsOf(storeOf([]), {})).toEqual([]);
    expect(await idsOf(storeOf([], ['a']), {})).toEqual([['a']]);
  });

  it('asks for no more than what is worked on', async () => {
    const store = storeOf(['a'], ['b'], ['c']);
    for await (const page of pagesOf(store, 'things', { limit: 1 })) {
      if (page[0]?.id === 'b') break;
    }
    expect(store.asked.length).toBe(2);
  });
});
