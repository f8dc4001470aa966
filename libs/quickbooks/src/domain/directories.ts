import type { ItemEntry, NameEntry } from './model.js';
import { emailKey, fold } from './text.js';

/**
 * What a company's lists hold, indexed for matching. Matching is done here and not by queries, because neither the
 * collation nor the case rules of QuickBooks' queries are documented (B9, B10). Mutable: the writer keeps one per
 * realm and upserts what it reads or writes.
 */
class Index<T> {
  readonly #ids = new Map<string, Set<string>>();
  constructor(
    private readonly idOf: (entry: T) => string,
    private readonly keysOf: (entry: T) => readonly string[],
  ) {}

  add(entry: T): void {
    for (const key of this.keysOf(entry)) {
      const ids = this.#ids.get(key);
      if (ids) ids.add(this.idOf(entry));
      else this.#ids.set(key, new Set([this.idOf(entry)]));
    }
  }

  remove(entry: T): void {
    for (const key of this.keysOf(entry)) this.#ids.get(key)?.delete(this.idOf(entry));
  }

  find(key: string): readonly string[] {
    return [...(this.#ids.get(key) ?? [])];
  }
}

const idOf = ({ id }: ItemEntry): string => id;

/** Whether the three lists share one row of ids is not documented: a vendor must not hide a customer. */
const keyOf = ({ kind, id }: Pick<NameEntry, 'kind' | 'id'>): string => `${kind} ${id}`;

/** A person may have several addresses in the one field. */
function emailsOf(entry: NameEntry): string[] {
  if (entry.kind !== 'customer' || entry.email === null) return [];
  return [...new Set(entry.email.split(/[\s,;]+/u).flatMap((part) => emailKey(part) ?? []))];
}

/** What matching asks of the list of names. */
export type NameLookup = Pick<NameDirectory, 'customer' | 'activeCustomersByEmail' | 'byName'>;
/** What matching asks of the list of items. */
export type ItemLookup = Pick<ItemDirectory, 'get' | 'sellableBySku' | 'byName'>;

/** Customers, vendors and employees: one space of names. */
export class NameDirectory {
  readonly #entries = new Map<string, NameEntry>();
  readonly #byEmail = new Index<NameEntry>(keyOf, emailsOf);
  readonly #byName = new Index<NameEntry>(keyOf, (entry) => [fold(entry.displayName)]);

  constructor(entries: Iterable<NameEntry> = []) {
    for (const entry of entries) this.upsert(entry);
  }

  upsert(entry: NameEntry): void {
    const previous = this.#entries.get(keyOf(entry));
    if (previous) {
      this.#byEmail.remove(previous);
      this.#byName.remove(previous);
    }
    this.#entries.set(keyOf(entry), entry);
    this.#byEmail.add(entry);
    this.#byName.add(entry);
  }

  get size(): number {
    return this.#entries.size;
  }

  customer(id: string): NameEntry | null {
    return this.#entries.get(keyOf({ kind: 'customer', id })) ?? null;
  }

  /** Active customers with this address, whatever its case. */
  activeCustomersByEmail(email: string): readonly NameEntry[] {
    return this.#byEmail
      .find(email)
      .flatMap((key) => this.#entries.get(key) ?? [])
      .filter((entry) => entry.active);
  }

  /** Everybody with this name, inactive ones included: QuickBooks may still hold the name. */
  byName(name: string): readonly NameEntry[] {
    return this.#byName.find(fold(name)).flatMap((key) => this.#entries.get(key) ?? []);
  }
}

/** Types an order line can refer to; categories and bundles cannot. */
const SELLABLE = new Set(['Service', 'NonInventory', 'Inventory']);

export class ItemDirectory {
  readonly #entries = new Map<string, ItemEntry>();
  readonly #bySku = new Index<ItemEntry>(idOf, (entry) => (entry.sku === null ? [] : [skuKey(entry.sku)]));
  readonly #byName = new Index<ItemEntry>(idOf, (entry) => [fold(entry.name)]);

  constructor(entries: Iterable<ItemEntry> = []) {
    for (const entry of entries) this.upsert(entry);
  }

  upsert(entry: ItemEntry): void {
    const previous = this.#entries.get(entry.id);
    if (previous) {
      this.#bySku.remove(previous);
      this.#byName.remove(previous);
    }
    this.#entries.set(entry.id, entry);
    this.#bySku.add(entry);
    this.#byName.add(entry);
  }

  get size(): number {
    return this.#entries.size;
  }

  get(id: string): ItemEntry | null {
    return this.#entries.get(id) ?? null;
  }

  /** Active items with this SKU that a line may use. */
  sellableBySku(sku: string): readonly ItemEntry[] {
    return this.#bySku
      .find(skuKey(sku))
      .flatMap((id) => this.#entries.get(id) ?? [])
      .filter(isSellable);
  }

  byName(name: string): readonly ItemEntry[] {
    return this.#byName.find(fold(name)).flatMap((id) => this.#entries.get(id) ?? []);
  }
}

export function isSellable(entry: ItemEntry): boolean {
  return entry.active && SELLABLE.has(entry.type);
}

/** SKUs compare without case and outer blanks, as WooCommerce keeps them unique. */
export function skuKey(sku: string): string {
  return fold(sku);
}
