import { faults } from '../fault.js';
import { flag, quantity, text } from '../fields.js';
import { textAt } from '../json.js';
import type { EntityRules } from '../rules/context.js';

/** Lists a sync only reads at connect time; terms and payment methods may also be created. */
export const term: EntityRules = {
  name: 'Term',
  kind: 'list',
  fields: { Name: text(31), DueDays: quantity, Active: flag },
  filterable: ['Name', 'Active'],
  prepare(draft) {
    if (textAt(draft, 'Name') === undefined) throw faults.required('Name');
    return { input: { ...draft, Active: draft.Active !== false }, computed: { Type: 'STANDARD' } };
  },
};

export const paymentMethod: EntityRules = {
  name: 'PaymentMethod',
  kind: 'list',
  fields: { Name: text(31), Type: text(30), Active: flag },
  filterable: ['Name', 'Active'],
  prepare(draft) {
    if (textAt(draft, 'Name') === undefined) throw faults.required('Name');
    return { input: { ...draft, Active: draft.Active !== false }, computed: { Type: draft.Type ?? 'NON_CREDIT_CARD' } };
  },
};

/** Made by seeds only: tax codes through another service, preferences and company info by people. */
function readOnly(name: EntityRules['name'], filterable: readonly string[] = []): EntityRules {
  return {
    name,
    kind: 'readOnly',
    fields: {},
    filterable,
    prepare() {
      throw faults.unsupported(`write of ${name}`);
    },
  };
}

export const taxCode = readOnly('TaxCode', ['Name', 'Active', 'Taxable']);
export const taxRate = readOnly('TaxRate', ['Name', 'Active']);
export const companyInfo = readOnly('CompanyInfo');
export const preferences = readOnly('Preferences');
