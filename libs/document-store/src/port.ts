/**
 * DocumentStore: collections of JSON documents by id (design section 4). Embedded: SQLite; distributed: MongoDB.
 *
 * Guarantees every adapter gives (proved by `documentStoreContract`):
 *  - A write is durable when `bulkWrite` resolved. Each operation stands alone: one may conflict while others succeed.
 *  - Compare-and-set on one document by expected version is the only atomicity there is. Of N writers that expect the
 *    same version exactly one wins.
 *  - Versions start at 1 and grow by one per successful write.
 */
export type JsonScalar = string | number | boolean | null;

export interface Versioned<T> {
  readonly id: string;
  readonly version: number;
  readonly doc: T;
}

export type WriteOperation =
  /** `expectedVersion`: 0 = must not exist yet, n = must be at n, null = whatever is there. */
  | {
      readonly op: 'put';
      readonly collection: string;
      readonly id: string;
      readonly doc: object;
      readonly expectedVersion: number | null;
    }
  /** Sets top-level fields of an existing document (others keep their value); version must be `expectedVersion`. */
  | {
      readonly op: 'patch';
      readonly collection: string;
      readonly id: string;
      readonly set: Readonly<Record<string, unknown>>;
      readonly expectedVersion: number;
    }
  | {
      readonly op: 'delete';
      readonly collection: string;
      readonly id: string;
      readonly expectedVersion: number | null;
    };

export type WriteOutcome =
  | { readonly ok: true; readonly version: number }
  | { readonly ok: false; readonly reason: 'version_conflict'; readonly actualVersion: number };

export type Comparison =
  | JsonScalar
  | { readonly in: readonly JsonScalar[] }
  | { readonly gt?: JsonScalar; readonly gte?: JsonScalar; readonly lt?: JsonScalar; readonly lte?: JsonScalar };

export interface FindQuery {
  /** All must hold (and). Field names are top-level fields declared in an index of the collection. */
  readonly where?: Readonly<Record<string, Comparison>>;
  /** Sort field (declared in an index; id breaks ties in the same direction). Default: id ascending. */
  readonly sort?: { readonly field: string; readonly direction: 'asc' | 'desc' };
  /** 1..1000, default 50. */
  readonly limit?: number;
  /** Opaque, from a previous answer to the same query; stable under inserts. A broken one throws `cursor_invalid`. */
  readonly cursor?: string;
}

export interface FindResult<T> {
  readonly items: readonly Versioned<T>[];
  readonly nextCursor: string | null;
}

export interface CollectionDefinition {
  readonly name: string;
  /** Each index: top-level scalar fields in order. Only declared fields can be filtered or sorted by. */
  readonly indexes: readonly (readonly string[])[];
}

export interface DocumentStore {
  /**
   * True when no other process can write here (embedded). Where it is false, what was read a moment ago may be old:
   * it is good enough to write on, under its expected version, and not to conclude from that there is nothing to do.
   */
  readonly exclusive: boolean;
  get<T>(collection: string, id: string): Promise<Versioned<T> | null>;
  getMany<T>(collection: string, ids: readonly string[]): Promise<ReadonlyMap<string, Versioned<T>>>;
  find<T>(collection: string, query: FindQuery): Promise<FindResult<T>>;
  count(collection: string, where?: FindQuery['where']): Promise<number>;
  /** Outcomes in the order of the operations. May span collections. */
  bulkWrite(operations: readonly WriteOperation[]): Promise<readonly WriteOutcome[]>;
  close(): Promise<void>;
}
