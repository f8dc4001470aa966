import type { Company, Stored } from './company.js';
import type { JsonObject } from './json.js';

const ISO3: Readonly<Record<string, string>> = {
  US: 'USA',
  GB: 'GBR',
  CA: 'CAN',
  AU: 'AUS',
  JP: 'JPN',
  DE: 'DEU',
  FR: 'FRA',
};

/** Preferences follow the switches at once, so that a test can change a company while it is being used. */
export function preferencesView(company: Company): JsonObject {
  const { switches } = company;
  const group = company.all('TaxCode').find((code) => code.input.TaxGroup === true && code.input.Active === true);
  return {
    AccountingInfoPrefs: {
      ...(switches.bookCloseDate === null ? {} : { BookCloseDate: switches.bookCloseDate }),
      FirstMonthOfFiscalYear: 'January',
      UseAccountNumbers: false,
    },
    SalesFormsPrefs: {
      CustomTxnNumbers: switches.customTxnNumbers,
      AllowShipping: switches.allowShipping,
      AllowDiscount: switches.allowDiscount,
      AllowDeposit: false,
      CustomField: [],
    },
    TaxPrefs: {
      UsingSalesTax: switches.usingSalesTax,
      ...(company.isUs ? { PartnerTaxEnabled: switches.partnerTaxEnabled } : {}),
      ...(company.isUs && group ? { TaxGroupCodeRef: { value: group.id } } : {}),
    },
    CurrencyPrefs: {
      MultiCurrencyEnabled: switches.multiCurrency,
      HomeCurrency: { value: switches.homeCurrency },
    },
    ProductAndServicesPrefs: {
      ForSales: true,
      ForPurchase: true,
      QuantityOnHand: false,
      QuantityWithPriceAndRate: true,
    },
  };
}

function companyInfoView(company: Company): JsonObject {
  const { switches } = company;
  return {
    CompanyName: switches.companyName,
    LegalName: switches.companyName,
    Country: ISO3[switches.country] ?? switches.country,
    FiscalYearStartMonth: 'January',
    SupportedLanguages: 'en',
    NameValue: [
      { Name: 'NeoEnabled', Value: 'true' },
      { Name: 'OfferingSku', Value: 'QuickBooks Online Plus' },
    ],
  };
}

/** Any object as the API shows it. */
export function viewOf(company: Company, stored: Stored): JsonObject {
  if (stored.entity === 'Preferences') return { ...company.view(stored), ...preferencesView(company) };
  if (stored.entity === 'CompanyInfo') return { ...company.view(stored), ...companyInfoView(company) };
  return company.view(stored);
}
