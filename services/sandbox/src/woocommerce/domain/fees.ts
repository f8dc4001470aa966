import { type Micro, divide, roundTo, sum, toMicro } from './fixed.js';
import { type TaxRate, type Taxes, addTaxes, calculateTax } from './tax.js';
import type { DraftFee, MoneySettings, OrderDraft } from './types.js';

/** What a negative fee is spread over: the net amount of a line and its rates. */
export interface FeeBase {
  readonly net: Micro;
  readonly taxClass: string;
  readonly rates: readonly TaxRate[];
}

export interface ComputedFee {
  readonly fee: DraftFee;
  readonly total: Micro;
  readonly taxes: Taxes;
}

/**
 * Fees are net. A negative one acts as a discount: capped at what the order has so far, and carrying negative tax in
 * proportion to the lines' tax classes, whatever its own tax status says.
 */
export function computeFees(
  draft: OrderDraft,
  bases: readonly FeeBase[],
  shippingTotal: Micro,
  settings: MoneySettings,
): ComputedFee[] {
  let running = 0n;
  const itemsTotal = sum(bases.map((base) => base.net));
  return draft.fees.map((fee) => {
    const wish = roundTo(toMicro(fee.amount), settings.decimals);
    const most = -roundTo(itemsTotal + running + shippingTotal, settings.decimals);
    const total = wish < 0n && wish < most ? min(0n, most) : wish;
    running += total;
    return { fee, total, taxes: feeTaxes(draft.path, fee, total, bases, settings) };
  });
}

function feeTaxes(
  path: OrderDraft['path'],
  fee: DraftFee,
  total: Micro,
  bases: readonly FeeBase[],
  settings: MoneySettings,
): Taxes {
  if (total >= 0n) return fee.taxable ? calculateTax(total, fee.rates, false) : new Map();
  const spread = path === 'checkout' ? perClass(bases) : bases;
  const whole = sum(spread.map((base) => base.net));
  const taxes = new Map<number, Micro>();
  if (whole === 0n) return taxes;
  for (const base of spread) {
    const share = divide(total * base.net, whole);
    const tax = calculateTax(share, base.rates, false);
    // The admin path taxes each line's share by itself, so the same fee can carry another cent of tax there.
    addTaxes(taxes, path === 'admin' ? roundAll(tax, settings.decimals) : tax);
  }
  return taxes;
}

function perClass(bases: readonly FeeBase[]): FeeBase[] {
  const classes = new Map<string, FeeBase>();
  for (const base of bases) {
    const key = `${base.taxClass}|${base.rates.map((rate) => rate.id).join(',')}`;
    const known = classes.get(key);
    classes.set(key, known ? { ...known, net: known.net + base.net } : base);
  }
  return [...classes.values()];
}

function roundAll(taxes: Taxes, decimals: number): Taxes {
  return new Map([...taxes].map(([id, tax]) => [id, roundTo(tax, decimals)]));
}

function min(a: Micro, b: Micro): Micro {
  return a < b ? a : b;
}
