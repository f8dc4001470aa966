import type { DocumentStore, FindQuery, FindResult, Versioned } from './port.js';

/**
 * Everything that `query` finds, page by page (`limit` documents each). The next page is asked for when the one before
 * was worked on; nothing found gives no page.
 */
export async function* pagesOf<T>(
  store: Pick<DocumentStore, 'find'>,
  collection: string,
  query: Omit<FindQuery, 'cursor'>,
): AsyncGenerator<readonly Versioned<T>[], void, undefined> {
  let cursor: string | null = null;
  do {
    const page: FindResult<T> = await store.find<T>(collection, cursor === null ? query : { ...query, cursor });
    if (page.items.length > 0) yield page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}
