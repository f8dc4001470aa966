import type { Clock } from '@tillstream/kernel';
import {
  type Condition,
  type EntityName,
  ItemDirectory,
  NameDirectory,
  type NameEntry,
  parseItemEntry,
  parseNameEntry,
  type WireEntity,
} from '@tillstream/quickbooks';
import type { CompanyReader, Trail } from '../company/company-port.js';
import { valueOf } from '../company/remote-answer.js';

/** What was changed this long before the last look is read again: the remote's clock is not ours. */
const OVERLAP_MS = 10 * 60_000;
/** Lists hide inactive objects unless asked (facts section 5). */
const BOTH: Condition = { field: 'Active', operator: 'IN', value: [true, false] };

const NAMES: readonly (readonly [EntityName, NameEntry['kind']])[] = [
  ['Customer', 'customer'],
  ['Vendor', 'vendor'],
  ['Employee', 'employee'],
];

/**
 * Customers, vendors, employees and items of one company, kept in memory so that matching is ours (B9, B10): read once
 * as a whole, then by what changed since. One refresh at a time for all who ask.
 */
export class Directories {
  readonly names = new NameDirectory();
  readonly items = new ItemDirectory();
  /** Wall clock, ms, of the last complete look; -Infinity = never. */
  #readAt: Record<'names' | 'items', number> = { names: Number.NEGATIVE_INFINITY, items: Number.NEGATIVE_INFINITY };
  /** To be looked at again before their next use, whatever their age. */
  readonly #expired = new Set<'names' | 'items'>();
  readonly #running: Record<'names' | 'items', Promise<void> | null> = { names: null, items: null };

  constructor(
    private readonly company: CompanyReader,
    private readonly clock: Clock,
  ) {}

  /** Customers, vendors and employees no older than `maxAgeMs`. */
  freshNames(trail: Trail, maxAgeMs: number): Promise<void> {
    return this.#fresh('names', maxAgeMs, async () => {
      for (const [entity, kind] of NAMES) {
        for (const wire of await this.#changed(trail, 'names', entity)) this.upsertName(wire, kind);
      }
    });
  }

  freshItems(trail: Trail, maxAgeMs: number): Promise<void> {
    return this.#fresh('items', maxAgeMs, async () => {
      for (const wire of await this.#changed(trail, 'items', 'Item')) this.upsertItem(wire);
    });
  }

  /** Wall clock, ms, of the last complete look at each list. */
  readTimes(): Readonly<Record<'names' | 'items', number>> {
    return { ...this.#readAt };
  }

  /** The next use reads what changed since the last look, however young that is. */
  expire(list: 'names' | 'items'): void {
    this.#expired.add(list);
  }

  upsertName(wire: WireEntity, kind: NameEntry['kind']): void {
    const entry = parseNameEntry(wire, kind);
    if (entry) this.names.upsert(entry);
  }

  upsertItem(wire: WireEntity): void {
    const entry = parseItemEntry(wire);
    if (entry) this.items.upsert(entry);
  }

  async #fresh(list: 'names' | 'items', maxAgeMs: number, read: () => Promise<void>): Promise<void> {
    const running = this.#running[list];
    // A running look may have begun before the change the caller wants to see.
    if (running) await running.catch(() => undefined);
    const began = this.clock.now();
    if (!this.#expired.has(list) && began - this.#readAt[list] <= maxAgeMs) return;
    const started =
      this.#running[list] ??
      read().then(() => {
        this.#readAt[list] = began;
        this.#expired.delete(list);
      });
    this.#running[list] = started;
    try {
      await started;
    } finally {
      if (this.#running[list] === started) this.#running[list] = null;
    }
  }

  async #changed(trail: Trail, list: 'names' | 'items', entity: EntityName): Promise<readonly WireEntity[]> {
    const since = this.#readAt[list];
    const changed: Condition[] = Number.isFinite(since)
      ? [{ field: 'MetaData.LastUpdatedTime', operator: '>=', value: new Date(since - OVERLAP_MS).toISOString() }]
      : [];
    const result = await this.company.read(trail, (api, caller) =>
      api.queryAll(caller, { entity, where: [BOTH, ...changed] }),
    );
    return valueOf(result, this.company.pausedUntil());
  }
}
