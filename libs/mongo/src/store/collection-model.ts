import type { CollectionDefinition } from '@tillstream/document-store';
import { InvariantError } from '@tillstream/kernel';
import { type Connection, type Model, Schema, type mongo } from 'mongoose';
import type { StoredDocument } from './stored-document.js';

/** One collection as mongoose knows it, and its native form for writes. */
export interface CollectionModel {
  readonly name: string;
  /** Distinct fields of all indexes, in a stable order. */
  readonly fields: readonly string[];
  readonly model: Model<StoredDocument>;
  readonly native: mongo.Collection<StoredDocument>;
  readonly indexNames: ReadonlySet<string>;
}

/** Throws `index_field_invalid`. Touches no server. */
export function collectionModel(connection: Connection, definition: CollectionDefinition): CollectionModel {
  const { name } = definition;
  const fields = declaredFields(definition);
  const schema = new Schema<StoredDocument>(
    {
      _id: { type: String, required: true },
      version: { type: Number, required: true },
      doc: { type: Schema.Types.Mixed, required: true },
      fields: { type: Schema.Types.Mixed, required: true },
      writers: { type: [String], required: true },
    },
    { collection: name, versionKey: false, autoCreate: false, autoIndex: false, minimize: false },
  );
  const indexes = new Map(
    definition.indexes.filter((index) => index.length > 0).map((index) => [indexName(index), index]),
  );
  for (const [indexed, names] of indexes) schema.index(indexKeys(names), { name: indexed });
  const model = connection.model<StoredDocument>(name, schema);
  return {
    name,
    fields,
    model,
    native: model.collection as unknown as mongo.Collection<StoredDocument>,
    indexNames: new Set(indexes.keys()),
  };
}

/** Only indexes of this prefix are ours to drop: an operator's own stay. */
export const INDEX_PREFIX = 'ix_';

function indexName(fields: readonly string[]): string {
  return `${INDEX_PREFIX}${fields.join('__')}`;
}

/** Ends in `_id`, which makes every sorted page one walk along the index. */
function indexKeys(fields: readonly string[]): Record<string, 1> {
  return Object.fromEntries([...fields.map((field) => `fields.${field}`), '_id'].map((path) => [path, 1]));
}

function declaredFields(definition: CollectionDefinition): readonly string[] {
  const fields = [...new Set(definition.indexes.flat())].sort();
  for (const field of fields) {
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(field)) continue;
    throw new InvariantError('index_field_invalid', `${definition.name}: "${field}" cannot be an index field`);
  }
  return fields;
}
