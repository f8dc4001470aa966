import type { Condition, Query } from './types.js';

/** Most rows of one answer. */
export const PAGE_SIZE = 1000;

/** A literal of the query language: single quotes, `\` and `'` escaped by a backslash (facts section 5). */
function literal(value: string | boolean): string {
  if (typeof value === 'boolean') return String(value);
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function condition({ field, operator, value }: Condition): string {
  const text =
    typeof value === 'string' || typeof value === 'boolean' ? literal(value) : `(${value.map(literal).join(',')})`;
  return `${field} ${operator} ${text}`;
}

/** The text of a query; not yet URL-encoded. */
export function buildQuery({ entity, where = [], orderBy, startPosition, maxResults }: Query): string {
  return [
    `SELECT * FROM ${entity}`,
    where.length > 0 ? `WHERE ${where.map(condition).join(' AND ')}` : '',
    orderBy === undefined ? '' : `ORDERBY ${orderBy}`,
    startPosition === undefined ? '' : `STARTPOSITION ${startPosition}`,
    maxResults === undefined ? '' : `MAXRESULTS ${maxResults}`,
  ]
    .filter(Boolean)
    .join(' ');
}
