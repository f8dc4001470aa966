import { held, type Held } from './held.js';
import type { JsonObject, JsonValue, WireEntity } from './model.js';
import { fold } from './text.js';
import { isObject, textAt } from './wire-json.js';

/** A record changed after its customer or item was written by us: what goes there now (B5). */

/** `fields` = all of ours, for a sparse update over whatever else QuickBooks holds: the next comparison starts from them. */
export type ChangePlan =
  | { readonly kind: 'none' }
  | { readonly kind: 'update'; readonly name: string; readonly fields: JsonObject };

/** Ours to change; type, accounts and currency are settled when the object is created. */
const CHANGEABLE = {
  Customer: [
    'DisplayName',
    'GivenName',
    'FamilyName',
    'CompanyName',
    'PrimaryEmailAddr',
    'PrimaryPhone',
    'BillAddr',
    'ShipAddr',
  ],
  Item: ['Name', 'Sku', 'UnitPrice'],
} as const;
const NAME_FIELD = { Customer: 'DisplayName', Item: 'Name' } as const;
const NAME_TAKEN = { Customer: 'customer_name_taken', Item: 'item_ambiguous' } as const;
/** Members of these objects that are QuickBooks' own. */
const FOREIGN_PARTS = new Set(['Id', 'Lat', 'Long', 'domain', 'status', 'default', 'Tag', 'Note']);
/** A number cannot be emptied: what the shop does not say any more stays. */
const KEPT_WHEN_MISSING = new Set(['UnitPrice']);

export interface ChangeInput {
  readonly entity: keyof typeof CHANGEABLE;
  /** For messages: ids, no names of people. */
  readonly subject: string;
  /** Names of the record, best first. */
  readonly names: readonly string[];
  /** Not in use by anything but the object itself. */
  readonly isFree: (name: string) => boolean;
  /** Everything of ours but the name. */
  readonly wanted: JsonObject;
  /** The body last written. */
  readonly standing: JsonObject;
  /** By id, as it is now. */
  readonly remote: WireEntity;
}

/**
 * Compares three: what we wrote, what QuickBooks holds, what the record says. Somebody else's value in a field of ours
 * holds the record, unless it says what the record says; in a field we never wrote it stays.
 */
export function planChange(input: ChangeInput): ChangePlan | Held {
  const { entity, subject, remote } = input;
  const name = nameOf(input);
  if (name === null) return held(NAME_TAKEN[entity], `${subject}: all its names are in use in QuickBooks by others.`);
  const written = flatFields(input.standing, CHANGEABLE[entity]);
  const now = flatFields(remote, CHANGEABLE[entity]);
  const target = flatFields({ ...input.wanted, [NAME_FIELD[entity]]: name }, CHANGEABLE[entity]);
  const edited = [...written].filter(
    ([path, value]) => !isSame(now.get(path), value) && !isSame(now.get(path), target.get(path)),
  );
  if (edited.length > 0) {
    const fields = edited.map(([path]) => path).join(', ');
    return held('edited_in_quickbooks', `${subject}: ${entity} ${remote.Id} was changed in QuickBooks (${fields}).`);
  }
  const fields = new Map<string, string>();
  for (const path of new Set([...target.keys(), ...written.keys()])) {
    const fallback = KEPT_WHEN_MISSING.has(path) ? written.get(path) : undefined;
    const value = target.get(path) ?? fallback ?? '';
    const isForeign = !written.has(path) && now.has(path) && !isSame(now.get(path), value);
    if (!isForeign) fields.set(path, value);
  }
  const isChanged = [...fields].some(([path, value]) => !isSame(now.get(path), value));
  return isChanged ? { kind: 'update', name, fields: fieldsOf(fields, now) } : { kind: 'none' };
}

/** The name it has, when it is one of the record's own; else the first that is free. null = none is. */
function nameOf({ entity, names, isFree, remote }: ChangeInput): string | null {
  const current = textAt(remote, NAME_FIELD[entity]);
  const same = names.find((name) => fold(name) === fold(current));
  return same ?? names.find(isFree) ?? null;
}

/** Leaves by path: `BillAddr.City`; empty ones are left out. */
export function flatFields(entity: JsonObject | WireEntity, fields: readonly string[]): Map<string, string> {
  const flat = new Map<string, string>();
  for (const field of fields) {
    const value: unknown = entity[field];
    if (isObject(value)) {
      for (const [part, leaf] of Object.entries(value))
        if (!FOREIGN_PARTS.has(part)) put(flat, `${field}.${part}`, leaf);
    } else put(flat, field, value);
  }
  return flat;
}

function put(flat: Map<string, string>, path: string, value: unknown): void {
  if (typeof value !== 'string' && typeof value !== 'number') return;
  if (String(value) !== '') flat.set(path, String(value));
}

function isSame(left: string | undefined, right: string | undefined): boolean {
  return (left ?? '').trim() === (right ?? '').trim();
}

/** Objects go whole, since QuickBooks may take what is left out of one for cleared. */
function fieldsOf(ours: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): JsonObject {
  const fields: Record<string, JsonValue> = {};
  for (const [path, value] of ours) {
    const [field = '', part] = path.split('.');
    if (part === undefined) fields[field] = field === 'UnitPrice' ? Number(value) : value;
    else {
      const kept = [...now]
        .filter(([other]) => other.startsWith(`${field}.`))
        .map(([other, text]) => [other.slice(field.length + 1), text]);
      fields[field] = { ...Object.fromEntries(kept), ...(fields[field] as JsonObject | undefined), [part]: value };
    }
  }
  return fields;
}
