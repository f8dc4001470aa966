import type { CanonicalOrder, OrderCharge } from '@tillstream/contracts';
import { sum } from './order-checks.js';
import { normalisePercent } from './numbers.js';

/** The taxes of an order as its shop meant them (B13). Pure. */

/**
 * A renewal or a recalculation may leave tax rows twice: same rate, same amount. Repeats count once where the sum is
 * right only then; whatever else is wrong stays as it is and is held by the checks.
 */
export function withoutRepeatedTaxes(order: CanonicalOrder, boundMinor: number): CanonicalOrder {
  const fits = (total: number): boolean => Math.abs(order.totalTaxMinor - total) <= boundMinor;
  const taxLines = fits(sumOfTaxLines(order.taxLines)) ? order.taxLines : distinct(order.taxLines);
  const ofLines = [...order.lines, ...order.fees, ...order.shipping];
  const bare = <T extends OrderCharge>(charge: T): T => ({ ...charge, taxes: distinct(charge.taxes) });
  const repeats = !fits(sumOfTaxes(ofLines)) && fits(sumOfTaxes(ofLines.map(bare)));
  const changed = {
    ...(fits(sumOfTaxLines(taxLines)) && { taxLines: [...taxLines] }),
    ...(repeats && { lines: order.lines.map(bare), fees: order.fees.map(bare), shipping: order.shipping.map(bare) }),
  };
  return { ...order, ...changed };
}

const sumOfTaxLines = (lines: CanonicalOrder['taxLines']): number =>
  sum(lines.map(({ taxMinor, shippingTaxMinor }) => taxMinor + shippingTaxMinor));
const sumOfTaxes = (charges: readonly OrderCharge[]): number =>
  sum(charges.flatMap(({ taxes }) => taxes.map(({ amountMinor }) => amountMinor)));

function distinct<T extends object>(rows: readonly T[]): T[] {
  return [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];
}

/**
 * Shops that spread the tax of shipping and fees over the rates of the goods show one line with parts under several
 * rates. Where the parts, each its tax divided by its rate, add up to the line, they are the lines: one per rate. Rates
 * that all apply to the whole line (stacked) are no parts.
 */
export function partsByRate(charge: OrderCharge, taxLines: CanonicalOrder['taxLines']): readonly OrderCharge[] {
  const taxes = charge.taxes.filter(({ amountMinor }) => amountMinor !== 0);
  const percents = taxes.map(({ rateId }) => simplePercent(rateId, taxLines));
  if (taxes.length < 2 || percents.some((percent) => percent === null)) return [charge];
  const rates = percents.map(Number);
  const bases = taxes.map(({ amountMinor }, index) => (amountMinor * 100) / (rates[index] ?? 1));
  const isWhole = bases.every((base, index) => Math.abs(base - charge.totalMinor) <= slack(rates[index] ?? 1));
  const isParted = Math.abs(sum(bases) - charge.totalMinor) <= sum(rates.map(slack));
  if (isWhole || !isParted) return [charge];
  return taxes.map((tax, index): OrderCharge => {
    const isLast = index === taxes.length - 1;
    const before = sum(bases.slice(0, index).map(Math.round));
    const totalMinor = isLast ? charge.totalMinor - before : Math.round(bases[index] ?? 0);
    return { ...charge, totalMinor, totalTaxMinor: tax.amountMinor, taxes: [tax] };
  });
}

/** What one unit of tax, rounded up to a whole one, is of the base: a tax of 1.90 at 19 % stands for 9.97 to 10.03. */
const slack = (percent: number): number => 100 / percent + 1;

function simplePercent(rateId: string, taxLines: CanonicalOrder['taxLines']): string | null {
  const line = taxLines.find((each) => each.rateId === rateId);
  const percent = line === undefined || line.compound ? null : normalisePercent(line.ratePercent);
  return percent === '0' ? null : percent;
}
