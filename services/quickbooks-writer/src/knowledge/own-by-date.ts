import { markerOf, type WireEntity } from '@tillstream/quickbooks';
import type { CompanyReader, Trail } from '../company/company-port.js';
import { valueOf } from '../company/remote-answer.js';
import { SingleFlight } from '../company/single-flight.js';

/**
 * Invoices with a marker of ours by date, for companies that number by themselves: there an invoice of a lost ledger
 * cannot be found by its number. One query per day of orders; what is written later stands in the ledger.
 */
export class OwnByDate {
  readonly #known = new Map<string, readonly WireEntity[]>();
  readonly #asking = new SingleFlight<readonly WireEntity[]>();

  constructor(private readonly company: CompanyReader) {}

  /** `date` is a TxnDate. Throws a Deferral or Hold when QuickBooks does not answer. */
  async on(trail: Trail, date: string): Promise<readonly WireEntity[]> {
    return this.#known.get(date) ?? this.#asking.run(date, () => this.#ask(trail, date));
  }

  async #ask(trail: Trail, date: string): Promise<readonly WireEntity[]> {
    const result = await this.company.read(trail, (api, caller) =>
      api.queryAll(caller, { entity: 'Invoice', where: [{ field: 'TxnDate', operator: '=', value: date }] }),
    );
    const all = valueOf(result, this.company.pausedUntil());
    const ours = all.filter((invoice) => markerOf(invoice['PrivateNote']) !== null);
    this.#known.set(date, ours);
    return ours;
  }
}
