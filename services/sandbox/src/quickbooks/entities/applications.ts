import type { Company, EntityName } from '../company.js';
import { decimal, minorOf } from '../decimal.js';
import { type JsonObject, objectsAt } from '../json.js';

/** One application of a payment: minor units of an invoice or a credit memo. */
export interface Application {
  readonly entity: EntityName;
  readonly id: string;
  readonly minor: number;
}

/** What a payment's lines apply to which transaction. */
export function applicationsOf(company: Company, payment: JsonObject | undefined): readonly Application[] {
  return objectsAt(payment, 'Line').flatMap((line) =>
    objectsAt(line, 'LinkedTxn')
      .slice(0, 1)
      .map((linked) => ({
        entity: linked.TxnType as EntityName,
        id: String(linked.TxnId),
        minor: minorAmount(company, line.Amount) ?? 0,
      })),
  );
}

/** A JSON amount in minor units. */
export function minorAmount(company: Company, value: unknown): number | undefined {
  const exact = decimal(value);
  return exact === undefined ? undefined : Number(minorOf(exact, company.digits, company.switches.rounding));
}

/** Money of a payment that no transaction has used: credits add to it, invoices take from it. */
export function unapplied(total: number, applications: readonly Application[]): number {
  return applications.reduce((rest, { entity, minor: used }) => rest + (entity === 'CreditMemo' ? used : -used), total);
}
