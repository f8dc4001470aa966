import { faults } from '../fault.js';
import { date, flag, NAME_FORBIDS, price, quantity, ref, text } from '../fields.js';
import type { JsonObject } from '../json.js';
import { textAt } from '../json.js';
import type { EntityRules, WriteContext } from '../rules/context.js';
import { indexName, nameWhenActive, requireFreeName } from '../rules/names.js';
import { accountAt, refTo } from '../rules/references.js';

const INVENTORY_NEEDS = [
  'TrackQtyOnHand',
  'QtyOnHand',
  'InvStartDate',
  'IncomeAccountRef',
  'ExpenseAccountRef',
  'AssetAccountRef',
];

/** What each type must bring: accounts of the right kind, for inventory also a start (2020, 6430). */
function requireAccounts(draft: JsonObject, type: string, { company }: WriteContext): JsonObject {
  if (type === 'Category' || type === 'Group') return {};
  const needs = type === 'Inventory' ? INVENTORY_NEEDS : ['IncomeAccountRef'];
  for (const field of needs) if (draft[field] === undefined || draft[field] === null) throw faults.required(field);
  const refs: JsonObject = {};
  const types: Readonly<Record<string, readonly string[]>> = {
    IncomeAccountRef: ['Income', 'Other Income'],
    ExpenseAccountRef:
      type === 'Inventory' ? ['Cost of Goods Sold'] : ['Expense', 'Other Expense', 'Cost of Goods Sold'],
    AssetAccountRef: ['Other Current Asset'],
  };
  for (const [field, allowed] of Object.entries(types)) {
    const found = accountAt(company, draft, field, allowed);
    if (found) refs[field] = refTo(found);
  }
  return refs;
}

export const item: EntityRules = {
  name: 'Item',
  kind: 'list',
  fields: {
    Name: text(100, NAME_FORBIDS),
    Sku: text(100),
    Description: text(4000),
    PurchaseDesc: text(1000),
    Type: { kind: 'choice', of: ['Service', 'NonInventory', 'Inventory', 'Category', 'Group'] },
    Active: flag,
    Taxable: flag,
    UnitPrice: price,
    PurchaseCost: price,
    TrackQtyOnHand: flag,
    QtyOnHand: quantity,
    InvStartDate: date,
    IncomeAccountRef: ref,
    ExpenseAccountRef: ref,
    AssetAccountRef: ref,
  },
  filterable: ['Name', 'Sku', 'Type', 'Active', 'UnitPrice', 'FullyQualifiedName'],
  prepare(draft, context) {
    const { company, before } = context;
    const name = textAt(draft, 'Name')?.trim() ?? '';
    if (name === '') throw faults.required('Name');
    const type = textAt(draft, 'Type') ?? 'Service';
    if (before?.input.Type === 'Inventory' && type !== 'Inventory') {
      throw faults.business('The type of an inventory item cannot be changed', 'Type');
    }
    const refs = requireAccounts(draft, type, context);
    const active = draft.Active !== false;
    const shown = nameWhenActive(name, active);
    if (active) requireFreeName(company, 'Item', shown, before?.id);
    return {
      input: { ...draft, Name: shown, Type: type, Active: active },
      computed: {
        ...refs,
        FullyQualifiedName: shown,
        Taxable: draft.Taxable ?? false,
        UnitPrice: draft.UnitPrice ?? 0,
        TrackQtyOnHand: draft.TrackQtyOnHand ?? false,
      },
    };
  },
  settle: (stored, before, { company }) => indexName(company, 'Item', 'Name', stored, before),
};
