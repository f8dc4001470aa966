import type { CollectionDefinition, WriteOutcome } from '@tillstream/document-store';
import { InvariantError } from '@tillstream/kernel';
import type { Db } from '../schema.js';
import { columnOf, columnValue, type SqlValue } from './columns.js';

export interface DocumentRow {
  readonly id: string;
  readonly version: number;
  readonly doc: string;
}

/** The table of one collection: id, version, the document as JSON text, and one plain column per declared field. */
export class Collection {
  readonly fields: readonly string[];
  readonly table: string;
  readonly #get;
  readonly #insert;
  readonly #replace;
  readonly #upsert;
  readonly #delete;

  constructor(
    readonly db: Db,
    readonly definition: CollectionDefinition,
    tableId: number,
  ) {
    this.table = `docs_${tableId}`;
    this.fields = declaredFields(definition);
    const columns = this.fields.map(columnOf);
    const names = ['id', 'version', 'doc', ...columns].join(', ');
    const marks = ['?', '1', '?', ...columns.map(() => '?')].join(', ');
    const set = ['doc = ?', ...columns.map((column) => `${column} = ?`)].join(', ');
    const excluded = ['doc', ...columns].map((column) => `${column} = excluded.${column}`).join(', ');
    const insert = `INSERT INTO ${this.table} (${names}) VALUES (${marks})`;
    this.#get = db.prepare<[string], DocumentRow>(`SELECT id, version, doc FROM ${this.table} WHERE id = ?`);
    this.#insert = db.prepare<SqlValue[]>(`${insert} ON CONFLICT (id) DO NOTHING`);
    this.#replace = db.prepare<SqlValue[]>(
      `UPDATE ${this.table} SET version = version + 1, ${set} WHERE id = ? AND version = ?`,
    );
    this.#upsert = db.prepare<SqlValue[], { version: number }>(
      `${insert} ON CONFLICT (id) DO UPDATE SET version = version + 1, ${excluded} RETURNING version`,
    );
    this.#delete = db.prepare<[string]>(`DELETE FROM ${this.table} WHERE id = ?`);
  }

  get(id: string): DocumentRow | undefined {
    return this.#get.get(id);
  }

  /** What `put` binds besides the id: the text and the declared fields, taken from the object in hand. */
  bindings(doc: object, text: string): SqlValue[] {
    const record = doc as Readonly<Record<string, unknown>>;
    return [text, ...this.fields.map((field) => columnValue(record[field]))];
  }

  put(id: string, bindings: readonly SqlValue[], expectedVersion: number | null): WriteOutcome {
    if (expectedVersion === null) return { ok: true, version: this.#upsert.get(id, ...bindings)?.version ?? 1 };
    const written =
      expectedVersion === 0
        ? this.#insert.run(id, ...bindings).changes
        : this.#replace.run(...bindings, id, expectedVersion).changes;
    return written === 1 ? { ok: true, version: expectedVersion + 1 } : this.#conflict(id);
  }

  patch(id: string, set: Readonly<Record<string, unknown>>, expectedVersion: number): WriteOutcome {
    const row = this.get(id);
    if (row?.version !== expectedVersion) return conflict(row?.version ?? 0);
    const doc = { ...(JSON.parse(row.doc) as object), ...set };
    return this.put(id, this.bindings(doc, JSON.stringify(doc)), expectedVersion);
  }

  delete(id: string, expectedVersion: number | null): WriteOutcome {
    const actual = this.get(id)?.version ?? 0;
    if (expectedVersion !== null && actual !== expectedVersion) return conflict(actual);
    this.#delete.run(id);
    return { ok: true, version: actual };
  }

  #conflict(id: string): WriteOutcome {
    return conflict(this.get(id)?.version ?? 0);
  }
}

function conflict(actualVersion: number): WriteOutcome {
  return { ok: false, reason: 'version_conflict', actualVersion };
}

/** Distinct fields of all indexes, in a stable order. Throws `index_field_invalid`. */
export function declaredFields(definition: CollectionDefinition): readonly string[] {
  const fields = [...new Set(definition.indexes.flat())].sort();
  for (const field of fields) {
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(field)) continue;
    throw new InvariantError('index_field_invalid', `${definition.name}: "${field}" cannot be an index field`);
  }
  return fields;
}
