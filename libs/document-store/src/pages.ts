import type { DocumentStore, FindQuery, FindResult, Versioned } from './port.js';

/** Few enough to hold in memory, whatever they are. */
const DOCUMENTS_PER_READ = 500;

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

/** The documents of `pagesOf`, one by one. */
export async function* documentsOf<T>(
  store: Pick<DocumentStore, 'find'>,
  collection: string,
  query: Omit<FindQuery, 'cursor'>,
): AsyncGenerator<Versioned<T>, void, undefined> {
  for await (const page of pagesOf<T>(store, collection, { limit: DOCUMENTS_PER_READ, ...query })) yield* page;
}
