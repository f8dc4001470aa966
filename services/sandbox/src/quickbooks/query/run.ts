import type { Company, Stored } from '../company.js';
import { entityRules } from '../entities/index.js';
import { faults } from '../fault.js';
import { at, isObject, type JsonObject } from '../json.js';
import type { EntityRules } from '../rules/context.js';
import { viewOf } from '../setup-views.js';
import { type Condition, parseQuery, type Query } from './parse.js';

const EVERYWHERE = ['Id', 'MetaData.CreateTime', 'MetaData.LastUpdatedTime'];

/** Answers a query with the content of `QueryResponse`. Throws 4000 (not parsed) or 4001 (parsed, not allowed). */
export function runQuery(company: Company, source: string): JsonObject {
  const query = parseQuery(source);
  const rules = entityRules(query.entity);
  if (!rules) throw faults.queryInvalid(`entity ${query.entity} is not supported`);
  const conditions = query.where.map((condition) => compile(company, rules, condition));
  for (const { property } of query.orderBy) propertyPath(company, rules, property);
  const asksActive = query.where.some(({ property }) => property.toLowerCase() === 'active');
  const rows = company.all(rules.name).filter((stored) => {
    if (stored.state === 'deleted') return false;
    if (!asksActive && rules.kind !== 'transaction' && stored.input.Active === false) return false;
    return conditions.every((holds) => holds(stored));
  });
  if (query.select === 'COUNT') return { totalCount: rows.length };
  const sorted = sort(company, rules, query, rows);
  const page = sorted.slice(query.startPosition - 1, query.startPosition - 1 + query.maxResults);
  if (page.length === 0) return {};
  const shown = page.map((stored) => selected(query, listView(company, stored, viewOf(company, stored))));
  return { [rules.name]: shown, startPosition: query.startPosition, maxResults: page.length };
}

/** One property of an object, without building the whole view: queries look at every row. */
function valueAt(company: Company, stored: Stored, path: string): unknown {
  if (path === 'Id') return stored.id;
  if (path === 'Balance' && stored.entity === 'Customer') return company.view(stored).Balance;
  return at(stored.computed, path) ?? at(stored.input, path);
}

/** Lists have been seen to carry the SyncToken before the current one. */
export function listView(company: Company, stored: Stored, view: JsonObject): JsonObject {
  if (company.switches.listSyncTokens === 'current' || stored.syncToken === 0) return view;
  return { ...view, SyncToken: String(stored.syncToken - 1) };
}

function selected(query: Query, view: JsonObject): JsonObject {
  if (typeof query.select === 'string') return view;
  const kept: JsonObject = { domain: 'QBO', sparse: true };
  for (const field of query.select) {
    const top = field.split('.')[0] ?? field;
    const name = Object.keys(view).find((key) => key.toLowerCase() === top.toLowerCase());
    if (name !== undefined) kept[name] = view[name];
  }
  return kept;
}

/** The exact path of a property that may be filtered or sorted on. */
function propertyPath(company: Company, rules: EntityRules, property: string): string {
  const allowed = [...EVERYWHERE, ...rules.filterable];
  if (company.switches.privateNoteFilterable && rules.kind === 'transaction') allowed.push('PrivateNote');
  const found = allowed.find((name) => name.toLowerCase() === property.toLowerCase());
  if (found !== undefined) return found;
  if (property.toLowerCase() === 'primaryemailaddr.address' && allowed.includes('PrimaryEmailAddr'))
    return 'PrimaryEmailAddr';
  throw faults.queryInvalid(`property ${property} of ${rules.name} is not queryable`);
}

type Predicate = (stored: Stored) => boolean;

function compile(company: Company, rules: EntityRules, condition: Condition): Predicate {
  const path = propertyPath(company, rules, condition.property);
  const { operator, values } = condition;
  if (path === 'Id' && operator !== '=' && operator !== 'IN') {
    throw faults.queryInvalid(`operator ${operator} is not allowed on property Id`);
  }
  if (path.startsWith('MetaData.')) return byTime(path, operator, values);
  const ignoresCase = company.switches.queryIgnoresCase;
  const fold = (value: string): string => (ignoresCase ? value.toLowerCase() : value);
  const wanted = values.map(fold);
  if (operator === 'LIKE') {
    const pattern = likePattern(wanted[0] ?? '');
    return (stored) => pattern.test(fold(plainText(valueAt(company, stored, path))));
  }
  return (stored) => {
    const value = valueAt(company, stored, path);
    return wanted.some((candidate) => compare(operator, order(value, candidate, fold)));
  };
}

function byTime(path: string, operator: Condition['operator'], values: readonly string[]): Predicate {
  const instants = values.map((value) => Date.parse(value));
  if (instants.some(Number.isNaN)) throw faults.queryInvalid(`Invalid date ${values.join(', ')}`);
  if (operator === 'LIKE') throw faults.queryInvalid(`operator LIKE is not allowed on property ${path}`);
  return (stored) => {
    // Answers show whole seconds, so comparisons see whole seconds too.
    const exact = path === 'MetaData.CreateTime' ? stored.createdAt : stored.updatedAt;
    const shown = Math.floor(exact / 1000) * 1000;
    return instants.some((instant) => compare(operator, Math.sign(shown - instant)));
  };
}

function likePattern(value: string): RegExp {
  const escaped = value.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&').replaceAll('%', '.*');
  return new RegExp(`^${escaped}$`, 'su');
}

/** References compare by value, e-mail addresses by address. */
function plainText(value: unknown): string {
  if (isObject(value)) return plainText(value.value ?? value.Address);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** -1, 0 or 1; NaN when the object has no such value. */
function order(value: unknown, candidate: string, fold: (text: string) => string): number {
  if (value === undefined || value === null) return Number.NaN;
  if (typeof value === 'number') return Math.sign(value - Number(candidate));
  const text = typeof value === 'boolean' ? String(value) : fold(plainText(value));
  const other = typeof value === 'boolean' ? candidate.toLowerCase() : candidate;
  return text === other ? 0 : text < other ? -1 : 1;
}

function compare(operator: Condition['operator'], sign: number): boolean {
  switch (operator) {
    case '=':
    case 'IN':
      return sign === 0;
    case '<':
      return sign < 0;
    case '>':
      return sign > 0;
    case '<=':
      return sign <= 0;
    case '>=':
      return sign >= 0;
    case 'LIKE':
      return false;
  }
}

function sort(company: Company, rules: EntityRules, query: Query, rows: readonly Stored[]): readonly Stored[] {
  if (query.orderBy.length === 0) return rows;
  const keys = query.orderBy.map(({ property, descending }) => ({
    path: propertyPath(company, rules, property),
    sign: descending ? -1 : 1,
  }));
  return rows.toSorted((left, right) => {
    for (const { path, sign } of keys) {
      const one = sortValue(company, path, left);
      const other = sortValue(company, path, right);
      if (one !== other) return one < other ? -sign : sign;
    }
    return Number(left.id) - Number(right.id);
  });
}

function sortValue(company: Company, path: string, stored: Stored): string | number {
  if (path === 'Id') return Number(stored.id);
  if (path === 'MetaData.CreateTime') return stored.createdAt;
  if (path === 'MetaData.LastUpdatedTime') return stored.updatedAt;
  const value = valueAt(company, stored, path);
  return typeof value === 'number' ? value : plainText(value).toLowerCase();
}
