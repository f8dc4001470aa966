import type { Comparison, FindQuery, JsonScalar } from '@tillstream/document-store';
import { InvariantError } from '@tillstream/kernel';
import { columnOf, columnValue, NULL_LITERAL, type SqlValue } from './columns.js';
import type { Position } from './cursor.js';

export interface Sql {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

type Range = Exclude<Comparison, JsonScalar | { readonly in: readonly JsonScalar[] }>;

const OPERATORS = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;
type Operator = keyof typeof OPERATORS;

const DEFAULT_LIMIT = 50;
const LARGEST_LIMIT = 1000;

/** 1..1000, default 50. Throws `limit_invalid`. */
export function limitOf(query: FindQuery): number {
  const limit = query.limit ?? DEFAULT_LIMIT;
  if (Number.isInteger(limit) && limit >= 1 && limit <= LARGEST_LIMIT) return limit;
  throw new InvariantError('limit_invalid', `limit must be 1..${LARGEST_LIMIT}, not ${limit}`);
}

/** One page in keyset order; reads one row more than the limit to know whether there is a next page. */
export function pageSql(table: string, fields: readonly string[], query: FindQuery, after: Position | null): Sql {
  const where = conditions(fields, query.where ?? {});
  const sort = query.sort && { column: declared(fields, query.sort.field), direction: query.sort.direction };
  const descending = sort?.direction === 'desc';
  const sign = descending ? '<' : '>';
  if (after && sort) where.push({ text: `(${sort.column}, id) ${sign} (?, ?)`, values: [after.value, after.id] });
  if (after && !sort) where.push({ text: `id ${sign} ?`, values: [after.id] });
  const order = (sort ? [sort.column, 'id'] : ['id']).map((column) => `${column} ${descending ? 'DESC' : 'ASC'}`);
  const value = sort ? `${sort.column} AS value` : 'NULL AS value';
  return {
    text: `SELECT id, version, doc, ${value} FROM ${table}${whereText(where)} ORDER BY ${order.join(', ')} LIMIT ${limitOf(query) + 1}`,
    values: where.flatMap((each) => each.values),
  };
}

export function countSql(table: string, fields: readonly string[], filter: FindQuery['where']): Sql {
  const where = conditions(fields, filter ?? {});
  return {
    text: `SELECT count(*) AS n FROM ${table}${whereText(where)}`,
    values: where.flatMap((each) => each.values),
  };
}

function whereText(where: readonly Sql[]): string {
  return where.length === 0 ? '' : ` WHERE ${where.map((each) => each.text).join(' AND ')}`;
}

function conditions(fields: readonly string[], where: NonNullable<FindQuery['where']>): Sql[] {
  return Object.entries(where).flatMap(([field, comparison]) => condition(declared(fields, field), comparison));
}

function declared(fields: readonly string[], field: string): string {
  if (fields.includes(field)) return columnOf(field);
  throw new InvariantError('field_not_indexed', `field "${field}" is not declared in an index of the collection`);
}

function condition(column: string, comparison: Comparison): Sql[] {
  if (comparison === null || typeof comparison !== 'object') {
    return [{ text: `${column} = ?`, values: [columnValue(comparison)] }];
  }
  if ('in' in comparison) {
    const marks = comparison.in.map(() => '?').join(', ');
    return [{ text: `${column} IN (${marks})`, values: comparison.in.map(columnValue) }];
  }
  return range(column, comparison);
}

/** A range only matches values of its bound's type: SQLite would order every text after every number. */
function range(column: string, bounds: Range): Sql[] {
  const operators = Object.keys(bounds).filter((name): name is Operator => Object.hasOwn(OPERATORS, name));
  return operators.flatMap((name) => {
    const bound = bounds[name];
    if (bound === undefined || bound === null) return [];
    const upwards = name === 'gt' || name === 'gte';
    const limits: Sql[] = [{ text: `${column} ${OPERATORS[name]} ?`, values: [columnValue(bound)] }];
    if (typeof bound === 'string' && !upwards) limits.push({ text: `${column} >= ''`, values: [] });
    if (typeof bound !== 'string') {
      limits.push({ text: upwards ? `${column} < ''` : `${column} > ${NULL_LITERAL}`, values: [] });
    }
    return limits;
  });
}
