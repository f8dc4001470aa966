import type { CollectionDefinition } from '@tillstream/document-store';

/** The collection of an aggregate's state documents: its own indexes and the one that `recover` looks through. */
export function aggregateCollection(
  aggregate: { readonly name: string },
  indexes: readonly (readonly string[])[] = [],
): CollectionDefinition {
  return { name: aggregate.name, indexes: [['outboxPending'], ...indexes] };
}
