import type { CanonicalOrder, QuickBooksSettings } from '@tillstream/contracts';
import { held, type Held } from './held.js';
import type { CodeRate, CompanyProfile, CompanyTaxCode } from './model.js';
import {
  comparable,
  describeRates,
  isZeroRated,
  orderRates,
  type RateSetKey,
  ratesOfSet,
  sameRates,
  type SourceRate,
} from './rates.js';

/** Which tax code of a company outside the US stands for a line's set of rates (B13). */
export interface ChosenCode {
  readonly kind: 'chosen';
  readonly id: string;
  readonly rates: readonly CodeRate[];
  /** QuickBooks rate by source rate id. */
  readonly rateFor: ReadonlyMap<string, CodeRate>;
}

export function chooseCode(
  order: CanonicalOrder,
  set: RateSetKey,
  settings: QuickBooksSettings,
  profile: CompanyProfile,
): ChosenCode | Held {
  const rates = ratesOfSet(set, orderRates(order));
  const named = settings.tax.codeByWooRates?.[set];
  if (named !== undefined) return chooseNamed(order, `quickbooks.tax.codeByWooRates["${set}"]`, named, rates, profile);
  if (rates.length === 0) return chooseUntaxed(order, settings, profile);
  const matches = usable(profile).filter((code) => sameRates(rates, code.rates));
  const [match] = matches;
  if (match && matches.length === 1) return chosen(match, rates);
  if (isZeroRated(rates) && settings.tax.untaxedCode !== undefined) return chooseUntaxed(order, settings, profile);
  const what = describeRates(rates);
  if (!match)
    return held(
      'tax_unmapped',
      `Order ${order.number} is taxed at ${what}; no active tax code in QuickBooks has exactly these rates.`,
    );
  return held(
    'tax_ambiguous',
    `Order ${order.number} is taxed at ${what}; the tax codes ${names(matches)} all have these rates.`,
  );
}

/** For lines of 0.00: the code named for lines without tax, else that of the line beside them, else any that charges nothing. */
export function codeOfFree(
  order: CanonicalOrder,
  neighbour: ChosenCode | undefined,
  settings: QuickBooksSettings,
  profile: CompanyProfile,
): ChosenCode | Held {
  if (settings.tax.untaxedCode !== undefined) return chooseUntaxed(order, settings, profile);
  if (neighbour !== undefined) return { ...neighbour, rateFor: new Map() };
  const [any] = usable(profile).filter((code) => isZeroRated(code.rates));
  return any ? chosen(any, []) : chooseUntaxed(order, settings, profile);
}

/** Lines without tax: the code of the settings, else the only active one that charges nothing. */
function chooseUntaxed(
  order: CanonicalOrder,
  settings: QuickBooksSettings,
  profile: CompanyProfile,
): ChosenCode | Held {
  const { untaxedCode } = settings.tax;
  if (untaxedCode !== undefined) return chooseNamed(order, 'quickbooks.tax.untaxedCode', untaxedCode, [], profile);
  const matches = usable(profile).filter((code) => isZeroRated(code.rates));
  const [match] = matches;
  if (match && matches.length === 1) return chosen(match, []);
  if (!match) {
    return held(
      'tax_unmapped',
      `Order ${order.number} has lines without tax; no active tax code in QuickBooks charges 0 %.`,
    );
  }
  return held(
    'tax_ambiguous',
    `Order ${order.number} has lines without tax; the tax codes ${names(matches)} all charge 0 %. Name one in quickbooks.tax.untaxedCode.`,
  );
}

function chooseNamed(
  order: CanonicalOrder,
  setting: string,
  id: string,
  rates: readonly SourceRate[],
  profile: CompanyProfile,
): ChosenCode | Held {
  const code = profile.taxCodes.find((candidate) => candidate.id === id);
  if (!code)
    return held(
      'tax_unmapped',
      `Order ${order.number}: ${setting} names tax code ${id}, which does not exist in QuickBooks.`,
    );
  if (!code.active)
    return held('tax_unmapped', `Order ${order.number}: ${setting} names tax code "${code.name}", which is inactive.`);
  return chosen(code, rates);
}

/** TAX and NON are the pseudo codes of US companies. */
function usable({ taxCodes }: CompanyProfile): CompanyTaxCode[] {
  return taxCodes.filter(({ id, active }) => active && id !== 'TAX' && id !== 'NON');
}

function chosen(code: CompanyTaxCode, rates: readonly SourceRate[]): ChosenCode {
  return { kind: 'chosen', id: code.id, rates: code.rates, rateFor: pairRates(rates, code.rates) };
}

/** Equal rates pair by position; a code named by hand may have others, then by percent, else its last rate takes all. */
function pairRates(rates: readonly SourceRate[], codeRates: readonly CodeRate[]): Map<string, CodeRate> {
  const theirs = comparable(codeRates);
  const free = [...theirs];
  const pairs = new Map<string, CodeRate>();
  for (const rate of comparable(rates)) {
    const index = free.findIndex(({ percent }) => percent === rate.percent);
    const pair = index >= 0 ? free.splice(index, 1)[0] : theirs.at(-1);
    if (pair) pairs.set(rate.rateId, pair);
  }
  return pairs;
}

function names(codes: readonly CompanyTaxCode[]): string {
  return codes
    .slice(0, 5)
    .map(({ name, id }) => `"${name}" (${id})`)
    .join(', ');
}
