import { type AppliedCoupon, applyCoupons } from './coupons.js';
import { type Micro, multiply, sum, toMicro } from './fixed.js';
import { type Taxes, calculateTax } from './tax.js';
import type { DraftLine, MoneySettings, OrderDraft } from './types.js';

/** A product line with all amounts net and unrounded. */
export interface ComputedLine {
  readonly line: DraftLine;
  readonly subtotal: Micro;
  readonly subtotalTaxes: Taxes;
  readonly total: Micro;
  readonly totalTaxes: Taxes;
}

export interface ComputedCoupon {
  readonly applied: AppliedCoupon;
  readonly discount: Micro;
  readonly discountTax: Micro;
}

/** The checkout puts equal goods into one line; an order typed in by hand keeps them apart. */
export function mergeEqualLines(lines: readonly DraftLine[]): DraftLine[] {
  const merged = new Map<string, DraftLine>();
  for (const line of lines) {
    const key = JSON.stringify({ ...line, quantity: '', rates: line.rates.map((rate) => rate.id) });
    const known = merged.get(key);
    merged.set(key, known ? { ...known, quantity: addQuantities(known.quantity, line.quantity) } : line);
  }
  return [...merged.values()];
}

export function computeLines(
  draft: OrderDraft,
  settings: MoneySettings,
): { lines: ComputedLine[]; coupons: ComputedCoupon[] } {
  const source = draft.path === 'checkout' ? mergeEqualLines(draft.lines) : draft.lines;
  const gross = source.map((line) => multiply(toMicro(line.price), toMicro(line.quantity)));
  const applied = applyCoupons(source, gross, draft.coupons, settings);
  const lines = source.map((line, index) => {
    const discount = sum(applied.map((each) => each.perLine[index] ?? 0n));
    return computeLine(line, gross[index] ?? 0n, discount, settings);
  });
  return { lines, coupons: applied.map((each) => computeCoupon(each, source, settings)) };
}

function computeLine(line: DraftLine, gross: Micro, discount: Micro, settings: MoneySettings): ComputedLine {
  const before = netOf(gross, line, settings);
  const after =
    line.handTotal === undefined
      ? netOf(gross - discount, line, settings)
      : { net: toMicro(line.handTotal), taxes: calculateTax(toMicro(line.handTotal), line.rates, false) };
  // A total above the subtotal raises the subtotal: WooCommerce knows no negative discount.
  const lifted = after.net > before.net ? after : before;
  return {
    line,
    subtotal: lifted.net,
    subtotalTaxes: lifted.taxes,
    total: after.net,
    totalTaxes: after.taxes,
  };
}

function computeCoupon(applied: AppliedCoupon, lines: readonly DraftLine[], settings: MoneySettings): ComputedCoupon {
  let discount = 0n;
  let discountTax = 0n;
  lines.forEach((line, index) => {
    const share = netOf(applied.perLine[index] ?? 0n, line, settings);
    discount += share.net;
    discountTax += sum(share.taxes.values());
  });
  return { applied, discount, discountTax };
}

function netOf(amount: Micro, line: DraftLine, settings: MoneySettings): { net: Micro; taxes: Taxes } {
  const taxes = calculateTax(amount, line.rates, settings.pricesIncludeTax);
  return { net: settings.pricesIncludeTax ? amount - sum(taxes.values()) : amount, taxes };
}

function addQuantities(a: string, b: string): string {
  const total = toMicro(a) + toMicro(b);
  return String(Number(total) / 1_000_000);
}
