import type { DocumentStore, Versioned, WriteOperation } from '@tillstream/document-store';
import { ConflictError } from '@tillstream/kernel';
import type { LruCache } from '@tillstream/processor';
import { type ProjectedEvent, type Projection, project } from './domain/project.js';

/** Documents as this projector wrote them last; a stale one is found out by its version and forgotten. */
export type ReadModelCache = LruCache<Versioned<object>>;

/**
 * Folds a batch into the read models: one read per collection, folds in memory, one bulk write. Repeating a batch
 * changes nothing (seqs are seen), so it may be applied again after a crash or `read_model_contended`, which another
 * projector on the same documents causes.
 */
export async function applyBatch(
  store: DocumentStore,
  events: readonly ProjectedEvent[],
  cache?: ReadModelCache,
  /** Where a read model's documents lie; a rebuild folds into shadows. */
  placeOf: (collection: string) => string = (collection) => collection,
): Promise<number> {
  const projections = events.flatMap(project).map((one) => ({ ...one, collection: placeOf(one.collection) }));
  if (projections.length === 0) return 0;
  const before = await load(store, projections, cache);
  const after = new Map<string, object | null>();
  for (const one of projections) {
    const address = addressOf(one);
    after.set(
      address,
      one.fold(after.has(address) ? (after.get(address) ?? null) : (before.get(address)?.doc ?? null)),
    );
  }
  const writes = distinct(projections).flatMap((one) => write(one, before, after));
  if (writes.length === 0) return 0;
  await writeAll(store, writes, cache);
  return writes.length;
}

async function writeAll(store: DocumentStore, writes: readonly Put[], cache: ReadModelCache | undefined) {
  // Until the outcome is known the file decides.
  for (const one of writes) cache?.delete(addressOf(one));
  const outcomes = await store.bulkWrite(writes);
  writes.forEach((one, index) => {
    const outcome = outcomes[index];
    if (outcome?.ok) cache?.set(addressOf(one), { id: one.id, version: outcome.version, doc: one.doc });
  });
  if (outcomes.some((outcome) => !outcome.ok)) {
    throw new ConflictError('read_model_contended', 'a read model document was written by somebody else meanwhile');
  }
}

type Put = Extract<WriteOperation, { op: 'put' }>;
type Address = Pick<Projection, 'collection' | 'id'>;
const addressOf = ({ collection, id }: Address): string => `${collection}/${id}`;

function distinct(projections: readonly Projection[]): Projection[] {
  return [...new Map(projections.map((one) => [addressOf(one), one])).values()];
}

async function load(
  store: DocumentStore,
  projections: readonly Projection[],
  cache: ReadModelCache | undefined,
): Promise<ReadonlyMap<string, Versioned<object>>> {
  const loaded = new Map<string, Versioned<object>>();
  const unknown: Projection[] = [];
  for (const one of distinct(projections)) {
    const known = cache?.get(addressOf(one));
    if (known) loaded.set(addressOf(one), known);
    else unknown.push(one);
  }
  const byCollection = Map.groupBy(unknown, ({ collection }) => collection);
  await Promise.all(
    [...byCollection].map(async ([collection, ones]) => {
      const found = await store.getMany<object>(
        collection,
        ones.map(({ id }) => id),
      );
      for (const [id, versioned] of found) loaded.set(addressOf({ collection, id }), versioned);
    }),
  );
  return loaded;
}

function write(
  one: Address,
  before: ReadonlyMap<string, Versioned<object>>,
  after: ReadonlyMap<string, object | null>,
): Put[] {
  const address = addressOf(one);
  const stored = before.get(address);
  const doc = after.get(address) ?? null;
  if (doc === null || doc === stored?.doc) return [];
  return [{ op: 'put', collection: one.collection, id: one.id, doc, expectedVersion: stored?.version ?? 0 }];
}
