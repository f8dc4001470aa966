import type { CanonicalOrder } from '@tillstream/contracts';
import { productNeed, roleNeed } from './items.js';
import type { ItemNeed, PlannedLine } from './model.js';
import { orderRates, rateSetOf, type RateSetKey } from './rates.js';

/** A line before tax codes, quantities and texts are settled. */
export interface DraftLine {
  readonly kind: PlannedLine['kind'];
  readonly need: ItemNeed;
  readonly amountMinor: number;
  readonly text: string;
  readonly quantity: string;
  readonly rateSet: RateSetKey;
}

/** Lines of an order (B11): products before coupons, one discount line per set of rates, fees, shipping. */
export function draftLines(order: CanonicalOrder): DraftLine[] {
  const rates = orderRates(order);
  const discounts = new Map<RateSetKey, number>();
  const products = order.lines.map((line): DraftLine => {
    const rateSet = rateSetOf(line, rates);
    discounts.set(rateSet, (discounts.get(rateSet) ?? 0) + line.totalMinor - line.subtotalMinor);
    const need = productNeed(order.source, line);
    return {
      kind: 'product',
      need,
      amountMinor: line.subtotalMinor,
      text: line.name,
      quantity: line.quantity,
      rateSet,
    };
  });
  return [
    ...products,
    ...discountLines(order, discounts),
    ...charges(order, 'fee', 'Fee'),
    ...charges(order, 'shipping', 'Shipping'),
  ];
}

function discountLines(order: CanonicalOrder, discounts: ReadonlyMap<RateSetKey, number>): DraftLine[] {
  const text = ['Discount', order.couponCodes.join(', ')].filter(Boolean).join(' ');
  return [...discounts]
    .filter(([, amountMinor]) => amountMinor !== 0)
    .map(([rateSet, amountMinor]) => roleLine('discount', amountMinor, text, rateSet));
}

function charges(order: CanonicalOrder, kind: 'fee' | 'shipping', fallback: string): DraftLine[] {
  const rates = orderRates(order);
  const list = kind === 'fee' ? order.fees : order.shipping;
  return list.map((charge) => roleLine(kind, charge.totalMinor, charge.name || fallback, rateSetOf(charge, rates)));
}

function roleLine(
  kind: 'fee' | 'shipping' | 'discount' | 'rounding',
  amountMinor: number,
  text: string,
  rateSet: RateSetKey,
): DraftLine {
  return { kind, need: roleNeed(kind), amountMinor, text, quantity: '1', rateSet };
}

/** What the lines do not explain, untaxed and visible (B1). */
export function roundingLine(amountMinor: number): DraftLine {
  return roleLine('rounding', amountMinor, 'Rounding', '');
}
