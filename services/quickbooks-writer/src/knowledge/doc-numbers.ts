import type { Clock } from '@tillstream/kernel';
import type { WireEntity } from '@tillstream/quickbooks';
import type { CompanyReader, Trail } from '../company/company-port.js';
import { valueOf } from '../company/remote-answer.js';

/** Numbers per query; longer IN lists make long addresses. */
const CHUNK = 50;

/** One query and the numbers it answers for. */
interface Look {
  readonly at: number;
  readonly numbers: Set<string>;
  readonly holders: Promise<readonly WireEntity[]>;
}

/**
 * Which invoices have a number already (B8). One query answers for the order at hand and for the next ones in the
 * queue, so that the check costs a fiftieth of a call per order.
 */
export class DocNumberLookup {
  readonly #looks = new Map<string, Look>();
  /** The look that is not sent yet: others may join it. */
  #open: Look | null = null;

  constructor(
    private readonly company: CompanyReader,
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
    if (!this.#open || this.#open.numbers.size >= CHUNK) this.#open = this.#look(trail);
    this.#join(this.#open, docNumber);
    return this.#open.holders;
  }

  #join(look: Look, docNumber: string): void {
    look.numbers.add(docNumber);
    this.#looks.set(docNumber, look);
  }

  #look(trail: Trail): Look {
    const look: Look = {
      at: this.clock.now(),
      numbers: new Set(),
      // Orders that start together ask together: the look is sent when all of them had their turn.
      holders: nextTurn().then(() => this.#send(trail, look)),
    };
    look.holders.catch(() => {
      for (const number of look.numbers) if (this.#looks.get(number) === look) this.#looks.delete(number);
    });
    return look;
  }

  async #send(trail: Trail, look: Look): Promise<readonly WireEntity[]> {
    if (this.#open === look) this.#open = null;
    for (const number of this.upcoming(CHUNK * 2)) {
      if (look.numbers.size >= CHUNK) break;
      if (!this.#looks.has(number)) this.#join(look, number);
    }
    const value = [...look.numbers];
    const result = await this.company.read(trail, (api, caller) =>
      api.queryAll(caller, { entity: 'Invoice', where: [{ field: 'DocNumber', operator: 'IN', value }] }),
    );
    return valueOf(result, this.company.pausedUntil());
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
