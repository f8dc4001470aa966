import type { Session } from '../engine/engine.js';

export interface ColumnInfo {
  readonly name: string;
  /** As a cast writes it, e.g. `numeric(12,2)`. */
  readonly type: string;
  /** SQL expression; null without one. */
  readonly defaultExpression: string | null;
}

export interface TableInfo {
  readonly schema: string;
  readonly name: string;
  readonly columns: ReadonlyMap<string, ColumnInfo>;
  readonly primaryKey: readonly string[];
}

export interface FunctionArgument {
  /** "" for an unnamed one. */
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
}

export interface FunctionInfo {
  readonly schema: string;
  readonly name: string;
  readonly arguments: readonly FunctionArgument[];
  readonly returnsSet: boolean;
  readonly returnsVoid: boolean;
  readonly returnsRow: boolean;
  /** Stable and immutable functions run read-only. */
  readonly isVolatile: boolean;
  /** A `set statement_timeout` clause of the function; it counts for calls through the API. */
  readonly statementTimeout: string | null;
}

/** What the API knows of the database: as of its last reload, not as of now. */
export interface SchemaCache {
  readonly tables: ReadonlyMap<string, TableInfo>;
  /** Overloads by `schema.name`. */
  readonly functions: ReadonlyMap<string, readonly FunctionInfo[]>;
  /** `alter role … set statement_timeout`, by role. */
  readonly roleTimeouts: ReadonlyMap<string, string>;
}

const TABLES = `
select n.nspname as schema, c.relname as name,
  (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
     'defaultExpression', coalesce(pg_get_expr(d.adbin, d.adrelid),
       case when a.attidentity <> '' then format('nextval(%L)', pg_get_serial_sequence(c.oid::regclass::text, a.attname)) end)
     ) order by a.attnum)
   from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum and a.attgenerated = ''
   where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)::text as columns,
  (select json_agg(a.attname order by k.ord)
   from pg_index i, unnest(i.indkey) with ordinality k(attnum, ord), pg_attribute a
   where i.indrelid = c.oid and i.indisprimary and a.attrelid = c.oid and a.attnum = k.attnum)::text as primary_key
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`;

const FUNCTIONS = `
select n.nspname as schema, p.proname as name, p.proretset as returns_set, p.provolatile = 'v' as is_volatile,
  p.prorettype = 'void'::regtype as returns_void,
  (t.typtype = 'c' or p.prorettype = 'record'::regtype) as returns_row,
  p.pronargs - p.pronargdefaults as required,
  (select json_agg(json_build_object('name', coalesce((p.proargnames)[a.ord], ''), 'type', format_type(a.type, null))
     order by a.ord)
   from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality a(type, ord)
   where coalesce((p.proargmodes)[a.ord], 'i') in ('i', 'b', 'v'))::text as arguments,
  (select substr(setting, 19) from unnest(p.proconfig) setting where setting like 'statement_timeout=%') as timeout
from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_type t on t.oid = p.prorettype
where p.prokind = 'f' and n.nspname not in ('pg_catalog', 'information_schema')`;

const ROLE_TIMEOUTS = `
select r.rolname as role, substr(setting, 19) as timeout
from pg_db_role_setting s join pg_roles r on r.oid = s.setrole, unnest(s.setconfig) setting
where setting like 'statement_timeout=%' and s.setdatabase in (0, (select oid from pg_database where datname = current_database()))`;

export async function loadSchemaCache(session: Session): Promise<SchemaCache> {
  const tables = await session.query(TABLES);
  const functions = await session.query(FUNCTIONS);
  const timeouts = await session.query(ROLE_TIMEOUTS);
  return {
    tables: new Map(
      tables.rows.map((row) => {
        const table = tableInfo(row);
        return [qualified(table.schema, table.name), table];
      }),
    ),
    functions: Map.groupBy(functions.rows.map(functionInfo), ({ schema, name }) => qualified(schema, name)),
    roleTimeouts: new Map(timeouts.rows.map(({ role, timeout }) => [String(role), String(timeout)])),
  };
}

export function qualified(schema: string, name: string): string {
  return `${schema}.${name}`;
}

type Row = Readonly<Record<string, unknown>>;

function tableInfo(row: Row): TableInfo {
  const columns = parse<ColumnInfo[]>(row['columns'], []);
  return {
    schema: String(row['schema']),
    name: String(row['name']),
    columns: new Map(columns.map((column) => [column.name, column])),
    primaryKey: parse<string[]>(row['primary_key'], []),
  };
}

function functionInfo(row: Row): FunctionInfo {
  const required = Number(row['required']);
  const args = parse<{ name: string; type: string }[]>(row['arguments'], []);
  return {
    schema: String(row['schema']),
    name: String(row['name']),
    arguments: args.map(({ name, type }, index) => ({ name, type, required: index < required })),
    returnsSet: row['returns_set'] === true,
    returnsVoid: row['returns_void'] === true,
    returnsRow: row['returns_row'] === true,
    isVolatile: row['is_volatile'] === true,
    statementTimeout: typeof row['timeout'] === 'string' ? row['timeout'] : null,
  };
}

function parse<T>(text: unknown, fallback: T): T {
  return typeof text === 'string' ? (JSON.parse(text) as T) : fallback;
}
