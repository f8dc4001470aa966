import {
  ItemDirectory,
  type ItemLookup,
  NameDirectory,
  type NameEntry,
  type NameLookup,
  parseItemEntry,
  parseNameEntry,
  type WireEntity,
} from '@tillstream/quickbooks';
import type { Trail } from '../company/company-port.js';
import type { DirectoryPort } from '../delivery/delivery-env.js';

/** The company's lists as they will be once what was planned so far is written; the lists themselves stay as they are. */
export class PlanDirectories implements DirectoryPort {
  readonly names: NameLookup;
  readonly items: ItemLookup;
  readonly #names = new NameDirectory();
  readonly #items = new ItemDirectory();

  constructor(private readonly base: DirectoryPort) {
    const [names, items] = [this.#names, this.#items];
    const isOlder = ({ kind, id }: NameEntry) => kind === 'customer' && names.customer(id) !== null;
    this.names = {
      customer: (id) => names.customer(id) ?? base.names.customer(id),
      activeCustomersByEmail: (email) => [
        ...base.names.activeCustomersByEmail(email).filter((entry) => !isOlder(entry)),
        ...names.activeCustomersByEmail(email),
      ],
      byName: (name) => [...base.names.byName(name).filter((entry) => !isOlder(entry)), ...names.byName(name)],
    };
    this.items = {
      get: (id) => items.get(id) ?? base.items.get(id),
      sellableBySku: (sku) => [
        ...base.items.sellableBySku(sku).filter(({ id }) => items.get(id) === null),
        ...items.sellableBySku(sku),
      ],
      byName: (name) => [...base.items.byName(name).filter(({ id }) => items.get(id) === null), ...items.byName(name)],
    };
  }

  freshNames(trail: Trail, maxAgeMs: number): Promise<void> {
    return this.base.freshNames(trail, maxAgeMs);
  }

  freshItems(trail: Trail, maxAgeMs: number): Promise<void> {
    return this.base.freshItems(trail, maxAgeMs);
  }

  upsertName(wire: WireEntity, kind: NameEntry['kind']): void {
    const entry = parseNameEntry(wire, kind);
    if (entry) this.#names.upsert(entry);
  }

  upsertItem(wire: WireEntity): void {
    const entry = parseItemEntry(wire);
    if (entry) this.#items.upsert(entry);
  }
}
