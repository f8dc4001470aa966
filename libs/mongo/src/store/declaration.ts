import type { Connection, mongo } from 'mongoose';
import { type CollectionModel, INDEX_PREFIX } from './collection-model.js';
import { contentOf, documentOf, type StoredDocument } from './stored-document.js';

interface Declaration {
  readonly _id: string;
  /** The fields that every stored document has in `fields`. */
  readonly fields: readonly string[];
}

/** Remembers per collection which fields are kept for its indexes. Stored state, never renamed. */
const DECLARATIONS = 'tillstream_collections';
const CHUNK = 500;
const NAMESPACE_NOT_FOUND = 26;

/**
 * Makes the server follow the declaration: fields of documents written before they were declared are filled in, indexes
 * made, those no longer declared dropped. Repeating it, also by several processes at once, changes nothing.
 */
export async function declareCollection(connection: Connection, collection: CollectionModel): Promise<void> {
  const declarations = connection.collection<Declaration>(DECLARATIONS);
  const known = await declarations.findOne({ _id: collection.name });
  const missing = collection.fields.filter((field) => !known?.fields.includes(field));
  if (missing.length > 0) await fillFields(collection);
  if (known?.fields.join() !== collection.fields.join()) {
    await declarations.updateOne({ _id: collection.name }, { $set: { fields: collection.fields } }, { upsert: true });
  }
  if (collection.indexNames.size > 0) await collection.model.createIndexes();
  await dropIndexes(collection);
}

/** Writes no version: what the document says stays the same. A document written meanwhile has its fields already. */
async function fillFields({ native, fields }: CollectionModel): Promise<void> {
  const cursor = native.find({}, { projection: { version: 1, doc: 1, writers: 1 }, batchSize: CHUNK });
  let updates: mongo.AnyBulkWriteOperation<StoredDocument>[] = [];
  const flush = async () => {
    if (updates.length > 0) await native.bulkWrite(updates, { ordered: false });
    updates = [];
  };
  for await (const { _id, version, doc, writers } of cursor) {
    const content = contentOf(documentOf(doc) as object, fields);
    const filter = { _id, version, writers: writers.at(-1) ?? '' };
    updates.push({ updateOne: { filter, update: { $set: { fields: content.fields } } } });
    if (updates.length === CHUNK) await flush();
  }
  await flush();
}

async function dropIndexes({ native, indexNames }: CollectionModel): Promise<void> {
  for (const name of await presentIndexes(native)) {
    if (name.startsWith(INDEX_PREFIX) && !indexNames.has(name)) await native.dropIndex(name);
  }
}

async function presentIndexes(native: mongo.Collection<StoredDocument>): Promise<readonly string[]> {
  try {
    return (await native.listIndexes().toArray()).map((index) => String(index['name']));
  } catch (error) {
    if ((error as { code?: unknown }).code === NAMESPACE_NOT_FOUND) return [];
    throw error;
  }
}
