import type { Clock } from '@tillstream/kernel';
import type { WireEntity } from '@tillstream/quickbooks';
import type { CompanyReader, Trail } from '../company/company-port.js';
import { isRefusedRead, valueOf } from '../company/remote-answer.js';
import { Deferral } from '../company/trouble.js';

/** Numbers per query; longer IN lists make long addresses. */
const CHUNK = 50;

/** One query and the numbers it answers for. */
interface Look {
  readonly at: number;
  readonly numbers: Set<string>;
  readonly holders: Promise<readonly WireEntity[]>;
  /** Numbers that QuickBooks refused to answer for. */
  readonly unread: Map<string, Deferral>;
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
    const asked = look && this.clock.now() - look.at < this.maxAgeMs ? look : this.#ask(trail, docNumber);
    const holders = await asked.holders;
    const refused = asked.unread.get(docNumber);
    if (refused !== undefined) {
      this.forget(docNumber);
      throw refused;
    }
    return holders.filter((entity) => entity['DocNumber'] === docNumber);
  }

  /** The number is in use from now on, or a person may have freed it. */
  forget(docNumber: string): void {
    this.#looks.delete(docNumber);
  }

  #ask(trail: Trail, docNumber: string): Look {
    if (!this.#open || this.#open.numbers.size >= CHUNK) this.#open = this.#look(trail);
    this.#join(this.#open, docNumber);
    return this.#open;
  }

  #join(look: Look, docNumber: string): void {
    look.numbers.add(docNumber);
    this.#looks.set(docNumber, look);
  }

  #look(trail: Trail): Look {
    const look: Look = {
      at: this.clock.now(),
      numbers: new Set(),
      unread: new Map(),
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
    return this.#askFor(trail, look, [...look.numbers]);
  }

  /**
   * One invoice that cannot be shown makes a list of fifty unreadable: halves of it are asked for until one number is
   * left, whose look-up alone fails.
   */
  async #askFor(trail: Trail, look: Look, value: readonly string[]): Promise<readonly WireEntity[]> {
    const result = await this.company.read(trail, (api, caller) =>
      api.queryAll(caller, { entity: 'Invoice', where: [{ field: 'DocNumber', operator: 'IN', value }] }),
    );
    if (!isRefusedRead(result) || value.length === 1) return valueOf(result, this.company.pausedUntil());
    const found: WireEntity[] = [];
    const half = Math.ceil(value.length / 2);
    for (const part of [value.slice(0, half), value.slice(half)]) {
      found.push(
        ...(await this.#askFor(trail, look, part).catch((thrown: unknown) => this.#unread(look, part, thrown))),
      );
    }
    return found;
  }

  /** Whoever needs this number hears of it, and its next look-up asks again. */
  #unread(look: Look, numbers: readonly string[], thrown: unknown): readonly WireEntity[] {
    if (numbers.length > 1 || !(thrown instanceof Deferral)) throw thrown;
    for (const number of numbers) look.unread.set(number, thrown);
    return [];
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
