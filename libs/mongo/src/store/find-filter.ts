import type { Comparison, FindQuery, JsonScalar } from '@tillstream/document-store';
import { InvariantError } from '@tillstream/kernel';
import type { Position } from './cursor.js';
import { type IndexValue, indexValue } from './stored-document.js';

/** A condition in MongoDB's language over the stored shape. */
export type Filter = Readonly<Record<string, unknown>>;

/** Operators and values, of one field. */
type Condition = Readonly<Record<string, unknown>>;

export interface Page {
  /** To be read one after the other, each in the order of `sort`, until the page is full. */
  readonly filters: readonly Filter[];
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
    filters: after ? following(where, sortField, direction, after) : [where],
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
  return Object.fromEntries(conditions.filter(([, one]) => one !== undefined));
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

function condition(comparison: Comparison): Condition | undefined {
  if (comparison === null || typeof comparison !== 'object') return equal(indexValue(comparison));
  if ('in' in comparison) return { $in: comparison.in.map(indexValue) };
  return range(comparison);
}

/** The long form of what a bare value says: the test server is wrong about `{a: 1, b: {$lte: 2}}` in an index of (a, b, c). */
function equal(value: IndexValue): Condition {
  return { $eq: value };
}

/** MongoDB compares with values of the bound's type only, as the port asks. A range without bounds asks for nothing. */
function range(bounds: Range): Condition | undefined {
  const limits: Record<string, IndexValue> = {};
  for (const [name, operator] of Object.entries(BOUNDS) as [keyof typeof BOUNDS, string][]) {
    const bound = bounds[name];
    if (bound !== undefined && bound !== null) limits[operator] = indexValue(bound);
  }
  return Object.keys(limits).length === 0 ? undefined : limits;
}

/**
 * Where a page goes on: the same value and a later id, then later values of the sort field. MongoDB has no comparison of
 * pairs, and planners differ in what they make of an `$or`; filters of their own each walk an index from their start.
 */
function following(where: Filter, field: string | null, direction: Direction, after: Position): readonly Filter[] {
  const laterId = { _id: { [direction === 'asc' ? '$gt' : '$lt']: after.id } };
  if (field === null) return [{ ...where, ...laterId }];
  const tie = { ...narrowed(where, field, equal(after.value)), ...laterId };
  return [tie, ...laterValues(direction, after.value).map((values) => narrowed(where, field, values))];
}

/** A filter on the sort field itself stands beside the place, not instead of it. */
function narrowed(where: Filter, field: string, values: Condition): Filter {
  const { [field]: own, ...others } = where;
  return own === undefined
    ? { ...where, [field]: values }
    : { ...others, $and: [{ [field]: own }, { [field]: values }] };
}

const ALL_NUMBERS = { $lte: Number.POSITIVE_INFINITY };
const ALL_TEXTS = { $gte: '' };

/** What comes after a value in the order null < numbers < texts, in that order; `$gt` alone stays within one type. */
function laterValues(direction: Direction, value: IndexValue): Condition[] {
  if (direction === 'asc') {
    if (value === null) return [ALL_NUMBERS, ALL_TEXTS];
    return typeof value === 'number' ? [{ $gt: value }, ALL_TEXTS] : [{ $gt: value }];
  }
  if (value === null) return [];
  return typeof value === 'number' ? [{ $lt: value }, equal(null)] : [{ $lt: value }, ALL_NUMBERS, equal(null)];
}
