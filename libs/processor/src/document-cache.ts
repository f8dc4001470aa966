import type { DocumentStore } from '@tillstream/document-store';
import { absent, fromStored, type Loaded } from './domain/loaded-document.js';
import { LruCache } from './lru-cache.js';
import type { StateDocument } from './types.js';

/** Parsed documents by id; stale ones are harmless because the expected version guards every write. */
export class DocumentCache<State> {
  readonly #entries: LruCache<Loaded<State>>;

  constructor(
    private readonly store: DocumentStore,
    private readonly collection: string,
    private readonly initial: (id: string) => State,
    limit: number,
  ) {
    this.#entries = new LruCache(limit);
  }

  peek(id: string): Loaded<State> | undefined {
    return this.#entries.peek(id);
  }

  /** Those of `ids` that would come from memory. */
  known(ids: readonly string[]): ReadonlySet<string> {
    return new Set(ids.filter((id) => this.#entries.peek(id) !== undefined));
  }

  keep(id: string, loaded: Loaded<State>): void {
    this.#entries.set(id, loaded);
  }

  forget(ids: Iterable<string>): void {
    for (const id of ids) this.#entries.delete(id);
  }

  clear(): void {
    this.#entries.clear();
  }

  /** Documents by id, from memory where possible. `isPublished` tells what this process knows of a stored outbox. */
  async load(
    ids: readonly string[],
    isPublished: (id: string, version: number) => boolean,
  ): Promise<Map<string, Loaded<State>>> {
    const found = new Map<string, Loaded<State>>();
    const missing: string[] = [];
    for (const id of ids) {
      const cached = this.#entries.get(id);
      if (cached) found.set(id, cached);
      else missing.push(id);
    }
    if (missing.length === 0) return found;
    const stored = await this.store.getMany<StateDocument<State>>(this.collection, missing);
    for (const id of missing) {
      const row = stored.get(id);
      const loaded = row ? fromStored(row.doc, row.version) : absent(this.initial(id));
      const published = row !== undefined && isPublished(id, row.version);
      found.set(id, published ? { ...loaded, unpublished: false } : loaded);
    }
    return found;
  }
}
