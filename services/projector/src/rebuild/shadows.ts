import { COLLECTIONS } from '@tillstream/contracts';
import type { CollectionDefinition, DocumentStore } from '@tillstream/document-store';

/** The read models: what the projector alone writes, and what a rebuild makes anew. */
export const READ_MODELS: readonly string[] = [
  COLLECTIONS.runs.name,
  COLLECTIONS.refusedRuns.name,
  COLLECTIONS.runAliases.name,
  COLLECTIONS.failures.name,
  COLLECTIONS.plans.name,
  COLLECTIONS.documents.name,
];

export const shadowOf = (collection: string): string => `shadow_${collection}`;

/** Where a rebuild folds; the composition root declares them where it opens the storage. Nobody reads them. */
export const SHADOW_COLLECTIONS: readonly CollectionDefinition[] = READ_MODELS.map((name) => ({
  name: shadowOf(name),
  indexes: [],
}));

const PAGE = 1000;

/** Empties the shadows: after a rebuild, and of one that was killed. */
export async function dropShadows(store: DocumentStore): Promise<void> {
  for (const { name } of SHADOW_COLLECTIONS) {
    for (;;) {
      const { items } = await store.find(name, { limit: PAGE });
      if (items.length === 0) break;
      await store.bulkWrite(
        items.map(({ id }) => ({ op: 'delete', collection: name, id, expectedVersion: null }) as const),
      );
    }
  }
}
