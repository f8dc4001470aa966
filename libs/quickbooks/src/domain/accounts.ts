import type { QuickBooksSettings } from '@tillstream/contracts';
import { held, type Held } from './held.js';
import type { AccountPlan, AccountRole, CompanyAccount, CompanyProfile } from './model.js';
import { fold } from './text.js';

/** Which account a role is booked on (B15). */

interface RoleRule {
  /** Name of an account of ours. */
  readonly ownName: string;
  /** AccountTypes that QuickBooks accepts in this role (6430 otherwise). */
  readonly types: readonly string[];
  /** A subtype that exists for exactly this purpose; null = QuickBooks has none, so nothing is found by type. */
  readonly foundBySubType: string | null;
  readonly createdSubType: string;
}

const INCOME = ['Income', 'Other Income'];
const RULES: Readonly<Record<AccountRole, RoleRule>> = {
  salesIncome: {
    ownName: 'Woo sales',
    types: INCOME,
    foundBySubType: 'SalesOfProductIncome',
    createdSubType: 'SalesOfProductIncome',
  },
  shippingIncome: {
    ownName: 'Woo shipping income',
    types: INCOME,
    foundBySubType: null,
    createdSubType: 'OtherPrimaryIncome',
  },
  discounts: {
    ownName: 'Woo discounts',
    types: INCOME,
    foundBySubType: 'DiscountsRefundsGiven',
    createdSubType: 'DiscountsRefundsGiven',
  },
  feeIncome: { ownName: 'Woo fees', types: INCOME, foundBySubType: null, createdSubType: 'OtherPrimaryIncome' },
  rounding: { ownName: 'Woo rounding', types: INCOME, foundBySubType: null, createdSubType: 'OtherPrimaryIncome' },
  // Money owed to whoever holds a card. Named in the settings, never found or made by us.
  giftCards: {
    ownName: 'Woo gift cards',
    types: ['Other Current Liability', 'Other Income', 'Income'],
    foundBySubType: null,
    createdSubType: '',
  },
  depositTo: {
    ownName: 'Undeposited Funds',
    types: ['Bank', 'Other Current Asset'],
    foundBySubType: 'UndepositedFunds',
    createdSubType: '',
  },
};

export function accountIdentity(role: AccountRole): string {
  return `role:${role}`;
}

/**
 * In this order: the account named in the settings (id or exact name; missing or of a wrong type -> held, never
 * replaced); an active account of our own name; the only active account of the role's subtype; else a new one.
 * `depositTo` looks at `accounts.depositTo[paymentMethod]`, then `default`, then Undeposited Funds, which QuickBooks
 * uses by itself when no account is sent. Holds with `account_missing`.
 */
export function planAccount(
  role: AccountRole,
  settings: QuickBooksSettings,
  profile: Pick<CompanyProfile, 'accounts'>,
  paymentMethod = '',
): AccountPlan | Held {
  const named = settingOf(role, settings, paymentMethod);
  if (named !== undefined) return useNamed(role, named, profile.accounts);
  const rule = RULES[role];
  const active = profile.accounts.filter((account) => account.active && rule.types.includes(account.type));
  const own = active.find((account) => fold(account.name) === fold(rule.ownName));
  if (own) return { kind: 'use', role, id: own.id };
  const ofType = active.filter((account) => rule.foundBySubType !== null && account.subType === rule.foundBySubType);
  const [only] = ofType;
  if (only && ofType.length === 1) return { kind: 'use', role, id: only.id };
  return role === 'depositTo' ? { kind: 'omit', role } : planNew(role, settings, profile.accounts);
}

function settingOf(role: AccountRole, { accounts }: QuickBooksSettings, paymentMethod: string): string | undefined {
  if (role !== 'depositTo') return accounts[role];
  const byMethod = accounts.depositTo ?? {};
  return Object.hasOwn(byMethod, paymentMethod) ? byMethod[paymentMethod] : byMethod['default'];
}

function useNamed(role: AccountRole, named: string, accounts: readonly CompanyAccount[]): AccountPlan | Held {
  const found = accounts.find(({ id }) => id === named) ?? accounts.find(({ name }) => fold(name) === fold(named));
  const setting = `quickbooks.accounts.${role} names "${named}"`;
  if (!found) return held('account_missing', `${setting}, which does not exist in QuickBooks.`);
  if (!found.active) return held('account_missing', `${setting}, which is inactive in QuickBooks.`);
  const { types } = RULES[role];
  if (!types.includes(found.type)) {
    return held('account_missing', `${setting}, which is of type ${found.type}; needed is ${types.join(' or ')}.`);
  }
  return { kind: 'use', role, id: found.id };
}

function planNew(
  role: AccountRole,
  settings: QuickBooksSettings,
  accounts: readonly CompanyAccount[],
): AccountPlan | Held {
  const { ownName, createdSubType } = RULES[role];
  if (!settings.createMissingAccounts) {
    return held('account_missing', `No account for ${role} was found, and creating accounts is switched off.`);
  }
  const taken = accounts.find((account) => fold(account.name) === fold(ownName));
  if (taken) {
    const why = taken.active ? `is of type ${taken.type}` : 'is inactive';
    return held('account_missing', `The account "${ownName}" for ${role} exists but ${why}.`);
  }
  const body = { Name: ownName, AccountType: 'Income', AccountSubType: createdSubType };
  return { kind: 'create', role, identity: accountIdentity(role), body };
}
