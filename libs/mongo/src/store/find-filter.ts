import type { Comparison, FindQuery, JsonScalar } from '@tillstream/document-store';
import { InvariantError } from '@tillstream/kernel';
import type { Position } from './cursor.js';
import { type IndexValue, indexValue } from './stored-document.js';

/** A condition in MongoDB's language over the stored shape. */
export type Filter = Readonly<Record<string, unknown>>;

export interface Page {
  readonly filter: Filter;
  readonly sort: Readonly<Record<string, 1 | -1>>;
  /** The stored field whose value goes into the cursor; null when sorted by id. */
  readonly sortField: string | null;
  readonly limit: number;
}

type Range = Exclude<Comparison, JsonScalar | { readonly in: readonly JsonScalar[] }>;
type Direction = NonNullable<FindQuery['sort']>['direction'];

const BOUNDS = { gt: '$gt', gte: '$gte', lt: '$lt', lte: '$lte' } as const;
const DEFAULT_LIMIT = 50;
const LARGEST_LIMIT = 1000;

/** One page in keyset order. Throws `limit_invalid`, `field_not_indexed`. */
export function pageOf(fields: readonly string[], query: FindQuery, after: Position | null): Page {
  const where = filterOf(fields, query.where);
  const direction = query.sort?.direction ?? 'asc';
  const sortField = query.sort ? declared(fields, query.sort.field) : null;
  const order = direction === 'asc' ? 1 : -1;
  return {
    filter: after ? following(where, sortField, direction, after) : where,
    sort: sortField ? { [sortField]: order, _id: order } : { _id: order },
    sortField: query.sort?.field ?? null,
    limit: limitOf(query),
  };
}

/** All conditions together. Throws `field_not_indexed`. */
export function filterOf(fields: readonly string[], where: FindQuery['where'] = {}): Filter {
  const conditions = Object.entries(where).map(
    ([field, comparison]) => [declared(fields, field), condition(comparison)] as const,
  );
  return Object.fromEntries(conditions.filter(([, one]) => one !== null));
}

function limitOf(query: FindQuery): number {
  const limit = query.limit ?? DEFAULT_LIMIT;
  if (Number.isInteger(limit) && limit >= 1 && limit <= LARGEST_LIMIT) return limit;
  throw new InvariantError('limit_invalid', `limit must be 1..${LARGEST_LIMIT}, not ${limit}`);
}

function declared(fields: readonly string[], field: string): string {
  if (fields.includes(field)) return `fields.${field}`;
  throw new InvariantError('field_not_indexed', `field "${field}" is not declared in an index of the collection`);
}

function condition(comparison: Comparison): Filter | null {
  if (comparison === null || typeof comparison !== 'object') return { $eq: indexValue(comparison) };
  if ('in' in comparison) return { $in: comparison.in.map(indexValue) };
  return range(comparison);
}

/** MongoDB compares with values of the bound's type only, as the port asks. A range without bounds asks for nothing. */
function range(bounds: Range): Filter | null {
  const limits: Record<string, IndexValue> = {};
  for (const [name, operator] of Object.entries(BOUNDS) as [keyof typeof BOUNDS, string][]) {
    const bound = bounds[name];
    if (bound !== undefined && bound !== null) limits[operator] = indexValue(bound);
  }
  return Object.keys(limits).length === 0 ? null : limits;
}

/**
 * Where a page goes on: later values of the sort field, or the same value and a later id. MongoDB has no comparison of
 * pairs, hence the `$or`; each branch repeats the filter so that each can walk the same index from its own start.
 */
function following(where: Filter, field: string | null, direction: Direction, after: Position): Filter {
  const beyond = direction === 'asc' ? '$gt' : '$lt';
  const laterId = { _id: { [beyond]: after.id } };
  if (field === null) return { ...where, ...laterId };
  const branches = [...laterValues(direction, after.value), { $eq: after.value }].map((values, index, all) => {
    const tie = index === all.length - 1 ? laterId : {};
    // A filter on the sort field itself stands beside the place, not instead of it.
    const own =
      where[field] === undefined ? { [field]: values } : { $and: [{ [field]: where[field] }, { [field]: values }] };
    const { [field]: _, ...others } = where;
    return { ...others, ...own, ...tie };
  });
  return { $or: branches };
}

const ALL_NUMBERS = { $lte: Number.POSITIVE_INFINITY };
const ALL_TEXTS = { $gte: '' };
const NULL = { $eq: null };

/** Values after (or, descending, before) `value` in the order null < numbers < texts: `$gt` alone stays in one type. */
function laterValues(direction: Direction, value: IndexValue): Filter[] {
  if (direction === 'asc') {
    if (value === null) return [ALL_NUMBERS, ALL_TEXTS];
    return typeof value === 'number' ? [{ $gt: value }, ALL_TEXTS] : [{ $gt: value }];
  }
  if (value === null) return [];
  return typeof value === 'number' ? [{ $lt: value }, NULL] : [{ $lt: value }, ALL_NUMBERS, NULL];
}
