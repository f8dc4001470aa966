import type { DocumentStore, FindQuery, Versioned } from './port.js';

/** As many documents as one read brings; few enough to hold in memory, whatever they are. */
const PAGE = 500;

/** Pages of all documents that `query` finds, in its order; stable under inserts, as its cursor is. */
export async function* pagesOf<T>(
  store: Pick<DocumentStore, 'find'>,
  collection: string,
  query: Omit<FindQuery, 'cursor'> = {},
): AsyncGenerator<readonly Versioned<T>[]> {
  let cursor: string | undefined;
  do {
    const page = await store.find<T>(collection, {
      limit: PAGE,
      ...query,
      ...(cursor === undefined ? {} : { cursor }),
    });
    if (page.items.length > 0) yield page.items;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}

/** The documents of `pagesOf`, one by one. */
export async function* documentsOf<T>(
  store: Pick<DocumentStore, 'find'>,
  collection: string,
  query: Omit<FindQuery, 'cursor'> = {},
): AsyncGenerator<Versioned<T>> {
  for await (const page of pagesOf<T>(store, collection, query)) yield* page;
}
