import type { Check } from '@tillstream/contracts';
import { asError } from '@tillstream/kernel';
import {
  type AccountRole,
  type CompanyProfile,
  docNumber,
  isHeld,
  markerOf,
  planAccount,
  readProfile,
} from '@tillstream/quickbooks';
import { trailOf } from '../company/company-port.js';
import type { TenantConfig } from '../company/realm-config.js';
import type { Realm } from '../company/realm.js';
import { valueOf } from '../company/remote-answer.js';

const ROLES: readonly AccountRole[] = [
  'salesIncome',
  'shippingIncome',
  'discounts',
  'feeIncome',
  'rounding',
  'depositTo',
];
const CHUNK = 50;

/** What is right and what is missing at a company; only reads (B15), and says plainly what to fix. */
export async function testConnection(realm: Realm, orderNumbers: readonly string[]): Promise<readonly Check[]> {
  const { config } = realm;
  if (!config) return [{ name: 'connection', ok: false, detail: 'There is no QuickBooks connection.' }];
  const trail = trailOf('command');
  const { company } = realm;
  try {
    const profile = valueOf(
      await company.read(trail, (api, caller) => readProfile(api, caller)),
      company.pausedUntil(),
    );
    return [
      { name: 'company', ok: true, detail: `${profile.companyName} (${profile.country}, ${profile.homeCurrency})` },
      taxCheck(profile),
      numberingCheck(profile),
      ...ROLES.map((role) => accountCheck(role, config, profile)),
      ...(await numberChecks(realm, config, orderNumbers)),
    ];
  } catch (thrown) {
    return [{ name: 'company', ok: false, detail: asError(thrown).message }];
  }
}

function taxCheck(profile: CompanyProfile): Check {
  const name = 'tax';
  if (profile.isUs && !profile.usingSalesTax) {
    return { name, ok: false, detail: 'Sales tax is switched off in QuickBooks: orders with tax will be held.' };
  }
  if (profile.isUs) {
    const how = profile.partnerTaxEnabled ? 'automated sales tax' : 'sales tax';
    return { name, ok: true, detail: `United States, ${how}: the order's own tax is sent as an override.` };
  }
  const codes = profile.taxCodes.filter(({ active }) => active).length;
  return { name, ok: codes > 0, detail: `${codes} active tax codes; orders use the one with their own rates.` };
}

function numberingCheck({ customTxnNumbers }: CompanyProfile): Check {
  const detail = customTxnNumbers
    ? 'Custom transaction numbers are on: invoices carry the order number.'
    : 'Custom transaction numbers are off: QuickBooks may number invoices by itself. Switch them on in QuickBooks.';
  return { name: 'numbers', ok: customTxnNumbers, detail };
}

function accountCheck(role: AccountRole, { settings }: TenantConfig, profile: CompanyProfile): Check {
  const name = `account ${role}`;
  const planned = planAccount(role, settings.quickbooks, profile);
  if (isHeld(planned)) return { name, ok: false, detail: planned.message };
  switch (planned.kind) {
    case 'use':
      return { name, ok: true, detail: `${profile.accounts.find(({ id }) => id === planned.id)?.name ?? planned.id}` };
    case 'omit':
      return { name, ok: true, detail: 'QuickBooks uses Undeposited Funds.' };
    case 'create':
      return { name, ok: true, detail: `Will be created ("Woo ...") by the first run.` };
  }
}

/** B8: order numbers that a document of somebody else has already. */
async function numberChecks(
  realm: Realm,
  { settings }: TenantConfig,
  orderNumbers: readonly string[],
): Promise<Check[]> {
  if (orderNumbers.length === 0) return [];
  const { company } = realm;
  const numbers = orderNumbers.map((number) => docNumber(settings.quickbooks.docNumberPrefix, number));
  const taken: string[] = [];
  for (let from = 0; from < numbers.length; from += CHUNK) {
    const value = numbers.slice(from, from + CHUNK);
    const holders = valueOf(
      await company.read(trailOf('command'), (api, caller) =>
        api.queryAll(caller, { entity: 'Invoice', where: [{ field: 'DocNumber', operator: 'IN', value }] }),
      ),
      company.pausedUntil(),
    );
    const foreign = holders.filter((holder) => markerOf(holder['PrivateNote']) === null);
    taken.push(...foreign.map((holder) => String(holder['DocNumber'])));
  }
  const detail =
    taken.length === 0
      ? `None of the last ${numbers.length} order numbers is in use.`
      : `In use by other invoices: ${taken.slice(0, 10).join(', ')}. Set quickbooks.docNumberPrefix.`;
  return [{ name: 'order numbers', ok: taken.length === 0, detail }];
}
