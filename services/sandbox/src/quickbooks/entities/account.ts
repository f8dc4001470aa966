import { faults } from '../fault.js';
import { flag, text } from '../fields.js';
import { textAt } from '../json.js';
import type { EntityRules } from '../rules/context.js';
import { indexName, nameWhenActive, requireFreeName } from '../rules/names.js';

/** AccountType -> [classification, sub-type used when none is named]. */
const TYPES: Readonly<Record<string, readonly [string, string]>> = {
  Bank: ['Asset', 'CashOnHand'],
  'Other Current Asset': ['Asset', 'OtherCurrentAssets'],
  'Fixed Asset': ['Asset', 'OtherFixedAssets'],
  'Other Asset': ['Asset', 'OtherLongTermAssets'],
  'Accounts Receivable': ['Asset', 'AccountsReceivable'],
  'Accounts Payable': ['Liability', 'AccountsPayable'],
  'Credit Card': ['Liability', 'CreditCard'],
  'Other Current Liability': ['Liability', 'OtherCurrentLiabilities'],
  'Long Term Liability': ['Liability', 'OtherLongTermLiabilities'],
  Equity: ['Equity', 'OpeningBalanceEquity'],
  Income: ['Revenue', 'SalesOfProductIncome'],
  'Other Income': ['Revenue', 'OtherMiscellaneousIncome'],
  Expense: ['Expense', 'OtherMiscellaneousServiceCost'],
  'Other Expense': ['Expense', 'OtherMiscellaneousExpense'],
  'Cost of Goods Sold': ['Expense', 'SuppliesMaterialsCogs'],
};

/** Sub-types that imply a type when only they are sent. */
const SUB_TYPES: Readonly<Record<string, string>> = {
  SalesOfProductIncome: 'Income',
  ServiceFeeIncome: 'Income',
  DiscountsRefundsGiven: 'Income',
  OtherPrimaryIncome: 'Income',
  UndepositedFunds: 'Other Current Asset',
  Inventory: 'Other Current Asset',
  OtherCurrentAssets: 'Other Current Asset',
  Checking: 'Bank',
  CashOnHand: 'Bank',
  SuppliesMaterialsCogs: 'Cost of Goods Sold',
  AccountsReceivable: 'Accounts Receivable',
};

export const account: EntityRules = {
  name: 'Account',
  kind: 'list',
  fields: {
    Name: text(100, /[:"\t\r\n]/u),
    AcctNum: text(20),
    AccountType: { kind: 'choice', of: Object.keys(TYPES) },
    AccountSubType: text(100),
    Description: text(4000),
    Active: flag,
  },
  filterable: ['Name', 'AccountType', 'AccountSubType', 'Classification', 'Active', 'AcctNum', 'FullyQualifiedName'],
  prepare(draft, { company, before }) {
    const name = textAt(draft, 'Name')?.trim() ?? '';
    if (name === '') throw faults.required('Name');
    const acctNum = textAt(draft, 'AcctNum');
    if (company.isUs && acctNum !== undefined && acctNum.length > 7) throw faults.length('AcctNum', 7, acctNum.length);
    const subType = textAt(draft, 'AccountSubType');
    const type = textAt(draft, 'AccountType') ?? SUB_TYPES[subType ?? ''];
    if (type === undefined) throw faults.required('AccountType');
    const [classification, usualSubType] = TYPES[type] ?? ['Asset', 'OtherCurrentAssets'];
    const active = draft.Active !== false;
    const shown = nameWhenActive(name, active);
    if (active) requireFreeName(company, 'Account', shown, before?.id);
    return {
      input: { ...draft, Name: shown, Active: active },
      computed: {
        FullyQualifiedName: shown,
        SubAccount: false,
        AccountType: type,
        AccountSubType: subType ?? usualSubType,
        Classification: classification,
        CurrentBalance: 0,
        CurrencyRef: { value: company.switches.homeCurrency, name: company.switches.homeCurrency },
      },
    };
  },
  settle: (stored, before, { company }) => indexName(company, 'Account', 'Name', stored, before),
};
