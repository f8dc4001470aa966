import { RestError } from '../errors.js';
import { columnSql, filterSql, logicSql } from './filters.js';
import { parseError, splitTop, unquoted } from './grammar.js';
import { ident } from './sql-text.js';

/** A query string as PostgREST reads it: the parts that shape the answer, and everything else as filters. */
export interface RestQuery {
  readonly select: string | undefined;
  readonly order: string | undefined;
  readonly limit: number | undefined;
  readonly offset: number;
  readonly columns: readonly string[] | undefined;
  readonly onConflict: readonly string[] | undefined;
  /** Names and values of filters and logic trees, in their order. */
  readonly filters: readonly (readonly [string, string])[];
}

const RESERVED = new Set(['select', 'order', 'limit', 'offset', 'columns', 'on_conflict', 'apikey']);

/** Throws RestError for a negative or unreadable limit or offset. */
export function parseQuery(search: URLSearchParams, range: string | undefined): RestQuery {
  const list = (name: string) => {
    const text = search.get(name);
    return text === null || text === '' ? undefined : splitTop(text, ',').map((each) => unquoted(each.trim()));
  };
  const ranged = rangeHeader(range);
  const limit = wholeNumber(search.get('limit'), 'limit') ?? ranged?.limit;
  return {
    select: search.get('select') ?? undefined,
    order: search.get('order') ?? undefined,
    limit,
    offset: wholeNumber(search.get('offset'), 'offset') ?? ranged?.offset ?? 0,
    columns: list('columns'),
    onConflict: list('on_conflict'),
    filters: [...search].filter(([name]) => !RESERVED.has(name)),
  };
}

function rangeHeader(text: string | undefined): { offset: number; limit?: number } | undefined {
  const found = /^(\d+)-(\d*)$/u.exec(text ?? '');
  if (found === null) return undefined;
  const offset = Number(found[1]);
  if (found[2] === '') return { offset };
  const limit = Number(found[2]) - offset + 1;
  if (limit <= 0)
    throw notSatisfiable('The lower boundary must be lower than or equal to the upper boundary in the Range header.');
  return { offset, limit };
}

function wholeNumber(text: string | null, name: string): number | undefined {
  if (text === null) return undefined;
  if (!/^-?\d+$/u.test(text)) throw parseError(name, text);
  const value = Number(text);
  if (value >= 0) return value;
  // PostgREST ignores a negative offset and refuses a negative limit.
  if (name === 'offset') return undefined;
  throw notSatisfiable('Limit should be greater than or equal to zero.');
}

export function notSatisfiable(details: string): RestError {
  return new RestError(416, 'PGRST103', 'Requested range not satisfiable', details);
}

/** `where …` over the filters, or nothing. */
export function whereSql(query: RestQuery, table: string): string {
  const conditions = query.filters.map(([name, value]) =>
    /^(not\.)?(and|or)$/u.test(name) ? logicSql(name, value, table) : filterSql(name, value, table),
  );
  return conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`;
}

/** `order by …`, or nothing. */
export function orderSql(query: RestQuery, table: string): string {
  if (query.order === undefined || query.order === '') return '';
  const terms = splitTop(query.order, ',').map((term) => {
    const parsed = /^(.+?)(?:\.(asc|desc))?(?:\.(nullsfirst|nullslast))?$/u.exec(term.trim());
    if (parsed?.[1] === undefined) throw parseError('order', term);
    const direction = parsed[2] ?? 'asc';
    const nulls = parsed[3] === undefined ? '' : ` nulls ${parsed[3].slice(5)}`;
    return `${columnSql(parsed[1], table)} ${direction}${nulls}`;
  });
  return `order by ${terms.join(', ')}`;
}

/** The select list: plain columns, aliases, casts and JSON paths. Embedding and aggregates are refused. */
export function selectSql(select: string | undefined, table: string): string {
  const text = select === undefined || select === '' ? '*' : select;
  return splitTop(text, ',')
    .map((part) => selectItemSql(part.trim(), table))
    .join(', ');
}

function selectItemSql(part: string, table: string): string {
  if (part === '*') return `${table}.*`;
  if (part.endsWith(')')) {
    const relation = part.slice(0, part.indexOf('('));
    throw new RestError(
      400,
      'PGRST200',
      `Could not find a relationship between ${table} and '${relation}' in the schema cache`,
      'The sandbox does not embed resources.',
    );
  }
  const parsed = /^(?:((?:"[^"]*"|[^:"])+):(?!:))?(.+?)(?:::([a-z][a-z0-9_ ]*(?:\(\d+(?:,\d+)?\))?(?:\[\])?))?$/iu.exec(
    part,
  );
  const column = parsed?.[2];
  if (parsed === null || column === undefined) throw parseError('select parameter', part);
  const [, alias, , cast] = parsed;
  const sql = columnSql(column, table);
  const name = alias ?? column.split(/->>?/u).at(-1) ?? column;
  return `${cast === undefined ? sql : `(${sql})::${cast}`} as ${ident(unquoted(name))}`;
}
