import type { CanonicalOrder, QuickBooksSettings } from '@tillstream/contracts';
import type { DraftLine } from './draft-lines.js';
import { held, type Held } from './held.js';
import type { CompanyProfile, TaxPlan } from './model.js';
import { amount } from './order-checks.js';
import { orderRates, type RateSetKey, ratesOfSet } from './rates.js';
import { type ChosenCode, chooseCode, codeOfFree } from './tax-codes.js';
import { taxByRate } from './tax-amounts.js';

/** Tax of a document (B13): the code of each set of rates, and what stands on the transaction. */
export interface TaxChoice {
  readonly kind: 'chosen';
  /** TaxCodeRef by set of rates; null = none is sent. */
  readonly codeOf: (set: RateSetKey) => string | null;
  readonly plan: TaxPlan;
}

/** Holds with `tax_disabled`, `tax_unmapped` or `tax_ambiguous`. */
export function planTax(
  order: CanonicalOrder,
  lines: readonly DraftLine[],
  settings: QuickBooksSettings,
  profile: CompanyProfile,
): TaxChoice | Held {
  const { mode } = settings.tax;
  const wrongCountry = (mode === 'usOverride' && !profile.isUs) || (mode === 'global' && profile.isUs);
  if (wrongCountry) {
    return held(
      'tax_unmapped',
      `quickbooks.tax.mode is ${mode}, which does not fit a company in ${profile.country}; set it to auto.`,
    );
  }
  if (mode === 'none' || !profile.usingSalesTax) return planNone(order, mode === 'none', profile);
  return profile.isUs ? planUs(order, lines, settings, profile) : planGlobal(order, lines, settings, profile);
}

function planNone(order: CanonicalOrder, bySetting: boolean, profile: CompanyProfile): TaxChoice | Held {
  if (order.totalTaxMinor !== 0) {
    const why = bySetting ? 'quickbooks.tax.mode is none' : 'sales tax is switched off in QuickBooks';
    return held('tax_disabled', `Order ${order.number} has ${amount(order.totalTaxMinor, order)} of tax, but ${why}.`);
  }
  return { kind: 'chosen', codeOf: () => null, plan: { mode: 'none', global: !profile.isUs } };
}

/**
 * US: taxed lines TAX, others NON, and the order's tax as override. An order without tax is NON throughout, so that
 * automated sales tax has nothing to compute.
 */
function planUs(
  order: CanonicalOrder,
  lines: readonly DraftLine[],
  settings: QuickBooksSettings,
  profile: CompanyProfile,
): TaxChoice | Held {
  if (order.totalTaxMinor === 0) return { kind: 'chosen', codeOf: () => 'NON', plan: { mode: 'none', global: false } };
  const codeId = settings.tax.usOverrideCode ?? profile.taxGroupCodeRef;
  const tax = amount(order.totalTaxMinor, order);
  if (codeId === null) {
    return held(
      'tax_unmapped',
      `Order ${order.number} has ${tax} of tax, but the company has no default sales tax; name a code in quickbooks.tax.usOverrideCode.`,
    );
  }
  const rates = orderRates(order);
  const isTaxed = (set: RateSetKey) => ratesOfSet(set, rates).some(({ percent }) => percent !== '0');
  // Rows that say of no line that it is taxed do not make the tax less: the override is a figure of the whole document.
  const knowsLines = lines.some(({ rateSet }) => isTaxed(rateSet));
  return {
    kind: 'chosen',
    codeOf: (set) => (isTaxed(set) || !knowsLines ? 'TAX' : 'NON'),
    plan: { mode: 'usOverride', codeId, totalTaxMinor: order.totalTaxMinor },
  };
}

/** A line of 0.00 without tax, such as free shipping: no code can get it wrong. */
function isFree({ amountMinor, rateSet }: DraftLine): boolean {
  return amountMinor === 0 && rateSet === '';
}

function planGlobal(
  order: CanonicalOrder,
  lines: readonly DraftLine[],
  settings: QuickBooksSettings,
  profile: CompanyProfile,
): TaxChoice | Held {
  const codes = new Map<RateSetKey, ChosenCode>();
  const sets = [...new Set(lines.filter((line) => !isFree(line)).map(({ rateSet }) => rateSet))];
  for (const set of sets) {
    const code = chooseCode(order, set, settings, profile);
    if (code.kind === 'held') return code;
    codes.set(set, code);
  }
  if (!codes.has('') && lines.some(isFree)) {
    const code = codeOfFree(order, codes.get(sets[0] ?? ''), settings, profile);
    if (code.kind === 'held') return code;
    codes.set('', code);
  }
  const rates = taxByRate(order, lines, codes);
  if (rates === null) {
    return held(
      'tax_unmapped',
      `Order ${order.number} has ${amount(order.totalTaxMinor, order)} of tax, but no line of it is taxed.`,
    );
  }
  return {
    kind: 'chosen',
    codeOf: (set) => codes.get(set)?.id ?? null,
    plan: { mode: 'global', totalTaxMinor: order.totalTaxMinor, rates },
  };
}
