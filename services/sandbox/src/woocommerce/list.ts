import { type DateBound, dateBound, wallClock } from './domain/dates.js';
import type { PhpQuery } from './domain/php-query.js';
import { invalidParam } from './errors.js';

/** What paging, filtering and sorting need to know about a row. Instants in ms. */
export interface Row {
  readonly id: number;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

export interface ListOptions<T extends Row = Row> {
  readonly zone: string;
  /** Orders under HPOS: UTC columns, and no totals beyond the last page. */
  readonly ownTables: boolean;
  readonly orderbys: readonly string[];
  readonly defaultOrderby: string;
  /** Customers have no date filters: they are ignored silently. */
  readonly dateFilters: boolean;
  readonly defaultOrder?: 'asc' | 'desc';
  /** Sort keys of this kind of row by `orderby`; `date`, `modified` and `include` need none, all else falls to the id. */
  readonly keys?: Readonly<Record<string, (row: T) => number | string>>;
}

export interface Page<T> {
  readonly rows: readonly T[];
  readonly total: number;
  readonly totalPages: number;
  readonly page: number;
}

/** One page of the rows as WordPress would cut it; `rows` are already filtered by what only their kind knows. */
export function listPage<T extends Row>(rows: readonly T[], query: PhpQuery, options: ListOptions<T>): Page<T> {
  const perPage = integerParam(query, 'per_page', 10, 1, 100);
  const page = integerParam(query, 'page', 1, 1);
  const offset = query.has('offset') ? integerParam(query, 'offset', 0, 0) : (page - 1) * perPage;
  const keep = rowFilter<T>(query, options);
  const sorted = sortRows(rows.filter(keep), query, options);
  const slice = sorted.slice(offset, offset + perPage);
  // Orders in their own tables forget their totals on an empty page; everything else keeps them.
  const beyond = slice.length === 0 && options.ownTables && offset > 0;
  const total = beyond ? 0 : sorted.length;
  return { rows: slice, total, totalPages: Math.ceil(total / perPage), page };
}

function rowFilter<T extends Row>(query: PhpQuery, options: ListOptions<T>): (row: T) => boolean {
  const include = idList(query, 'include');
  const exclude = idList(query, 'exclude');
  const bounds = options.dateFilters ? dateFilters(query, options) : [];
  return (row) =>
    (include === undefined || include.size === 0 || include.has(row.id)) &&
    !(exclude?.has(row.id) ?? false) &&
    bounds.every((bound) => bound(row));
}

function dateFilters(query: PhpQuery, options: Pick<ListOptions, 'zone' | 'ownTables'>): ((row: Row) => boolean)[] {
  const datesAreGmt = booleanParam(query, 'dates_are_gmt');
  const filters: ((row: Row) => boolean)[] = [];
  for (const [name, field, sign] of [
    ['after', 'createdAt', 1],
    ['before', 'createdAt', -1],
    ['modified_after', 'modifiedAt', 1],
    ['modified_before', 'modifiedAt', -1],
  ] as const) {
    const text = query.get(name);
    if (text === undefined) continue;
    const bound = dateBound(text, { zone: options.zone, datesAreGmt, ownTables: options.ownTables });
    if (bound === undefined) throw invalidParam(name, 'rest_invalid_date', 'Invalid date.');
    filters.push((row) => sign * (column(row[field], bound, options.zone) - bound.value) > 0);
  }
  return filters;
}

/** Columns hold whole seconds. */
function column(at: number, bound: DateBound, zone: string): number {
  const second = Math.floor(at / 1000) * 1000;
  return bound.column === 'gmt' ? second : wallClock(second, zone);
}

function sortRows<T extends Row>(rows: readonly T[], query: PhpQuery, options: ListOptions<T>): T[] {
  const order = enumParam(query, 'order', ['asc', 'desc'], options.defaultOrder ?? 'desc');
  const orderby = enumParam(query, 'orderby', options.orderbys, options.defaultOrderby);
  const include = query.list('include')?.map(Number) ?? [];
  if (orderby === 'include') return rows.toSorted((a, b) => include.indexOf(a.id) - include.indexOf(b.id));
  const ownKey = options.keys?.[orderby];
  const sortKey = (row: T): number | string => {
    if (ownKey !== undefined) return ownKey(row);
    if (orderby !== 'date' && orderby !== 'modified') return row.id;
    const at = Math.floor((orderby === 'date' ? row.createdAt : row.modifiedAt) / 1000) * 1000;
    return options.ownTables ? at : wallClock(at, options.zone);
  };
  const direction = order === 'asc' ? 1 : -1;
  const keyed = rows.map((row) => ({ row, key: sortKey(row) }));
  return keyed.toSorted((a, b) => direction * (compare(a.key, b.key) || a.row.id - b.row.id)).map(({ row }) => row);
}

/** As MySQL's default collation does: without regard to case. */
function compare(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en', { sensitivity: 'base' });
}

/** The paging headers; `Link` repeats the query as WordPress does, defaults included. */
export function pageHeaders(page: Page<unknown>, address: string, query: PhpQuery): Record<string, string> {
  const links: string[] = [];
  const link = (number: number, rel: string) => {
    const pairs = query.flat().filter(([name]) => name !== 'page' && !/^(consumer_|oauth_)/.test(name));
    const search = new URLSearchParams([...pairs, ['page', String(number)]]);
    links.push(`<${address}?${search.toString()}>; rel="${rel}"`);
  };
  if (page.page > 1) link(Math.min(page.page - 1, page.totalPages), 'prev');
  if (page.page < page.totalPages) link(page.page + 1, 'next');
  return {
    'x-wp-total': String(page.total),
    'x-wp-totalpages': String(page.totalPages),
    ...(links.length > 0 ? { link: links.join(', ') } : {}),
  };
}

/** `_fields=id,date_modified_gmt`: keeps only these top-level fields. */
export function trimFields(body: Record<string, unknown>, query: PhpQuery): Record<string, unknown> {
  const fields = query.list('_fields');
  if (fields === undefined || fields.length === 0) return body;
  const wanted = new Set(fields.map((field) => field.split('.')[0]));
  return Object.fromEntries(Object.entries(body).filter(([name]) => wanted.has(name)));
}

function integerParam(query: PhpQuery, name: string, fallback: number, min: number, max?: number): number {
  const text = query.get(name);
  if (text === undefined) return fallback;
  if (!/^-?\d+$/.test(text)) throw invalidParam(name, 'rest_invalid_type', `${name} is not of type integer.`);
  const value = Number(text);
  if (max !== undefined && (value < min || value > max)) {
    const message = `${name} must be between ${min} (inclusive) and ${max} (inclusive)`;
    throw invalidParam(name, 'rest_out_of_bounds', message);
  }
  if (value < min) {
    throw invalidParam(name, 'rest_out_of_bounds', `${name} must be greater than or equal to ${min}`);
  }
  return value;
}

/** A parameter with a fixed set of values. */
export function enumParam(query: PhpQuery, name: string, allowed: readonly string[], fallback: string): string {
  const value = query.get(name) ?? fallback;
  if (allowed.includes(value)) return value;
  throw invalidParam(name, 'rest_not_in_enum', `${name} is not one of ${allowed.join(', ')}.`);
}

export function booleanParam(query: PhpQuery, name: string): boolean {
  const value = query.get(name)?.toLowerCase();
  if (value === undefined || ['0', 'false', ''].includes(value)) return false;
  if (['1', 'true'].includes(value)) return true;
  throw invalidParam(name, 'rest_invalid_type', `${name} is not of type boolean.`);
}

function idList(query: PhpQuery, name: string): Set<number> | undefined {
  const list = query.list(name);
  if (list === undefined) return undefined;
  list.forEach((each, index) => {
    if (!/^\d+$/.test(each))
      throw invalidParam(`${name}[${index}]`, 'rest_invalid_type', `${name}[${index}] is not of type integer.`);
  });
  return new Set(list.map(Number));
}
