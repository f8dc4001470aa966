import type { DocumentStore, Versioned, WriteOperation } from '@tillstream/document-store';
import { ConflictError } from '@tillstream/kernel';
import type { LruCache } from '@tillstream/processor';
import { type ProjectedEvent, type Projection, project } from './domain/project.js';
import { applyAll, type Folded, type Step } from './domain/read-model.js';

/** Documents as this projector wrote them last; a stale one is found out by its version and forgotten. */
export type ReadModelCache = LruCache<Versioned<object>>;

/** A rebuild folds into shadows. */
export interface BatchPlaces {
  /** Where a read model's documents lie. */
  readonly placeOf?: (collection: string) => string;
  /** None of the documents exists yet, so none is looked for; one that does exist is a conflict and is not overwritten. */
  readonly noneStored?: boolean;
}

/**
 * Folds a batch into the read models: one read per collection, folds in memory, one bulk write. Repeating a batch
 * changes nothing (seqs are seen), so it may be applied again after a crash or `read_model_contended`, which another
 * projector on the same documents causes.
 */
export async function applyBatch(
  store: DocumentStore,
  events: readonly ProjectedEvent[],
  cache?: ReadModelCache,
  { placeOf = (collection) => collection, noneStored = false }: BatchPlaces = {},
): Promise<number> {
  const changes = changesBy(events, placeOf);
  if (changes.length === 0) return 0;
  const before = noneStored ? NOTHING : await load(store, changes, cache);
  const writes = changes.flatMap((change) => write(change, before.get(addressOf(change))));
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

const NOTHING: ReadonlyMap<string, Versioned<object>> = new Map();

type Put = Extract<WriteOperation, { op: 'put' }>;
type Address = Pick<Projection, 'collection' | 'id'>;
const addressOf = ({ collection, id }: Address): string => `${collection}/${id}`;

/** What happens to one document, in the events' order. */
interface Change extends Address {
  readonly steps: Step[];
}

function changesBy(events: readonly ProjectedEvent[], placeOf: (collection: string) => string): readonly Change[] {
  const all: Change[] = [];
  const byCollection = new Map<string, Map<string, Change>>();
  for (const event of events) {
    for (const projection of project(event)) {
      const { collection, id } = projection;
      const byId = byCollection.get(collection) ?? new Map<string, Change>();
      if (byId.size === 0) byCollection.set(collection, byId);
      const known = byId.get(id);
      if (known) {
        known.steps.push(projection);
        continue;
      }
      const change = { collection: placeOf(collection), id, steps: [projection] };
      byId.set(id, change);
      all.push(change);
    }
  }
  return all;
}

async function load(
  store: DocumentStore,
  addresses: readonly Address[],
  cache: ReadModelCache | undefined,
): Promise<ReadonlyMap<string, Versioned<object>>> {
  const loaded = new Map<string, Versioned<object>>();
  const unknown: Address[] = [];
  for (const one of addresses) {
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

function write({ collection, id, steps }: Change, stored: Versioned<object> | undefined): Put[] {
  const doc = applyAll((stored?.doc ?? null) as Folded | null, steps);
  if (doc === null || doc === stored?.doc) return [];
  return [{ op: 'put', collection, id, doc, expectedVersion: stored?.version ?? 0 }];
}
