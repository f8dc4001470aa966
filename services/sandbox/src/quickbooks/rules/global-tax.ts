import type { Company } from '../company.js';
import { decimal, divide, minorOf, toNumber } from '../decimal.js';
import { faults } from '../fault.js';
import { at, type JsonObject, objectsAt, refId, textAt } from '../json.js';
import type { SalesLine } from './lines.js';
import { resolve } from './references.js';
import type { TaxResult } from './us-tax.js';

/** What one rate is charged on, summed over the document: an exact fraction `base / 10^scale`. */
interface RateSum {
  readonly rateId: string;
  readonly percent: bigint;
  base: bigint;
}

/** Bases are carried at this many decimals, so that compound rates lose nothing before the one rounding per rate. */
const BASE_SCALE = 30;

/**
 * Tax of a company outside the US. TaxExcluded: each line names a tax code; per rate the lines are summed, then rounded
 * once. Amounts sent in TaxLine replace the computed ones when the switch says so. NotApplicable: no tax, and no
 * TxnTaxDetail may be sent (6170).
 */
export function globalTax(company: Company, draft: JsonObject, lines: readonly SalesLine[]): TaxResult {
  const mode = textAt(draft, 'GlobalTaxCalculation') ?? 'TaxExcluded';
  if (mode === 'NotApplicable') {
    if (draft.TxnTaxDetail !== undefined && draft.TxnTaxDetail !== null) throw faults.taxDetail();
    return { tax: 0n, detail: { TotalTax: 0 } };
  }
  if (mode === 'TaxInclusive') throw faults.unsupported('GlobalTaxCalculation TaxInclusive in this sandbox');
  const sums = rateSums(company, lines);
  const sent = sentAmounts(company, draft);
  let tax = 0n;
  const shown: JsonObject[] = [];
  for (const sum of sums) {
    const computed = divide(
      sum.base * sum.percent,
      100n * 10n ** BigInt(BASE_SCALE + 10 - company.digits),
      company.switches.rounding,
    );
    const booked = (company.switches.sentTaxLines === 'honoured' ? sent.get(sum.rateId) : undefined) ?? computed;
    tax += booked;
    shown.push(taxLine(company, sum, booked));
  }
  return { tax, detail: { TotalTax: toNumber(tax, company.digits), TaxLine: shown } };
}

function rateSums(company: Company, lines: readonly SalesLine[]): readonly RateSum[] {
  const sums = new Map<string, RateSum>();
  for (const line of lines) {
    if (line.input.DetailType !== 'SalesItemLineDetail') continue;
    if (line.taxCode === undefined) {
      throw faults.business(
        'Make sure all your transactions have a tax rate before you save.',
        'Line.SalesItemLineDetail.TaxCodeRef',
      );
    }
    addLine(company, sums, line.net * 10n ** BigInt(BASE_SCALE - 10), line.taxCode);
  }
  return [...sums.values()];
}

/** Adds one line's net to the rates of its code; a compound rate is charged on the net plus the taxes before it. */
function addLine(company: Company, sums: Map<string, RateSum>, net: bigint, codeId: string): void {
  const path = 'Line.SalesItemLineDetail.TaxCodeRef';
  const code = resolve(company, 'TaxCode', codeId, path);
  const details = [...objectsAt(code.input, 'SalesTaxRateList.TaxRateDetail')];
  details.sort((left, right) => Number(left.TaxOrder) - Number(right.TaxOrder));
  let withTaxes = net;
  for (const entry of details) {
    const rateId = refId(entry, 'TaxRateRef') ?? '';
    const percent = decimal(resolve(company, 'TaxRate', rateId, path).input.RateValue) ?? 0n;
    const base = entry.TaxTypeApplicable === 'TaxOnAmountPlusTax' ? withTaxes : net;
    const sum = sums.get(rateId) ?? { rateId, percent, base: 0n };
    sum.base += base;
    sums.set(rateId, sum);
    withTaxes += divide(base * percent, 100n * 10n ** 10n, 'halfUp');
  }
}

function sentAmounts(company: Company, draft: JsonObject): ReadonlyMap<string, bigint> {
  const amounts = new Map<string, bigint>();
  for (const line of objectsAt(at(draft, 'TxnTaxDetail'), 'TaxLine')) {
    const path = 'TxnTaxDetail.TaxLine.TaxLineDetail.TaxRateRef';
    const rateId = refId(line, 'TaxLineDetail.TaxRateRef');
    if (rateId === undefined) throw faults.required(path);
    resolve(company, 'TaxRate', rateId, path);
    const value = decimal(line.Amount);
    if (value !== undefined) {
      const minor = minorOf(value, company.digits, company.switches.rounding);
      amounts.set(rateId, (amounts.get(rateId) ?? 0n) + minor);
    }
  }
  return amounts;
}

function taxLine(company: Company, sum: RateSum, booked: bigint): JsonObject {
  const net = minorOf(sum.base, company.digits, company.switches.rounding, BASE_SCALE);
  return {
    Amount: toNumber(booked, company.digits),
    DetailType: 'TaxLineDetail',
    TaxLineDetail: {
      TaxRateRef: { value: sum.rateId },
      PercentBased: true,
      TaxPercent: Number(sum.percent) / 1e10,
      NetAmountTaxable: toNumber(net, company.digits),
    },
  };
}
