import type { CanonicalOrder, OrderCharge } from '@tillstream/contracts';
import type { CodeRate } from './model.js';
import { normalisePercent } from './numbers.js';

/** A source's tax rate as far as matching needs it. */
export interface SourceRate {
  readonly rateId: string;
  /** Normalised percent, null when the order has no tax line of this rate. */
  readonly percent: string | null;
  readonly compound: boolean;
}

/**
 * The rates of an order by id, in the order of its tax lines (compound ones apply in that order). Old shops leave the
 * percent out, which reads as 0: with an amount beside it, it is unknown.
 */
export function orderRates(order: CanonicalOrder): ReadonlyMap<string, SourceRate> {
  return new Map(
    order.taxLines.map(({ rateId, ratePercent, compound, taxMinor, shippingTaxMinor }) => {
      const percent = normalisePercent(ratePercent);
      const charges = taxMinor !== 0 || shippingTaxMinor !== 0;
      return [rateId, { rateId, percent: percent === '0' && charges ? null : percent, compound }];
    }),
  );
}

/** Set of rates as settings name it: sorted ids joined by "+"; "" = untaxed. */
export type RateSetKey = string;

/**
 * The rates that apply to a charge. An amount of 0 says nothing by itself: a free line of a taxed product has it, and
 * so has an untaxed product in an order edited by hand. So 0 counts where the rate gives less than one unit.
 */
export function rateSetOf(
  charge: Pick<OrderCharge, 'totalMinor' | 'taxes'>,
  rates: ReadonlyMap<string, SourceRate>,
): RateSetKey {
  const applied = charge.taxes.filter(({ rateId, amountMinor }) => {
    if (amountMinor !== 0) return true;
    const percent = rates.get(rateId)?.percent ?? null;
    return percent !== null && Math.abs(charge.totalMinor * Number(percent)) < 100;
  });
  return [...new Set(applied.map(({ rateId }) => rateId))].toSorted(byNumber).join('+');
}

function byNumber(left: string, right: string): number {
  return left.localeCompare(right, 'en', { numeric: true });
}

export function ratesOfSet(key: RateSetKey, rates: ReadonlyMap<string, SourceRate>): SourceRate[] {
  if (key === '') return [];
  const ids = new Set(key.split('+'));
  const known = [...rates.values()].filter(({ rateId }) => ids.has(rateId));
  const unknown = [...ids].filter((id) => !rates.has(id)).map((rateId) => ({ rateId, percent: null, compound: false }));
  return [...known, ...unknown];
}

type Comparable = Pick<SourceRate, 'percent' | 'compound'>;

/**
 * Rates in comparable order: simple ones by percent (their order changes nothing), then compound ones in the order
 * they apply. Rates of 0 % are left out beside others.
 */
export function comparable<T extends Comparable>(rates: readonly T[]): T[] {
  const charging = rates.filter(({ percent }) => percent !== '0');
  const relevant = charging.length > 0 ? charging : rates.slice(0, 1);
  const simple = relevant.filter(({ compound }) => !compound);
  return [
    ...simple.toSorted((left, right) => Number(left.percent) - Number(right.percent)),
    ...relevant.filter(({ compound }) => compound),
  ];
}

export function sameRates(left: readonly SourceRate[], right: readonly CodeRate[]): boolean {
  const ours = comparable(left);
  const theirs = comparable(right);
  return (
    ours.length > 0 &&
    ours.length === theirs.length &&
    ours.every((rate, index) => {
      const other = theirs[index];
      const sameKind = rate.percent === '0' || rate.compound === other?.compound;
      return rate.percent !== null && rate.percent === other?.percent && sameKind;
    })
  );
}

/** Only rates of 0 %, or none: nothing is charged. */
export function isZeroRated(rates: readonly Comparable[]): boolean {
  return rates.every(({ percent }) => percent === '0');
}

export function describeRates(rates: readonly SourceRate[]): string {
  return rates
    .map(
      ({ rateId, percent, compound }) =>
        `${percent === null ? 'unknown rate' : `${percent} %`}${compound ? ' compound' : ''} (rate ${rateId})`,
    )
    .join(' + ');
}
