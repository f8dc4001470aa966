import type { EntityName } from '../company.js';
import type { EntityRules } from '../rules/context.js';
import { account } from './account.js';
import { item } from './item.js';
import { customer, employee, vendor } from './names.js';
import { payment } from './payment.js';
import { creditMemo, invoice, refundReceipt, salesReceipt } from './sales-form.js';
import { companyInfo, paymentMethod, preferences, taxCode, taxRate, term } from './setup-lists.js';

export const ENTITIES: readonly EntityRules[] = [
  customer,
  vendor,
  employee,
  item,
  account,
  invoice,
  salesReceipt,
  creditMemo,
  refundReceipt,
  payment,
  taxCode,
  taxRate,
  term,
  paymentMethod,
  companyInfo,
  preferences,
];

const BY_PATH = new Map(ENTITIES.map((rules) => [rules.name.toLowerCase(), rules]));

/** The rules of an entity by its lower-case path segment or its name in any case. */
export function entityRules(name: string): EntityRules | undefined {
  return BY_PATH.get(name.toLowerCase());
}

export function rulesOf(name: EntityName): EntityRules {
  const rules = BY_PATH.get(name.toLowerCase());
  if (!rules) throw new RangeError(`no rules for ${name}`);
  return rules;
}
