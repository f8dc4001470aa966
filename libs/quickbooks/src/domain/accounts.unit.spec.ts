import { describe, expect, it } from 'vitest';
import { settings } from '../../test/fixtures.js';
import { accountIdentity, planAccount } from './accounts.js';
import type { CompanyAccount } from './model.js';

const account = (id: string, name: string, subType: string, changes: Partial<CompanyAccount> = {}): CompanyAccount => ({
  id,
  name,
  type: 'Income',
  subType,
  active: true,
  ...changes,
});
const sales = account('79', 'Sales of Product Income', 'SalesOfProductIncome');
const funds = account('4', 'Undeposited Funds', 'UndepositedFunds', { type: 'Other Current Asset' });
const clearing = account('35', 'Stripe clearing', 'OtherCurrentAssets', { type: 'Other Current Asset' });
const using = (accounts: NonNullable<Parameters<typeof settings>[0]>['accounts'] = {}, create = true) =>
  settings({ accounts, createMissingAccounts: create });

describe('accounts (B15)', () => {
  it('of the settings are found by id or by exact name, and nothing else will do', () => {
    const accounts = [sales, account('80', 'Web shop', 'OtherPrimaryIncome')];
    expect(planAccount('salesIncome', using({ salesIncome: '80' }), { accounts })).toMatchObject({
      kind: 'use',
      id: '80',
    });
    expect(planAccount('salesIncome', using({ salesIncome: 'web shop' }), { accounts })).toMatchObject({
      kind: 'use',
      id: '80',
    });
    expect(planAccount('salesIncome', using({ salesIncome: 'Nope' }), { accounts })).toMatchObject({
      code: 'account_missing',
      message: expect.stringContaining('"Nope"'),
    });
  });

  it('of the settings that are inactive or of a wrong type are held', () => {
    const accounts = [
      account('80', 'Old', '', { active: false }),
      account('81', 'Rent', '', { type: 'Expense' }),
      sales,
    ];
    expect(planAccount('salesIncome', using({ salesIncome: '80' }), { accounts })).toMatchObject({
      message: expect.stringContaining('inactive'),
    });
    expect(planAccount('salesIncome', using({ salesIncome: 'Rent' }), { accounts })).toMatchObject({
      message: expect.stringContaining('Expense'),
    });
    expect(planAccount('depositTo', using({ depositTo: { default: '79' } }), { accounts })).toMatchObject({
      code: 'account_missing',
    });
  });

  it('are found by type when exactly one has the subtype made for the role', () => {
    expect(planAccount('salesIncome', using(), { accounts: [sales] })).toMatchObject({ kind: 'use', id: '79' });
    const second = account('82', 'Other sales', 'SalesOfProductIncome');
    expect(planAccount('salesIncome', using(), { accounts: [sales, second] })).toMatchObject({
      kind: 'create',
      body: { Name: 'Woo sales' },
    });
    const discounts = account('86', 'Discounts given', 'DiscountsRefundsGiven');
    expect(planAccount('discounts', using(), { accounts: [discounts] })).toMatchObject({ kind: 'use', id: '86' });
  });

  it('of our own name are used before those found by type', () => {
    expect(
      planAccount('salesIncome', using(), { accounts: [sales, account('90', 'Woo sales', 'SalesOfProductIncome')] }),
    ).toMatchObject({ id: '90' });
  });

  it('are created under names that begin with Woo', () => {
    const roles = ['salesIncome', 'shippingIncome', 'discounts', 'feeIncome', 'rounding'] as const;
    const plans = roles.map((role) => planAccount(role, using(), { accounts: [] }));
    expect(plans.map((plan) => (plan.kind === 'create' ? plan.body['Name'] : plan.kind))).toEqual([
      'Woo sales',
      'Woo shipping income',
      'Woo discounts',
      'Woo fees',
      'Woo rounding',
    ]);
    expect(plans.every((plan) => plan.kind === 'create' && plan.body['AccountType'] === 'Income')).toBe(true);
    expect(plans[0]).toMatchObject({ identity: accountIdentity('salesIncome') });
  });

  it('are held when creating is switched off, or the name stands for something else', () => {
    expect(planAccount('rounding', using({}, false), { accounts: [] })).toMatchObject({ code: 'account_missing' });
    expect(
      planAccount('rounding', using(), { accounts: [account('5', 'Woo rounding', '', { active: false })] }),
    ).toMatchObject({ message: expect.stringContaining('inactive') });
    expect(
      planAccount('rounding', using(), { accounts: [account('5', 'Woo rounding', '', { type: 'Equity' })] }),
    ).toMatchObject({ message: expect.stringContaining('Equity') });
  });

  it('for money are chosen by payment method, then default, then Undeposited Funds', () => {
    const accounts = [funds, clearing];
    const byMethod = using({ depositTo: { stripe: 'Stripe clearing', default: '4' } });
    expect(planAccount('depositTo', byMethod, { accounts }, 'stripe')).toMatchObject({ id: '35' });
    expect(planAccount('depositTo', byMethod, { accounts }, 'cod')).toMatchObject({ id: '4' });
    expect(planAccount('depositTo', using(), { accounts }, 'stripe')).toMatchObject({ kind: 'use', id: '4' });
    expect(planAccount('depositTo', using(), { accounts: [clearing] }, 'stripe')).toEqual({
      kind: 'omit',
      role: 'depositTo',
    });
    expect(planAccount('depositTo', using(), { accounts }, 'toString')).toMatchObject({ id: '4' });
  });
});
