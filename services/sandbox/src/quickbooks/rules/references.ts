import type { Company, EntityName, Stored } from '../company.js';
import { faults } from '../fault.js';
import { type JsonObject, refId, textAt } from '../json.js';

/** The object a reference points to. Unknown or deleted -> 2500 with the element's path; inactive -> by switch. */
export function resolve(company: Company, entity: EntityName, id: string, path: string): Stored {
  const found = company.get(entity, id);
  if (!found || found.state === 'deleted') throw faults.badReference(path);
  if (found.input.Active === false) throw faults.inactive(company.switches.inactiveReferenceCode);
  return found;
}

/** Like `resolve` for a field of a draft; undefined when the field was not sent. */
export function resolveAt(company: Company, entity: EntityName, draft: JsonObject, path: string): Stored | undefined {
  const id = refId(draft, path);
  return id === undefined ? undefined : resolve(company, entity, id, path);
}

/** `{"value","name"}` as answers show a reference. */
export function refTo(stored: Stored): JsonObject {
  const name =
    textAt(stored.input, 'DisplayName') ?? textAt(stored.computed, 'DisplayName') ?? textAt(stored.input, 'Name');
  return name === undefined ? { value: stored.id } : { value: stored.id, name };
}

/** The references of a draft with the names of what they point to. Throws for those that point nowhere. */
export function namedRefs(
  company: Company,
  draft: JsonObject,
  wanted: Readonly<Record<string, EntityName>>,
): JsonObject {
  const named: JsonObject = {};
  for (const [field, entity] of Object.entries(wanted)) {
    const found = resolveAt(company, entity, draft, field);
    if (found) named[field] = refTo(found);
  }
  return named;
}

/** Checks an account reference and its type. Throws 2500 or 6430. */
export function accountAt(
  company: Company,
  draft: JsonObject,
  path: string,
  types: readonly string[],
): Stored | undefined {
  const found = resolveAt(company, 'Account', draft, path);
  if (found && !types.includes(textAt(found.computed, 'AccountType') ?? '')) throw faults.accountType(path);
  return found;
}
