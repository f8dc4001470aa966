import type { Session } from '../engine/engine.js';
import { RestError } from '../errors.js';
import type { Preferences } from './prefer.js';
import type { RestQuery } from './query.js';
import { type SchemaCache, type TableInfo, qualified } from './schema-cache.js';
import { ident } from './sql-text.js';

/** One request of the Data API, understood, inside its transaction. */
export interface RestContext {
  readonly session: Session;
  readonly method: string;
  readonly schema: string;
  readonly cache: SchemaCache;
  readonly query: RestQuery;
  readonly preferences: Preferences;
  /** The caller asked for one object instead of a list. */
  readonly single: boolean;
  readonly body: string;
  readonly maxRows: number;
}

/** The table, or 404 PGRST205 when the cache does not know it. */
export function tableOf(context: Pick<RestContext, 'cache' | 'schema'>, name: string): TableInfo {
  const found = context.cache.tables.get(qualified(context.schema, name));
  if (found !== undefined) return found;
  throw unknownTable(context, name);
}

export function unknownTable({ cache, schema }: Pick<RestContext, 'cache' | 'schema'>, name: string): RestError {
  const near = [...cache.tables.values()].find((table) => table.schema === schema && similar(table.name, name));
  return new RestError(
    404,
    'PGRST205',
    `Could not find the table '${qualified(schema, name)}' in the schema cache`,
    null,
    near === undefined || near.name === name ? null : `Perhaps you meant the table '${qualified(schema, near.name)}'`,
  );
}

export function tableSql(table: TableInfo): string {
  return `${ident(table.schema)}.${ident(table.name)}`;
}

/** 406 PGRST116: an object was asked for and there is none, or more than one. */
export function notSingular(rows: number): RestError {
  return new RestError(
    406,
    'PGRST116',
    'Cannot coerce the result to a single JSON object',
    `The result contains ${rows} rows`,
  );
}

function similar(a: string, b: string): boolean {
  return a.startsWith(b.slice(0, Math.max(3, b.length - 2))) || b.startsWith(a);
}
