import { type Micro, divide, percentOf, sum, toMicro } from './fixed.js';

/** One row of the shop's tax table, as `/taxes` lists it. */
export interface TaxRate {
  readonly id: number;
  /** Rate code of order tax lines, e.g. `US-NV-TAX-1`. */
  readonly code: string;
  readonly label: string;
  /** Percent as a decimal string with up to four decimals: "8.375". */
  readonly percent: string;
  /** A compound rate is charged on the amount including the other rates. */
  readonly compound: boolean;
  /** Whether shipping is taxed with it. */
  readonly shipping: boolean;
  readonly priority: number;
  /** "standard", "reduced-rate", …; order lines show standard as "". */
  readonly class: string;
  readonly country: string;
  readonly state: string;
}

/** Tax per rate id, unrounded (six decimals). */
export type Taxes = ReadonlyMap<number, Micro>;

const HUNDRED = 100_000_000n;

/** Tax on a net or gross amount, per rate, the way WC_Tax::calc_tax does it: compound rates come last. */
export function calculateTax(amount: Micro, rates: readonly TaxRate[], amountIncludesTax: boolean): Taxes {
  return amountIncludesTax ? containedTax(amount, rates) : addedTax(amount, rates);
}

function addedTax(net: Micro, rates: readonly TaxRate[]): Taxes {
  const taxes = new Map<number, Micro>();
  for (const rate of rates) if (!rate.compound) taxes.set(rate.id, percentOf(net, toMicro(rate.percent)));
  for (const rate of rates) {
    if (!rate.compound) continue;
    taxes.set(rate.id, percentOf(net + sum(taxes.values()), toMicro(rate.percent)));
  }
  return taxes;
}

function containedTax(gross: Micro, rates: readonly TaxRate[]): Taxes {
  const found = new Map<number, Micro>();
  let rest = gross;
  for (const rate of rates.filter((each) => each.compound).toReversed()) {
    const percent = toMicro(rate.percent);
    const tax = divide(rest * percent, HUNDRED + percent);
    found.set(rate.id, tax);
    rest -= tax;
  }
  const plain = rates.filter((each) => !each.compound);
  const together = HUNDRED + sum(plain.map((each) => toMicro(each.percent)));
  for (const rate of plain) found.set(rate.id, divide(rest * toMicro(rate.percent), together));
  return new Map(rates.map((rate) => [rate.id, found.get(rate.id) ?? 0n]));
}

export function addTaxes(into: Map<number, Micro>, taxes: Taxes): void {
  for (const [id, tax] of taxes) into.set(id, (into.get(id) ?? 0n) + tax);
}
