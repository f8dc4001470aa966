import { describe, expect, it } from 'vitest';
import type { ProfileSources } from './model.js';
import { parseItemEntry, parseNameEntry, parseProfile } from './profile.js';

const sources = (changes: Partial<ProfileSources> = {}): ProfileSources => ({
  companyInfo: { Id: '1', CompanyName: 'Elm', Country: 'USA', Unknown: [1, { deep: true }] },
  preferences: {
    AccountingInfoPrefs: { BookCloseDate: '2025-12-31' },
    SalesFormsPrefs: { CustomTxnNumbers: true },
    TaxPrefs: { UsingSalesTax: true, PartnerTaxEnabled: true, TaxGroupCodeRef: { value: '2' } },
    CurrencyPrefs: { MultiCurrencyEnabled: false, HomeCurrency: { value: 'USD' } },
  },
  taxCodes: [],
  taxRates: [],
  accounts: [
    { Id: '79', Name: 'Sales', AccountType: 'Income', AccountSubType: 'SalesOfProductIncome', Active: true },
    { Name: 'no id' },
  ],
  ...changes,
});

describe('the company profile', () => {
  it('is read from what QuickBooks sends, whatever else is in it', () => {
    expect(parseProfile(sources())).toEqual({
      companyName: 'Elm',
      country: 'USA',
      isUs: true,
      homeCurrency: 'USD',
      multiCurrency: false,
      usingSalesTax: true,
      partnerTaxEnabled: true,
      taxGroupCodeRef: '2',
      bookCloseDate: '2025-12-31',
      customTxnNumbers: true,
      taxCodes: [],
      accounts: [{ id: '79', name: 'Sales', type: 'Income', subType: 'SalesOfProductIncome', active: true }],
    });
  });

  it('knows the US by either code, and nothing else as it', () => {
    const isUs = (Country: string) => parseProfile(sources({ companyInfo: { Country } })).isUs;
    expect(['US', 'usa', 'USA', 'DEU', 'GB', ''].map(isUs)).toEqual([true, true, true, false, false, false]);
  });

  it('joins codes with their rates in the order they apply', () => {
    const detail = (value: string, TaxOrder: number, TaxTypeApplicable: string) => ({
      TaxRateRef: { value },
      TaxOrder,
      TaxTypeApplicable,
    });
    const { taxCodes } = parseProfile(
      sources({
        taxCodes: [
          {
            Id: '7',
            Name: 'QC',
            Active: true,
            Taxable: true,
            SalesTaxRateList: {
              TaxRateDetail: [detail('12', 1, 'TaxOnAmountPlusTax'), detail('11', 0, 'TaxOnAmount')],
            },
          },
          { Id: '8', Name: 'Old', Hidden: true },
        ],
        taxRates: [
          { Id: '11', Name: 'GST', RateValue: 5 },
          { Id: '12', Name: 'QST', RateValue: 9.975 },
        ],
      }),
    );
    expect(taxCodes).toEqual([
      {
        id: '7',
        name: 'QC',
        active: true,
        taxable: true,
        rates: [
          { rateId: '11', name: 'GST', percent: '5', compound: false },
          { rateId: '12', name: 'QST', percent: '9.975', compound: true },
        ],
      },
      { id: '8', name: 'Old', active: false, taxable: true, rates: [] },
    ]);
  });

  it('survives answers of another shape', () => {
    expect(
      parseProfile({ companyInfo: null, preferences: [], taxCodes: ['x'], taxRates: [7], accounts: [null] }),
    ).toMatchObject({ isUs: false, homeCurrency: '', taxCodes: [], accounts: [], bookCloseDate: null });
  });
});

describe('entries of lists', () => {
  it('need an Id; active unless said otherwise', () => {
    expect(
      parseNameEntry({ Id: '1', DisplayName: 'Ann', PrimaryEmailAddr: { Address: 'A@b.cc' } }, 'customer'),
    ).toEqual({ id: '1', displayName: 'Ann', email: 'A@b.cc', active: true, kind: 'customer' });
    expect(parseNameEntry({ DisplayName: 'Ann' }, 'vendor')).toBeNull();
    expect(parseItemEntry({ Id: '7', Name: 'Mug', Type: 'Service', Active: false })).toEqual({
      id: '7',
      name: 'Mug',
      sku: null,
      type: 'Service',
      active: false,
    });
    expect(parseItemEntry('nonsense')).toBeNull();
  });
});
