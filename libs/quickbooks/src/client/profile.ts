import type { CompanyProfile, EntityName, RemoteResult } from '../domain/model.js';
import { parseProfile } from '../domain/profile.js';
import type { QuickBooksReads } from './api.js';
import type { Caller } from './types.js';

/** Reads what the mapping must know about a company: five reads, one after another. The first failure is the result. */
export async function readProfile(api: QuickBooksReads, caller: Caller): Promise<RemoteResult<CompanyProfile>> {
  const companyInfo = await api.companyInfo(caller);
  if (companyInfo.kind !== 'ok') return companyInfo;
  const preferences = await api.preferences(caller);
  if (preferences.kind !== 'ok') return preferences;
  const list = (entity: EntityName) =>
    api.queryAll(caller, { entity, where: [{ field: 'Active', operator: 'IN', value: [true, false] }] });
  const taxCodes = await list('TaxCode');
  if (taxCodes.kind !== 'ok') return taxCodes;
  const taxRates = await list('TaxRate');
  if (taxRates.kind !== 'ok') return taxRates;
  const accounts = await list('Account');
  if (accounts.kind !== 'ok') return accounts;
  const profile = parseProfile({
    companyInfo: companyInfo.entity,
    preferences: preferences.entity,
    taxCodes: taxCodes.entity,
    taxRates: taxRates.entity,
    accounts: accounts.entity,
  });
  return { kind: 'ok', entity: profile, traceId: accounts.traceId };
}
