import type { CompanyProfile, JsonObject, Totals } from './model.js';
import { minorOfWire } from './numbers.js';
import { listAt, objectAt, textAt } from './wire-json.js';

export type Prediction =
  | (Totals & { readonly kind: 'predicted' })
  | { readonly kind: 'unpredictable'; readonly reason: string };

/**
 * What QuickBooks will answer as TotalAmt and TotalTax for an Invoice body in this company, in minor units (B1). It is
 * computed from the body alone, not from the order, so that a mistake in building the body cannot hide.
 */
export function predictTotals(body: JsonObject, profile: CompanyProfile, currency: string): Prediction {
  const lines = listAt(body, 'Line');
  const net = lines.reduce<number>((total, line) => total + minorOfWire(objectAt(line)['Amount'], currency), 0);
  const codes = lines.map((line) => textAt(line, 'SalesItemLineDetail', 'TaxCodeRef', 'value'));
  const tax = profile.isUs ? usTax(body, codes, profile, currency) : globalTax(body, codes, profile, currency);
  if (typeof tax === 'string') return { kind: 'unpredictable', reason: tax };
  return { kind: 'predicted', totalMinor: net + tax, taxMinor: tax };
}

/** Tax in minor units, or why it cannot be known. */
function usTax(body: JsonObject, codes: readonly string[], profile: CompanyProfile, currency: string): number | string {
  const detail = objectAt(body, 'TxnTaxDetail');
  const override = minorOfWire(detail['TotalTax'], currency);
  if (!profile.usingSalesTax) return 0;
  if (!codes.includes('TAX')) return 0;
  if (detail['TotalTax'] === undefined || textAt(detail, 'TxnTaxCodeRef', 'value') === '') {
    return 'QuickBooks would compute the sales tax by itself';
  }
  return override;
}

function globalTax(
  body: JsonObject,
  codes: readonly string[],
  profile: CompanyProfile,
  currency: string,
): number | string {
  if (textAt(body, 'GlobalTaxCalculation') !== 'TaxExcluded') return 0;
  const sent = listAt(body, 'TxnTaxDetail', 'TaxLine');
  const sentRates = new Set(sent.map((line) => textAt(line, 'TaxLineDetail', 'TaxRateRef', 'value')));
  for (const code of new Set(codes)) {
    const known = profile.taxCodes.find(({ id }) => id === code);
    if (!known) return `tax code ${code || '(none)'} is unknown`;
    const open = known.rates.find(({ rateId, percent }) => percent !== '0' && !sentRates.has(rateId));
    if (open) return `QuickBooks would compute "${open.name}" by itself`;
  }
  return sent.reduce<number>((total, line) => total + minorOfWire(objectAt(line)['Amount'], currency), 0);
}
