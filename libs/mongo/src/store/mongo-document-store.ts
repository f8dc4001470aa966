import { randomBytes } from 'node:crypto';
import type {
  DocumentStore,
  FindQuery,
  FindResult,
  Versioned,
  WriteOperation,
  WriteOutcome,
} from '@tillstream/document-store';
import { InvariantError } from '@tillstream/kernel';
import type { mongo } from 'mongoose';
import { closedError, storageError } from '../errors.js';
import type { CollectionModel } from './collection-model.js';
import { type Prepared, writeWave } from './collection-writer.js';
import { decodeCursor, encodeCursor, queryFingerprint } from './cursor.js';
import { type Filter, filterOf, pageOf } from './find-filter.js';
import { contentOf, patchOf, type StoredDocument, versioned } from './stored-document.js';
import { waves } from './waves.js';

/** Ids per request of `getMany`. */
const CHUNK = 1000;

/** Of many documents at a time: the writers are for writing only. Of a few, leaving them out costs more than it saves. */
const WITHOUT_WRITERS = { version: 1, doc: 1, fields: 1 };

interface Collection extends CollectionModel {
  /** The driver itself: a mongoose query costs as much again as the driver's own work, and would cast nothing here. */
  readonly reads: mongo.Collection<StoredDocument>;
}

/**
 * The DocumentStore on MongoDB. Compare-and-set on one document is all it asks of the server (D14, I4): no transactions,
 * no change streams. Reads see what a majority has, so that nobody decides on a version that a failover takes back.
 */
export class MongoDocumentStore implements DocumentStore {
  readonly exclusive = false;
  readonly #collections: ReadonlyMap<string, Collection>;
  readonly #name = randomBytes(6).toString('base64url');
  #waves = 0;
  #closed = false;

  /** `reading`: the database with the read concern of all reads. */
  constructor(collections: readonly CollectionModel[], reading: mongo.Db) {
    this.#collections = new Map(
      collections.map((each) => [each.name, { ...each, reads: reading.collection<StoredDocument>(each.name) }]),
    );
  }

  async get<T>(collection: string, id: string): Promise<Versioned<T> | null> {
    const { reads } = this.#collection(collection);
    const found = await this.#call(() => reads.findOne({ _id: id }));
    return found && versioned<T>(found);
  }

  async getMany<T>(collection: string, ids: readonly string[]): Promise<ReadonlyMap<string, Versioned<T>>> {
    this.#collection(collection);
    const distinct = [...new Set(ids)];
    const chunks = Array.from({ length: Math.ceil(distinct.length / CHUNK) }, (_, n) =>
      distinct.slice(n * CHUNK, (n + 1) * CHUNK),
    );
    const options = { projection: WITHOUT_WRITERS };
    const pages = await Promise.all(chunks.map((chunk) => this.#read(collection, { _id: { $in: chunk } }, options)));
    return new Map(pages.flat().map((stored) => [stored._id, versioned<T>(stored)]));
  }

  async find<T>(collection: string, query: FindQuery): Promise<FindResult<T>> {
    const { fields } = this.#collection(collection);
    // Most questions are answered by one page: they need no fingerprint.
    const fingerprint = () => queryFingerprint(collection, query);
    const after = query.cursor === undefined ? null : decodeCursor(fingerprint(), query.cursor);
    const { filters, sort, sortField, limit } = pageOf(fields, query, after);
    const unordered = limit === 1 && !query.sort && !after ? await this.#onlyOne(collection, filters) : null;
    // One more than asked for, to know whether there is a next page.
    const found = unordered ?? (await this.#readInTurn(collection, filters, sort, limit + 1));
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const position = last && { value: sortField === null ? null : (last.fields[sortField] ?? null), id: last._id };
    return {
      items: page.map((stored) => versioned<T>(stored)),
      nextCursor: position && found.length > limit ? encodeCursor(fingerprint(), position) : null,
    };
  }

  async count(collection: string, where?: FindQuery['where']): Promise<number> {
    const { reads, fields } = this.#collection(collection);
    const filter = filterOf(fields, where);
    return this.#call(() => reads.countDocuments(asFilter<mongo.Filter<StoredDocument>>(filter)));
  }

  async bulkWrite(operations: readonly WriteOperation[]): Promise<readonly WriteOutcome[]> {
    // Encoded before the first await: what the caller changes afterwards is not ours.
    const prepared = operations.map((operation) => this.#prepare(operation));
    const outcomes: WriteOutcome[] = [];
    for (const wave of waves(prepared)) {
      const byCollection = Map.groupBy(wave, ({ operation }) => operation.collection);
      const writer = `${this.#name}.${((this.#waves += 1)).toString(36)}`;
      const written = await this.#call(() =>
        Promise.all([...byCollection].map(([name, ones]) => writeWave(this.#collection(name).native, ones, writer))),
      );
      for (const [index, outcome] of written.flat()) outcomes[index] = outcome;
    }
    return outcomes;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #prepare(operation: WriteOperation): Prepared {
    const { collection, id } = operation;
    const { fields } = this.#collection(collection);
    switch (operation.op) {
      case 'put':
        return {
          kind: 'put',
          collection,
          id,
          content: contentOf(operation.doc, fields),
          expectedVersion: operation.expectedVersion,
        };
      case 'patch': {
        const { expectedVersion } = operation;
        return { kind: 'patch', collection, id, set: patchOf(operation.set, fields), expectedVersion };
      }
      case 'delete':
        return { kind: 'delete', collection, id, expectedVersion: operation.expectedVersion };
    }
  }

  #collection(name: string): Collection {
    const collection = this.#collections.get(name);
    if (collection) return collection;
    throw new InvariantError('collection_unknown', `collection ${name} was not declared when the storage was opened`);
  }

  /**
   * What is unique needs no order, without which a server has only the index of the condition to choose from. null when
   * several match: then the first of them is asked for.
   */
  async #onlyOne(collection: string, filters: readonly Filter[]): Promise<readonly StoredDocument[] | null> {
    const found = await this.#read(collection, filters[0] ?? {}, { limit: 2 });
    return found.length < 2 ? found : null;
  }

  /** A document whose sort value is changed between two of the filters would be met by both, hence the map. */
  async #readInTurn(
    collection: string,
    filters: readonly Filter[],
    sort: Readonly<Record<string, 1 | -1>>,
    limit: number,
  ): Promise<readonly StoredDocument[]> {
    const found = new Map<string, StoredDocument>();
    for (const filter of filters) {
      if (found.size >= limit) break;
      const options = { sort: { ...sort }, limit: limit - found.size, allowDiskUse: true };
      for (const stored of await this.#read(collection, filter, options)) {
        if (!found.has(stored._id)) found.set(stored._id, stored);
      }
    }
    return [...found.values()];
  }

  #read(collection: string, filter: Filter, options: mongo.FindOptions): Promise<StoredDocument[]> {
    const { reads } = this.#collection(collection);
    return this.#call(() => reads.find(asFilter<mongo.Filter<StoredDocument>>(filter), options).toArray());
  }

  async #call<R>(work: () => Promise<R>): Promise<R> {
    if (this.#closed) throw closedError();
    try {
      return await work();
    } catch (error) {
      throw this.#closed ? closedError() : storageError(error);
    }
  }
}

/** The filters of find-filter.ts name stored paths, which the types of driver and mongoose cannot follow. */
function asFilter<F>(filter: Filter): F {
  return filter as F;
}
