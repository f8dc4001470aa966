import type { TaxRate } from '../woocommerce/index.js';
import type { Region } from './profiles.js';

/** A tax code the accounting company needs: one per distinct combined rate. */
export interface TaxCodeHint {
  readonly name: string;
  /** Percent charged on a net amount by all its rates together, compound ones included: 15.47375. */
  readonly combinedPercent: number;
  /** Plain sum of its rates; differs from the combined rate when one of them is compound. */
  readonly sumPercent: number;
  readonly rates: readonly { readonly name: string; readonly percent: number; readonly compound: boolean }[];
  /** Sorted rate ids of the shop joined by "+", for each set this code stands for; "" is the empty set. */
  readonly wooRateSets: readonly string[];
}

/** The codes for every set of rates the regions can put on a line; sets of equal combined rate share one. */
export function taxCodeHints(regions: readonly Region[]): TaxCodeHint[] {
  const sets = [[], ...regions.flatMap((region) => Object.values(region.rates))];
  const codes = new Map<number, TaxCodeHint>();
  for (const rates of sets) {
    const key = rates
      .map((rate) => rate.id)
      .toSorted((a, b) => a - b)
      .join('+');
    const combinedPercent = combined(rates);
    const known = codes.get(combinedPercent);
    codes.set(
      combinedPercent,
      known ? { ...known, wooRateSets: [...known.wooRateSets, key] } : newCode(rates, combinedPercent, key),
    );
  }
  return [...codes.values()];
}

function newCode(rates: readonly TaxRate[], combinedPercent: number, key: string): TaxCodeHint {
  return {
    name: `Sales ${combinedPercent}%`,
    combinedPercent,
    sumPercent: rounded(rates.reduce((total, rate) => total + Number(rate.percent), 0)),
    rates:
      rates.length === 0
        ? [{ name: 'Untaxed', percent: 0, compound: false }]
        : rates.map((rate) => ({
            name: `${rate.code} ${rate.percent}%`,
            percent: Number(rate.percent),
            compound: rate.compound,
          })),
    wooRateSets: [key],
  };
}

function combined(rates: readonly TaxRate[]): number {
  const plain = rates.filter((rate) => !rate.compound).reduce((total, rate) => total + Number(rate.percent), 0);
  const onTop = rates.filter((rate) => rate.compound);
  return rounded(onTop.reduce((total, rate) => total + (100 + total) * (Number(rate.percent) / 100), plain));
}

function rounded(percent: number): number {
  return Math.round(percent * 1e8) / 1e8;
}
