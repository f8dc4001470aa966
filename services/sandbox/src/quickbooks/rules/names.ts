import type { Company, Stored } from '../company.js';
import { faults } from '../fault.js';

const DELETED = / \(deleted\)$/u;

/** Customer, Vendor and Employee share one list of names; items and accounts have their own. */
export function requireFreeName(
  company: Company,
  scope: 'name' | 'Item' | 'Account',
  name: string,
  ownId?: string,
): void {
  const holder = company.nameHolder(scope, name);
  if (holder === undefined || holder === ownId) return;
  const shown = company.switches.nameFaultNamesId ? holder : undefined;
  throw scope === 'Item' ? faults.duplicateItemName(shown) : faults.duplicateName(shown);
}

/** An object made inactive shows " (deleted)" and gives its name free; made active again it takes the name back. */
export function nameWhenActive(name: string, active: boolean): string {
  const plain = name.replace(DELETED, '');
  return active ? plain : `${plain} (deleted)`;
}

/** Keeps the index of names in step with a stored list object. */
export function indexName(
  company: Company,
  scope: 'name' | 'Item' | 'Account',
  field: string,
  stored: Stored,
  before: { readonly [key: string]: unknown } | undefined,
): void {
  const previous = before?.[field];
  if (typeof previous === 'string' && company.nameHolder(scope, previous) === stored.id)
    company.freeName(scope, previous);
  const name = stored.input[field];
  if (typeof name === 'string' && stored.input.Active !== false) company.takeName(scope, name, stored.id);
}
