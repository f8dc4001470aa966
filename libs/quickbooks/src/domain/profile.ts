import type {
  CodeRate,
  CompanyAccount,
  CompanyProfile,
  CompanyTaxCode,
  ItemEntry,
  NameEntry,
  ProfileSources,
} from './model.js';
import { normalisePercent } from './numbers.js';
import { flagAt, isObject, listAt, objectAt, textAt } from './wire-json.js';

/** What a company is like, from companyinfo, preferences, tax codes, tax rates and accounts. Never throws. */
export function parseProfile(sources: ProfileSources): CompanyProfile {
  const { companyInfo, preferences } = sources;
  const country = textAt(companyInfo, 'Country').toUpperCase();
  const isUs = country === 'US' || country === 'USA';
  const tax = objectAt(preferences, 'TaxPrefs');
  return {
    companyName: textAt(companyInfo, 'CompanyName'),
    country,
    isUs,
    homeCurrency:
      textAt(preferences, 'CurrencyPrefs', 'HomeCurrency', 'value') ||
      textAt(preferences, 'CurrencyPrefs', 'HomeCurrency'),
    multiCurrency: flagAt(preferences, false, 'CurrencyPrefs', 'MultiCurrencyEnabled'),
    usingSalesTax: flagAt(tax, !isUs, 'UsingSalesTax'),
    partnerTaxEnabled: flagAt(tax, false, 'PartnerTaxEnabled'),
    taxGroupCodeRef: textAt(tax, 'TaxGroupCodeRef', 'value') || textAt(tax, 'TaxGroupCodeRef') || null,
    bookCloseDate: textAt(preferences, 'AccountingInfoPrefs', 'BookCloseDate').slice(0, 10) || null,
    customTxnNumbers: flagAt(preferences, false, 'SalesFormsPrefs', 'CustomTxnNumbers'),
    taxCodes: parseTaxCodes(sources.taxCodes, sources.taxRates),
    accounts: sources.accounts.map(parseAccount).filter((account) => account !== null),
  };
}

function parseTaxCodes(codes: readonly unknown[], rates: readonly unknown[]): CompanyTaxCode[] {
  const byId = new Map(rates.map((rate) => [textAt(rate, 'Id'), rate]));
  return codes.flatMap((code) => {
    const id = textAt(code, 'Id');
    if (id === '') return [];
    return [
      {
        id,
        name: textAt(code, 'Name'),
        active: flagAt(code, true, 'Active') && !flagAt(code, false, 'Hidden'),
        taxable: flagAt(code, true, 'Taxable'),
        rates: parseCodeRates(listAt(code, 'SalesTaxRateList', 'TaxRateDetail'), byId),
      },
    ];
  });
}

/** In the order of TaxOrder; an entry whose rate is not in the list of rates makes the code unusable (percent ""). */
function parseCodeRates(details: readonly unknown[], rates: ReadonlyMap<string, unknown>): CodeRate[] {
  return details
    .map((detail, index) => ({ detail, order: Number(textAt(detail, 'TaxOrder') || index) }))
    .toSorted((left, right) => left.order - right.order)
    .map(({ detail }) => {
      const rateId = textAt(detail, 'TaxRateRef', 'value');
      const rate = rates.get(rateId);
      const applies = textAt(detail, 'TaxTypeApplicable');
      return {
        rateId,
        name: textAt(rate, 'Name'),
        percent: normalisePercent(textAt(rate, 'RateValue')),
        compound: applies === 'TaxOnAmountPlusTax' || applies === 'TaxOnTax',
      };
    });
}

/** null = no account of ours to reason about (no Id). */
export function parseAccount(wire: unknown): CompanyAccount | null {
  const id = textAt(wire, 'Id');
  if (id === '') return null;
  return {
    id,
    name: textAt(wire, 'Name'),
    type: textAt(wire, 'AccountType'),
    subType: textAt(wire, 'AccountSubType'),
    active: flagAt(wire, true, 'Active'),
  };
}

export function parseNameEntry(wire: unknown, kind: NameEntry['kind']): NameEntry | null {
  const id = textAt(wire, 'Id');
  if (id === '' || !isObject(wire)) return null;
  const [parentId, currency] = [textAt(wire, 'ParentRef', 'value'), textAt(wire, 'CurrencyRef', 'value')];
  return {
    ...(parentId !== '' && { parentId }),
    ...(currency !== '' && { currency }),
    id,
    displayName: textAt(wire, 'DisplayName'),
    email: textAt(wire, 'PrimaryEmailAddr', 'Address') || null,
    active: flagAt(wire, true, 'Active'),
    kind,
  };
}

export function parseItemEntry(wire: unknown): ItemEntry | null {
  const id = textAt(wire, 'Id');
  if (id === '') return null;
  return {
    id,
    name: textAt(wire, 'Name'),
    sku: textAt(wire, 'Sku') || null,
    type: textAt(wire, 'Type'),
    active: flagAt(wire, true, 'Active'),
  };
}
