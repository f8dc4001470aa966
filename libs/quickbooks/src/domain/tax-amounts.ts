import type { CanonicalOrder } from '@tillstream/contracts';
import type { DraftLine } from './draft-lines.js';
import type { CodeRate, PlannedTaxRate } from './model.js';
import { sum } from './order-checks.js';
import { partsByRate } from './order-taxes.js';
import { orderRates, type RateSetKey, rateSetOf } from './rates.js';
import type { ChosenCode } from './tax-codes.js';

interface Share {
  readonly rate: CodeRate;
  amountMinor: number;
}

/**
 * The order's tax per QuickBooks rate (B13). Each source rate's tax line is split over the codes its lines use; what
 * the lines do not explain of a tax line, and the tax lines of `total_tax`, goes to the largest share, so that the
 * parts add up to `total_tax` exactly. null = there is tax and no rate to put it on.
 */
export function taxByRate(
  order: CanonicalOrder,
  lines: readonly DraftLine[],
  codes: ReadonlyMap<RateSetKey, ChosenCode>,
): PlannedTaxRate[] | null {
  const shares = sharesOfLines(order, codes);
  for (const tax of order.taxLines) {
    const ofRate = shares.filter(([rateId]) => rateId === tax.rateId).map(([, share]) => share);
    settle(ofRate, tax.taxMinor + tax.shippingTaxMinor);
  }
  const all = shares.map(([, share]) => share);
  if (!settle(all, order.totalTaxMinor)) return null;
  return usedRates(codes).flatMap((rate) => {
    const amountMinor = sum(all.filter((share) => share.rate.rateId === rate.rateId).map((share) => share.amountMinor));
    if (amountMinor === 0 && rate.percent === '0') return [];
    return [{ rateId: rate.rateId, percent: rate.percent, amountMinor, netMinor: netOf(rate.rateId, lines, codes) }];
  });
}

/** Tax of the lines per (source rate, set of rates), each with the QuickBooks rate it is booked on. */
function sharesOfLines(order: CanonicalOrder, codes: ReadonlyMap<RateSetKey, ChosenCode>): [string, Share][] {
  const rates = orderRates(order);
  const shares = new Map<string, [string, Share]>();
  const charges = [...order.fees, ...order.shipping].flatMap((charge) => partsByRate(charge, order.taxLines));
  for (const charge of [...order.lines, ...charges]) {
    const set = rateSetOf(charge, rates);
    for (const { rateId, amountMinor } of charge.taxes) {
      const rate = codes.get(set)?.rateFor.get(rateId);
      if (!rate) continue;
      const key = `${set} ${rateId}`;
      const entry = shares.get(key) ?? [rateId, { rate, amountMinor: 0 }];
      entry[1].amountMinor += amountMinor;
      shares.set(key, entry);
    }
  }
  return [...shares.values()];
}

/** Makes the shares add up to `target` by the largest of them; false when there is none and something to place. */
function settle(shares: readonly Share[], target: number): boolean {
  const missing = target - sum(shares.map((share) => share.amountMinor));
  if (missing === 0) return true;
  const largest = shares.toSorted((left, right) => Math.abs(right.amountMinor) - Math.abs(left.amountMinor))[0];
  if (!largest) return false;
  largest.amountMinor += missing;
  return true;
}

/** The rates of codes that charge something, once each. */
function usedRates(codes: ReadonlyMap<RateSetKey, ChosenCode>): CodeRate[] {
  const byId = new Map([...codes.values()].flatMap(({ rates }) => rates.map((rate) => [rate.rateId, rate] as const)));
  return [...byId.values()];
}

function netOf(rateId: string, lines: readonly DraftLine[], codes: ReadonlyMap<RateSetKey, ChosenCode>): number {
  const under = lines.filter(({ rateSet }) => codes.get(rateSet)?.rates.some((rate) => rate.rateId === rateId));
  return sum(under.map((line) => line.amountMinor));
}
