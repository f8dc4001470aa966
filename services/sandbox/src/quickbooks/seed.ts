import type { Company, EntityName } from './company.js';
import { rulesOf } from './entities/index.js';
import type { JsonObject } from './json.js';
import type { TaxCodeSeed } from './switches.js';
import { write } from './writes.js';

/** Objects to put into a company's books, as bodies of creates; they obey the same rules as API writes. */
export type Seed = Partial<Record<EntityName, readonly JsonObject[]>>;

const ORDER: readonly EntityName[] = [
  'Term',
  'PaymentMethod',
  'Account',
  'Vendor',
  'Employee',
  'Customer',
  'Item',
  'Invoice',
  'SalesReceipt',
  'CreditMemo',
  'Payment',
  'RefundReceipt',
];

/** The accounts a fresh company has. */
const ACCOUNTS: readonly JsonObject[] = [
  { Name: 'Checking', AccountType: 'Bank', AccountSubType: 'Checking' },
  { Name: 'Undeposited Funds', AccountType: 'Other Current Asset', AccountSubType: 'UndepositedFunds' },
  { Name: 'Accounts Receivable (A/R)', AccountType: 'Accounts Receivable', AccountSubType: 'AccountsReceivable' },
  { Name: 'Inventory Asset', AccountType: 'Other Current Asset', AccountSubType: 'Inventory' },
  { Name: 'Sales of Product Income', AccountType: 'Income', AccountSubType: 'SalesOfProductIncome' },
  { Name: 'Services', AccountType: 'Income', AccountSubType: 'ServiceFeeIncome' },
  { Name: 'Discounts given', AccountType: 'Income', AccountSubType: 'DiscountsRefundsGiven' },
  { Name: 'Cost of Goods Sold', AccountType: 'Cost of Goods Sold', AccountSubType: 'SuppliesMaterialsCogs' },
];

const TERMS: readonly JsonObject[] = [
  { Name: 'Due on receipt', DueDays: 0 },
  { Name: 'Net 15', DueDays: 15 },
  { Name: 'Net 30', DueDays: 30 },
];

const METHODS: readonly JsonObject[] = [
  { Name: 'Cash' },
  { Name: 'Check' },
  { Name: 'Credit Card', Type: 'CREDIT_CARD' },
];

/** A fresh company: chart of accounts, terms, payment methods and tax codes, none of them logged as a write. */
export function openCompany(company: Company): void {
  seedCompany(company, { Account: ACCOUNTS, Term: TERMS, PaymentMethod: METHODS });
  if (company.isUs) {
    const pseudo = { Taxable: true, TaxGroup: false, Active: true, Hidden: false };
    company.insert('TaxCode', { Name: 'TAX', Description: 'Taxable', ...pseudo }, {}, undefined, 'TAX');
    company.insert('TaxCode', { Name: 'NON', Description: 'Non', ...pseudo, Taxable: false }, {}, undefined, 'NON');
  }
  for (const code of company.switches.taxCodes) addTaxCode(company, code);
  company.insert('CompanyInfo', {}, {}, undefined, company.realmId);
  company.insert('Preferences', {}, {}, undefined, '1');
}

/** Adds a tax code with its rates, in the order given; returns its Id. */
export function addTaxCode(company: Company, code: TaxCodeSeed): string {
  const details = code.rates.map((rate, index) => {
    const stored = company.insert(
      'TaxRate',
      { Name: rate.name, RateValue: rate.percent, Active: true },
      { SpecialTaxType: 'NONE' },
    );
    return {
      TaxRateRef: { value: stored.id, name: rate.name },
      TaxTypeApplicable: rate.compound ? 'TaxOnAmountPlusTax' : 'TaxOnAmount',
      TaxOrder: index,
    };
  });
  const input = { Name: code.name, Description: code.name, Active: code.active ?? true, Hidden: false, Taxable: true };
  return company.insert('TaxCode', { ...input, TaxGroup: true, SalesTaxRateList: { TaxRateDetail: details } }, {}).id;
}

/** Puts objects into the books; returns the Ids per kind in the order given. Throws a Fault for an illegal one. */
export function seedCompany(company: Company, seed: Seed): Partial<Record<EntityName, readonly string[]>> {
  const ids: Partial<Record<EntityName, readonly string[]>> = {};
  for (const entity of ORDER) {
    const bodies = seed[entity];
    if (!bodies) continue;
    ids[entity] = bodies.map((body) => String(write(company, rulesOf(entity), 'write', body, { by: 'seed' }).Id));
  }
  return ids;
}
