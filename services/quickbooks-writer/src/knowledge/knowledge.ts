import type { ProblemCodeName } from '@tillstream/contracts';
import type { Directories } from './directories.js';
import type { ProfileCache } from './profile-cache.js';

type Basis = 'profile' | 'names' | 'items';

/** Wall clock, ms, of the last look at each; -Infinity = never. */
export type ReadTimes = Readonly<Record<Basis, number>>;

/** What a hold is concluded from, where that is remembered and may have changed in QuickBooks meanwhile. */
const BASIS = {
  tax_unmapped: 'profile',
  tax_ambiguous: 'profile',
  tax_disabled: 'profile',
  period_closed: 'profile',
  account_missing: 'profile',
  customer_ambiguous: 'names',
  customer_gone: 'names',
  item_missing: 'items',
  item_ambiguous: 'items',
  item_gone: 'items',
} as const satisfies Partial<Record<ProblemCodeName, Basis>>;
const BASIS_OF: ReadonlyMap<string, Basis> = new Map(Object.entries(BASIS));

/** What the writer remembers of a company, and how old that is. */
export class Knowledge {
  constructor(
    private readonly profiles: ProfileCache,
    private readonly directories: Directories,
  ) {}

  readTimes(): ReadTimes {
    return { profile: this.profiles.readAt, ...this.directories.readTimes() };
  }

  /**
   * B16: nobody is held by what was only remembered. True when a hold with `code` was concluded from a look (`used`)
   * older than `sinceMs`; then the next use looks again, once for all who ask.
   */
  isOutdated(code: string, used: ReadTimes, sinceMs: number): boolean {
    const basis = BASIS_OF.get(code);
    if (basis === undefined || used[basis] >= sinceMs) return false;
    if (this.readTimes()[basis] >= sinceMs) return true;
    if (basis === 'profile') this.profiles.forget();
    else this.directories.expire(basis);
    return true;
  }
}
