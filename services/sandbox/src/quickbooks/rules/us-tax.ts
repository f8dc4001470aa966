import type { Company, Stored } from '../company.js';
import { decimal, divide, minorOf, times, toNumber } from '../decimal.js';
import { faults } from '../fault.js';
import { at, type JsonObject, objectsAt, refId } from '../json.js';
import type { SalesLine } from './lines.js';
import { refTo, resolve } from './references.js';

/** The tax a document carries: minor units, and what its answer shows about it. */
export interface TaxResult {
  readonly tax: bigint;
  readonly detail: JsonObject;
}

/** On a US line the tax code is one of two pseudo codes; none given means NON. Anything else is 6100. */
export function usTaxCode(sent: string | undefined): 'TAX' | 'NON' {
  if (sent === undefined || sent === 'NON') return 'NON';
  if (sent === 'TAX') return 'TAX';
  throw faults.lineTaxCode(sent);
}

/**
 * Sales tax of a US company. A TotalTax counts only together with TxnTaxCodeRef; with automated sales tax a switch
 * says whether the computed figure replaces it. Without UsingSalesTax every detail is ignored.
 */
export function usTax(company: Company, draft: JsonObject, lines: readonly SalesLine[]): TaxResult {
  if (draft.GlobalTaxCalculation !== undefined && draft.GlobalTaxCalculation !== null) {
    throw faults.business('GlobalTaxCalculation is not supported for US companies', 'GlobalTaxCalculation');
  }
  const taxable = lines.filter((line) => usTaxCode(line.taxCode) === 'TAX');
  const { switches } = company;
  if (!switches.usingSalesTax) return { tax: 0n, detail: { TotalTax: 0 } };
  const base = taxable.reduce((sum, line) => sum + line.net, 0n);
  const automated = (): TaxResult => ({
    ...plain(company, percentOf(company, base, decimal(switches.astPercent) ?? 0n)),
  });
  const codeId = refId(draft, 'TxnTaxDetail.TxnTaxCodeRef');
  if (codeId === undefined) return switches.partnerTaxEnabled ? automated() : { tax: 0n, detail: { TotalTax: 0 } };
  const code = resolve(company, 'TaxCode', codeId, 'TxnTaxDetail.TxnTaxCodeRef');
  if (code.input.TaxGroup === false) throw faults.badReference('TxnTaxDetail.TxnTaxCodeRef');
  if (switches.partnerTaxEnabled && switches.astOverridesTotalTax) return automated();
  return byCode(company, draft, code, base, taxable.length > 0);
}

function byCode(company: Company, draft: JsonObject, code: Stored, base: bigint, anyTaxable: boolean): TaxResult {
  const { rounding, overrideWithoutTaxableLines } = company.switches;
  const rates = objectsAt(code.input, 'SalesTaxRateList.TaxRateDetail').map((entry) =>
    resolve(company, 'TaxRate', refId(entry, 'TaxRateRef') ?? '', 'TaxRateRef'),
  );
  const percent = rates.reduce((sum, rate) => sum + (decimal(rate.input.RateValue) ?? 0n), 0n);
  const sent = decimal(at(draft, 'TxnTaxDetail.TotalTax'));
  const dropped = !anyTaxable && overrideWithoutTaxableLines === 'dropped';
  const tax =
    sent === undefined ? percentOf(company, base, percent) : dropped ? 0n : minorOf(sent, company.digits, rounding);
  const first = rates[0];
  const line = first && {
    Amount: toNumber(tax, company.digits),
    DetailType: 'TaxLineDetail',
    TaxLineDetail: {
      TaxRateRef: { value: first.id },
      PercentBased: true,
      TaxPercent: Number(percent) / 1e10,
      NetAmountTaxable: toNumber(minorOf(base, company.digits, rounding), company.digits),
    },
  };
  const detail = { ...plain(company, tax).detail, TxnTaxCodeRef: refTo(code), ...(line ? { TaxLine: [line] } : {}) };
  return { tax, detail };
}

function plain(company: Company, tax: bigint): TaxResult {
  return { tax, detail: { TotalTax: toNumber(tax, company.digits) } };
}

/** base × percent / 100 in minor units. Both are decimals at scale 10. */
function percentOf(company: Company, base: bigint, percent: bigint): bigint {
  return divide(times(base, percent), 100n * 10n ** BigInt(20 - company.digits), company.switches.rounding);
}
