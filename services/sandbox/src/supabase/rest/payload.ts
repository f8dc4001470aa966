import { RestError } from '../errors.js';
import type { RestContext } from './context.js';
import type { TableInfo } from './schema-cache.js';
import { ident, literal } from './sql-text.js';

/** A body of rows: what is written, and the untouched text the database reads it from. */
export interface Payload {
  readonly columns: readonly string[];
  /** JSON array; numbers keep the digits the caller sent. */
  readonly text: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/**
 * Reads a body. Without `columns=` every object must have the same keys (400 PGRST102); every column must be known to
 * the cache (400 PGRST204).
 */
export function readPayload({ body, query }: RestContext, table: TableInfo): Payload {
  const parsed = parseJson(body);
  const rows = (Array.isArray(parsed) ? parsed : [parsed]) as readonly unknown[];
  if (!rows.every(isObject)) throw invalidBody('Empty or invalid json');
  const columns = query.columns ?? Object.keys(rows[0] ?? {});
  if (query.columns === undefined && !rows.every((row) => sameKeys(row, columns))) {
    throw invalidBody('All object keys must match');
  }
  for (const column of columns) if (!table.columns.has(column)) throw unknownColumn(table, column);
  return { columns, rows, text: Array.isArray(parsed) ? body : `[${body}]` };
}

export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw invalidBody('Empty or invalid json');
  }
}

export function invalidBody(message: string): RestError {
  return new RestError(400, 'PGRST102', message);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sameKeys(row: Readonly<Record<string, unknown>>, columns: readonly string[]): boolean {
  const keys = Object.keys(row);
  return keys.length === columns.length && columns.every((column) => column in row);
}

function unknownColumn(table: TableInfo, column: string): RestError {
  return new RestError(400, 'PGRST204', `Could not find the '${column}' column of '${table.name}' in the schema cache`);
}

/** The payload as a set of rows with typed columns; with `missing=default` absent keys take the column's default. */
export function recordsetSql(table: TableInfo, columns: readonly string[], missingDefault: boolean): string {
  const typed = columns.map((name) => `${ident(name)} ${table.columns.get(name)?.type}`).join(', ');
  if (!missingDefault) return `json_to_recordset($1::text::json) as payload(${typed})`;
  const defaults = columns.flatMap((name) => {
    const expression = table.columns.get(name)?.defaultExpression ?? null;
    return expression === null ? [] : [`${literal(name)}, ${expression}`];
  });
  return `jsonb_to_recordset((select jsonb_agg(jsonb_build_object(${defaults.join(', ')}) || element)
    from jsonb_array_elements($1::text::jsonb) element)) as payload(${typed})`;
}

export function columnList(columns: readonly string[]): string {
  return columns.map(ident).join(', ');
}
