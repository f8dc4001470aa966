import { faults } from '../fault.js';
import { address, email, type FieldTable, flag, NAME_FORBIDS, phone, ref, text } from '../fields.js';
import { type JsonObject, refId, textAt } from '../json.js';
import type { EntityRules, Prepared, WriteContext } from '../rules/context.js';
import { currencyOf } from '../rules/currency.js';
import { indexName, nameWhenActive, requireFreeName } from '../rules/names.js';
import { namedRefs } from '../rules/references.js';

const NAME_FIELDS: FieldTable = {
  DisplayName: text(500, NAME_FORBIDS),
  Title: text(16, NAME_FORBIDS),
  GivenName: text(100, NAME_FORBIDS),
  MiddleName: text(100, NAME_FORBIDS),
  FamilyName: text(100, NAME_FORBIDS),
  Suffix: text(16, NAME_FORBIDS),
  CompanyName: text(100),
  PrintOnCheckName: text(110),
  Active: flag,
  PrimaryEmailAddr: email,
  PrimaryPhone: phone,
  Mobile: phone,
  BillAddr: address,
  CurrencyRef: ref,
};

const CUSTOMER_FIELDS: FieldTable = {
  ...NAME_FIELDS,
  ShipAddr: address,
  ParentRef: ref,
  Job: flag,
  Notes: text(2000),
  Taxable: flag,
  ResaleNum: text(16),
  SalesTermRef: ref,
  PaymentMethodRef: ref,
};

const FILTERABLE = [
  'DisplayName',
  'GivenName',
  'MiddleName',
  'FamilyName',
  'CompanyName',
  'PrintOnCheckName',
  'FullyQualifiedName',
  'PrimaryEmailAddr',
  'Active',
  'Balance',
];

/** DisplayName is required unless a part of a name is given, and unique over customers, vendors and employees. */
function prepareName(draft: JsonObject, context: WriteContext): Prepared {
  const { company, before } = context;
  const parts = ['Title', 'GivenName', 'MiddleName', 'FamilyName', 'Suffix'].map((part) => textAt(draft, part)?.trim());
  const composed = parts.filter(Boolean).join(' ');
  const sent = textAt(draft, 'DisplayName')?.trim() || composed;
  if (sent === '') throw faults.required('DisplayName');
  const active = draft.Active !== false;
  const displayName = nameWhenActive(sent, active);
  if (active) requireFreeName(company, 'name', displayName, before?.id);
  const currency = before ? refId(before.computed, 'CurrencyRef') : undefined;
  const wanted = currency === undefined || draft.CurrencyRef ? currencyOf(company, draft) : currency;
  if (currency !== undefined && wanted !== currency) {
    throw faults.business('The currency of a customer cannot be changed', 'CurrencyRef');
  }
  const input: JsonObject = { ...draft, Active: active, DisplayName: displayName };
  input.PrintOnCheckName ??= textAt(draft, 'CompanyName') ?? displayName;
  return { input, computed: { FullyQualifiedName: displayName, CurrencyRef: { value: wanted, name: wanted } } };
}

export const customer: EntityRules = {
  name: 'Customer',
  kind: 'list',
  fields: CUSTOMER_FIELDS,
  filterable: FILTERABLE,
  prepare(draft, context) {
    const prepared = prepareName(draft, context);
    const refs = namedRefs(context.company, draft, { SalesTermRef: 'Term', PaymentMethodRef: 'PaymentMethod' });
    const computed = {
      ...prepared.computed,
      ...refs,
      Taxable: draft.Taxable ?? true,
      Job: draft.Job ?? false,
      BillWithParent: false,
      PreferredDeliveryMethod: 'None',
    };
    return { input: prepared.input, computed };
  },
  settle: (stored, before, { company }) => indexName(company, 'name', 'DisplayName', stored, before),
};

/** Vendors and employees exist because they take names that a customer then cannot have. */
function otherName(name: 'Vendor' | 'Employee'): EntityRules {
  return {
    name,
    kind: 'list',
    fields: NAME_FIELDS,
    filterable: FILTERABLE.filter((field) => field !== 'FullyQualifiedName'),
    prepare: (draft, context) => {
      const { input, computed } = prepareName(draft, context);
      return { input, computed: { CurrencyRef: computed.CurrencyRef } };
    },
    settle: (stored, before, { company }) => indexName(company, 'name', 'DisplayName', stored, before),
  };
}

export const vendor = otherName('Vendor');
export const employee = otherName('Employee');
