import type { Clock } from '@tillstream/kernel';
import type { WireEntity } from '@tillstream/quickbooks';
import type { Company, Trail } from './company.js';
import { valueOf } from './remote-answer.js';

/** Numbers per query; longer IN lists make long addresses. */
const CHUNK = 50;

interface Look {
  readonly at: number;
  readonly holders: Promise<readonly WireEntity[]>;
}

/**
 * Which invoices have a number already (B8). One query answers for the order at hand and for the next ones in the
 * queue, so that the check costs a fiftieth of a call per order.
 */
export class DocNumberLookup {
  readonly #looks = new Map<string, Look>();

  constructor(
    private readonly company: Company,
    private readonly clock: Clock,
    private readonly maxAgeMs: number,
    /** DocNumbers of the orders that come next, nearest first. */
    private readonly upcoming: (limit: number) => readonly string[],
  ) {}

  /** Invoices with this number; as a list answer shows them. */
  async holders(trail: Trail, docNumber: string): Promise<readonly WireEntity[]> {
    const look = this.#looks.get(docNumber);
    const holders = look && this.clock.now() - look.at < this.maxAgeMs ? look.holders : this.#ask(trail, docNumber);
    return (await holders).filter((entity) => entity['DocNumber'] === docNumber);
  }

  /** The number is in use from now on, or a person may have freed it. */
  forget(docNumber: string): void {
    this.#looks.delete(docNumber);
  }

  #ask(trail: Trail, docNumber: string): Promise<readonly WireEntity[]> {
    const at = this.clock.now();
    const next = this.upcoming(CHUNK * 2).filter((number) => !this.#looks.has(number));
    const numbers = [...new Set([docNumber, ...next])].slice(0, CHUNK);
    const holders = this.company
      .read(trail, (api, caller) =>
        api.queryAll(caller, { entity: 'Invoice', where: [{ field: 'DocNumber', operator: 'IN', value: numbers }] }),
      )
      .then((result) => valueOf(result, this.company.pausedUntil()));
    const look = { at, holders };
    for (const number of numbers) this.#looks.set(number, look);
    holders.catch(() => {
      for (const number of numbers) if (this.#looks.get(number) === look) this.#looks.delete(number);
    });
    return holders;
  }
}
