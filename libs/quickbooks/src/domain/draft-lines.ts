import type { CanonicalOrder } from '@tillstream/contracts';
import { productNeed, roleNeed } from './items.js';
import type { ItemNeed, PlannedLine } from './model.js';
import { partsByRate } from './order-taxes.js';
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
    const change = line.totalMinor - line.subtotalMinor;
    // A line raised above its subtotal by hand or plugin stands at its total: that is no discount, and no less of one.
    if (change < 0) discounts.set(rateSet, (discounts.get(rateSet) ?? 0) + change);
    const need = productNeed(order.source, line);
    return {
      kind: 'product',
      need,
      amountMinor: Math.max(change, 0) + line.subtotalMinor,
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
    ...(order.giftCards ?? []).map(({ code, amountMinor }) =>
      roleLine('giftCard', -amountMinor, `Gift card ${lastOf(code)}`.trim(), ''),
    ),
  ];
}

/** Enough to find it; the whole code would pay for somebody else's order. */
const lastOf = (code: string): string => (code.length > 4 ? code.slice(-4) : '');

function discountLines(order: CanonicalOrder, discounts: ReadonlyMap<RateSetKey, number>): DraftLine[] {
  const text = ['Discount', order.couponCodes.join(', ')].filter(Boolean).join(' ');
  return [...discounts]
    .filter(([, amountMinor]) => amountMinor !== 0)
    .map(([rateSet, amountMinor]) => roleLine('discount', amountMinor, text, rateSet));
}

function charges(order: CanonicalOrder, kind: 'fee' | 'shipping', fallback: string): DraftLine[] {
  const rates = orderRates(order);
  const list = (kind === 'fee' ? order.fees : order.shipping).flatMap((charge) => partsByRate(charge, order.taxLines));
  return list.map((charge) => roleLine(kind, charge.totalMinor, charge.name || fallback, rateSetOf(charge, rates)));
}

function roleLine(
  kind: 'fee' | 'shipping' | 'discount' | 'rounding' | 'giftCard',
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
