import type { CompanyAccount, CompanyProfile, WireEntity } from '@tillstream/quickbooks';
import type { EffectState } from '../ledger/domain/index.js';
import type { Trail } from '../company/company-port.js';
import type { DeliveryEnv } from '../delivery/delivery-env.js';
import { PlanDirectories } from './plan-directories.js';

/** Ids of what would be created begin like this; QuickBooks' own are digits. */
const NEW = 'new:';

/**
 * What one dry run has planned so far in one company: names that its earlier records would create are there for the
 * later ones. In memory only; a run that loses it counts a shared name by its key all the same.
 */
export class PlanSession {
  /** Ledger entries of names, as they would be. */
  readonly names = new Map<string, EffectState>();
  readonly directories: PlanDirectories;
  readonly skuOwners: Map<string, Set<string>>;
  /** Orders that would have a number by then, by source and number (B8). */
  readonly numberOwners = new Map<string, string>();
  /** Invoices that would have a number by then, by DocNumber. */
  readonly numbered = new Map<string, WireEntity>();
  readonly #accounts: CompanyAccount[] = [];
  /** New names by id, as QuickBooks would show them. */
  readonly #new = new Map<string, WireEntity>();

  constructor(private readonly base: Omit<DeliveryEnv, 'company'>) {
    this.directories = new PlanDirectories(base.directories);
    this.skuOwners = new Map([...base.skuOwners].map(([sku, owners]) => [sku, new Set(owners)]));
  }

  get profiles(): DeliveryEnv['profiles'] {
    const { profiles } = this.base;
    return {
      get: async (trail: Trail): Promise<CompanyProfile> => {
        const profile = await profiles.get(trail);
        return { ...profile, accounts: [...profile.accounts, ...this.#accounts] };
      },
      addAccount: (account) => {
        this.#accounts.push(account);
      },
      forget: () => profiles.forget(),
    };
  }

  noteNew(name: WireEntity): void {
    this.#new.set(name.Id, name);
  }

  newName(id: string): WireEntity | null {
    return this.#new.get(id) ?? null;
  }

  /** Keys of everything new that these ids need, themselves included: `item|woo:88`, `account|salesIncome`. */
  needsOf(ids: Iterable<string>): string[] {
    const open = [...ids].filter((id) => id.startsWith(NEW));
    const found = new Set<string>();
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (found.has(id)) continue;
      found.add(id);
      open.push(...newRefsIn(this.#new.get(id)));
    }
    return [...found].map((id) => id.slice(NEW.length)).sort();
  }
}

/** Id of what an effect would create: `new:customer|woo:17`, `new:account|salesIncome`. */
export function newId({ kind, sourceId }: Pick<EffectState['identity'], 'kind' | 'sourceId'>): string {
  return `${NEW}${kind}|${kind === 'account' ? sourceId.replace(/^role:/u, '') : sourceId}`;
}

/** Ids in the references of a body that nothing has yet. */
export function newRefsIn(body: unknown): string[] {
  if (Array.isArray(body)) return body.flatMap(newRefsIn);
  if (typeof body !== 'object' || body === null) return [];
  return Object.entries(body).flatMap(([key, value]: [string, unknown]) =>
    key === 'value' && typeof value === 'string' ? (value.startsWith(NEW) ? [value] : []) : newRefsIn(value),
  );
}
