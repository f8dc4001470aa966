import { decimal, places } from './decimal.js';
import { faults } from './fault.js';
import { isObject, type JsonObject } from './json.js';

/** What may be written to one field. Anything not in a table (read-only or unknown) is ignored without error. */
export type FieldSpec =
  | { readonly kind: 'text'; readonly max?: number; readonly forbid?: RegExp; readonly email?: true }
  | { readonly kind: 'number'; readonly places?: number; readonly digits?: number }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'date' }
  | { readonly kind: 'choice'; readonly of: readonly string[] }
  | { readonly kind: 'ref' }
  | { readonly kind: 'object'; readonly fields: FieldTable }
  | { readonly kind: 'list'; readonly fields: FieldTable };

export type FieldTable = Readonly<Record<string, FieldSpec>>;

export const text = (max: number, forbid?: RegExp): FieldSpec => ({ kind: 'text', max, ...(forbid ? { forbid } : {}) });
export const email: FieldSpec = { kind: 'object', fields: { Address: { kind: 'text', max: 100, email: true } } };
export const phone: FieldSpec = { kind: 'object', fields: { FreeFormNumber: text(30) } };
export const ref: FieldSpec = { kind: 'ref' };
export const flag: FieldSpec = { kind: 'boolean' };
export const date: FieldSpec = { kind: 'date' };
/** Line Amount and totals: at most 5 decimals and 15 digits (10.5). */
export const amount: FieldSpec = { kind: 'number', places: 5, digits: 10 };
/** UnitPrice and cost up to 99,999,999,999. */
export const price: FieldSpec = { kind: 'number', digits: 11 };
export const quantity: FieldSpec = { kind: 'number', digits: 11 };

/** Names of lists must not hold a colon (it shows hierarchy), a tab or a newline. */
export const NAME_FORBIDS = /[:\t\r\n]/u;

const ADDRESS_LINES = ['Line1', 'Line2', 'Line3', 'Line4', 'Line5'];
export const address: FieldSpec = {
  kind: 'object',
  fields: {
    ...Object.fromEntries(ADDRESS_LINES.map((line) => [line, text(500)])),
    City: text(255),
    CountrySubDivisionCode: text(255),
    PostalCode: text(30),
    Country: text(255),
  },
};

/**
 * The writable part of `input` by `table`: unknown fields dropped, nulls kept (they clear a field), types, lengths and
 * characters checked. `latin1`: a US company keeps ISO-8859-1 only, everything else becomes "?".
 * Throws 2010, 2040, 2050 or 2210.
 */
export function pick(table: FieldTable, input: JsonObject, latin1: boolean, prefix = ''): JsonObject {
  const picked: JsonObject = {};
  for (const [name, spec] of Object.entries(table)) {
    const value = input[name];
    if (value === undefined) continue;
    picked[name] = value === null ? null : pickValue(spec, value, latin1, `${prefix}${name}`);
  }
  return picked;
}

function pickValue(spec: FieldSpec, value: unknown, latin1: boolean, path: string): unknown {
  switch (spec.kind) {
    case 'text':
      return pickText(spec, value, latin1, path);
    case 'number':
      return pickNumber(spec, value, path);
    case 'boolean':
      if (typeof value !== 'boolean') throw faults.badProperty(path);
      return value;
    case 'date':
      if (typeof value !== 'string' || !isDate(value)) throw faults.badProperty(path);
      return value.slice(0, 10);
    case 'choice':
      if (typeof value !== 'string' || !spec.of.includes(value)) throw faults.badProperty(path);
      return value;
    case 'ref':
      if (!isObject(value) || typeof value.value !== 'string') throw faults.badProperty(path);
      return { value: value.value };
    case 'object':
      if (!isObject(value)) throw faults.badProperty(path);
      return pick(spec.fields, value, latin1, `${path}.`);
    case 'list':
      if (!Array.isArray(value)) throw faults.badProperty(path);
      return value.map((entry: unknown) => {
        if (!isObject(entry)) throw faults.badProperty(path);
        return pick(spec.fields, entry, latin1, `${path}.`);
      });
  }
}

function pickText(spec: FieldSpec & { kind: 'text' }, value: unknown, latin1: boolean, path: string): string {
  if (typeof value !== 'string') throw faults.badProperty(path);
  const kept = latin1 ? toLatin1(value) : value;
  if (spec.forbid?.test(kept)) throw faults.badCharacters(path);
  if (spec.max !== undefined && kept.length > spec.max) throw faults.length(path, spec.max, kept.length);
  if (spec.email && kept !== '' && !isAddress(kept)) throw faults.badEmail(path);
  return kept;
}

/** RFC 822 knows no two dots in a row; and a company refuses more than anybody documents: here all of one domain. */
function isAddress(text: string): boolean {
  const [local = ''] = text.split('@');
  const hasOddDots = local.startsWith('.') || local.endsWith('.') || local.includes('..');
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/u.test(text) && !hasOddDots && !text.endsWith('@refused.example');
}

function pickNumber(spec: FieldSpec & { kind: 'number' }, value: unknown, path: string): number {
  const exact = typeof value === 'number' ? decimal(value) : undefined;
  if (typeof value !== 'number' || exact === undefined) throw faults.badProperty(path);
  if (spec.places !== undefined && places(exact) > spec.places) throw faults.badProperty(path);
  if (spec.digits !== undefined && Math.abs(value) >= 10 ** spec.digits) throw faults.badProperty(path);
  return value;
}

function isDate(value: string): boolean {
  const match = /^(\d{4}-\d{2}-\d{2})(?:T.*)?$/u.exec(value);
  return match !== null && !Number.isNaN(Date.parse(`${match[1]}T00:00:00Z`));
}

/** One "?" for each character outside ISO-8859-1. */
export function toLatin1(value: string): string {
  let kept = '';
  for (const character of value) kept += (character.codePointAt(0) ?? 0) > 0xff ? '?' : character;
  return kept;
}
