import type { DocumentStore, Versioned, WriteOperation } from '@tillstream/document-store';
import { ConflictError } from '@tillstream/kernel';
import { type ProjectedEvent, type Projection, project } from './domain/project.js';

/**
 * Folds a batch into the read models: one read per collection, folds in memory, one bulk write. Repeating a batch
 * changes nothing (seqs are seen), so it may be applied again after a crash or `read_model_contended`, which another
 * projector on the same documents causes.
 */
export async function applyBatch(store: DocumentStore, events: readonly ProjectedEvent[]): Promise<number> {
  const projections = events.flatMap(project);
  if (projections.length === 0) return 0;
  const before = await load(store, projections);
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
  const outcomes = await store.bulkWrite(writes);
  if (outcomes.some((outcome) => !outcome.ok)) {
    throw new ConflictError('read_model_contended', 'a read model document was written by somebody else meanwhile');
  }
  return writes.length;
}

type Address = Pick<Projection, 'collection' | 'id'>;
const addressOf = ({ collection, id }: Address): string => `${collection}/${id}`;

function distinct(projections: readonly Projection[]): Projection[] {
  return [...new Map(projections.map((one) => [addressOf(one), one])).values()];
}

async function load(
  store: DocumentStore,
  projections: readonly Projection[],
): Promise<ReadonlyMap<string, Versioned<object>>> {
  const byCollection = Map.groupBy(distinct(projections), ({ collection }) => collection);
  const loaded = new Map<string, Versioned<object>>();
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
): WriteOperation[] {
  const address = addressOf(one);
  const stored = before.get(address);
  const doc = after.get(address) ?? null;
  if (doc === null || doc === stored?.doc) return [];
  return [{ op: 'put', collection: one.collection, id: one.id, doc, expectedVersion: stored?.version ?? 0 }];
}
