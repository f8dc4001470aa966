import type {
  CollectionDefinition,
  DocumentStore,
  FindQuery,
  FindResult,
  Versioned,
  WriteOperation,
  WriteOutcome,
} from '@tillstream/document-store';
import { InvariantError } from '@tillstream/kernel';
import { storageError } from '../errors.js';
import { closedError, type GroupCommitter } from '../group-committer.js';
import type { Db } from '../schema.js';
import type { Collection, DocumentRow } from './collection.js';
import { openCollections } from './collection-schema.js';
import type { SqlValue } from './columns.js';
import { decodeCursor, encodeCursor, queryFingerprint } from './cursor.js';
import { StatementCache } from './statement-cache.js';
import { countSql, limitOf, pageSql } from './find-sql.js';

type PageRow = DocumentRow & { readonly value: SqlValue | null };

/** The DocumentStore on SQLite: one table per collection, writes through the shared group commit. */
export class SqliteDocumentStore implements DocumentStore {
  /** The folder is locked. */
  readonly exclusive = true;
  readonly #collections: ReadonlyMap<string, Collection>;
  readonly #queries: StatementCache;
  #closed = false;

  constructor(
    db: Db,
    private readonly committer: GroupCommitter,
    definitions: readonly CollectionDefinition[],
  ) {
    this.#collections = openCollections(db, definitions);
    this.#queries = new StatementCache(db);
  }

  async get<T>(collection: string, id: string): Promise<Versioned<T> | null> {
    const row = this.#read(() => this.#collection(collection).get(id));
    return row ? parse<T>(row) : null;
  }

  async getMany<T>(collection: string, ids: readonly string[]): Promise<ReadonlyMap<string, Versioned<T>>> {
    const table = this.#collection(collection);
    return this.#read(() => {
      const found = new Map<string, Versioned<T>>();
      for (const id of ids) {
        const row = table.get(id);
        if (row) found.set(id, parse<T>(row));
      }
      return found;
    });
  }

  async find<T>(collection: string, query: FindQuery): Promise<FindResult<T>> {
    const { table, fields } = this.#collection(collection);
    const fingerprint = queryFingerprint(collection, query);
    const after = query.cursor === undefined ? null : decodeCursor(fingerprint, query.cursor);
    const sql = pageSql(table, fields, query, after);
    const limit = limitOf(query);
    const rows = this.#read(() => this.#queries.all<PageRow>(sql));
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const more = rows.length > limit && last !== undefined;
    return {
      items: page.map((row) => parse<T>(row)),
      nextCursor: more ? encodeCursor(fingerprint, { value: last.value ?? '', id: last.id }) : null,
    };
  }

  async count(collection: string, where?: FindQuery['where']): Promise<number> {
    const { table, fields } = this.#collection(collection);
    const sql = countSql(table, fields, where);
    return this.#read(() => this.#queries.all<{ n: number }>(sql)[0]?.n ?? 0);
  }

  async bulkWrite(operations: readonly WriteOperation[]): Promise<readonly WriteOutcome[]> {
    if (this.#closed) throw closedError();
    if (operations.length === 0) return [];
    const prepared = operations.map((operation) => this.#prepare(operation));
    return this.committer.run(() => prepared.map((write) => write()));
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  /** Serialises outside the transaction: what cannot be stored rejects its caller only. */
  #prepare(operation: WriteOperation): () => WriteOutcome {
    const collection = this.#collection(operation.collection);
    const { id } = operation;
    switch (operation.op) {
      case 'put': {
        const bindings = collection.bindings(operation.doc, JSON.stringify(operation.doc));
        return () => collection.put(id, bindings, operation.expectedVersion);
      }
      case 'patch': {
        const set = JSON.parse(JSON.stringify(operation.set)) as Record<string, unknown>;
        return () => collection.patch(id, set, operation.expectedVersion);
      }
      case 'delete':
        return () => collection.delete(id, operation.expectedVersion);
    }
  }

  #collection(name: string): Collection {
    const collection = this.#collections.get(name);
    if (collection) return collection;
    throw new InvariantError('collection_unknown', `collection ${name} was not declared when the storage was opened`);
  }

  #read<R>(query: () => R): R {
    if (this.#closed) throw closedError();
    try {
      return query();
    } catch (error) {
      throw storageError(error);
    }
  }
}

function parse<T>(row: DocumentRow): Versioned<T> {
  return { id: row.id, version: row.version, doc: JSON.parse(row.doc) as T };
}
