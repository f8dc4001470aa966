import { applyFunction } from './apply-function.js';
import { checkFunction, readFunction } from './read-functions.js';
import {
  type Column,
  COLUMNS,
  INDEXES,
  qualified,
  quoted,
  RECORD_TABLES,
  type SchemaPlace,
  TABLE_NAMES,
} from './tables.js';

/** Version of tables and functions; grows with every change of either, so that the writer and `test` see an old one. */
export const SCHEMA_VERSION = 2;

export interface Migration {
  readonly version: number;
  readonly about: string;
  readonly sql: (place: SchemaPlace) => string;
}

const column = ({ name, type }: Column) => `${name} ${type}`;

/** Steps from nothing to the newest tables. Each may run again at any time; none drops anything. */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, about: 'the tables', sql: createTables },
  { version: 2, about: 'versions that tell a repeated record how its first writing ended', sql: addVersions },
];

function createTables(place: SchemaPlace): string {
  const tables = TABLE_NAMES.map(
    (table) => `create table if not exists ${qualified(place, table)} (
  tenant text not null, source text not null, id text not null,
  ${COLUMNS[table].map(column).join(', ')},
  raw jsonb, source_version bigint not null, content_hash text not null,
  synced_at timestamptz not null default now(), deleted_at timestamptz,
  primary key (tenant, source, id)
);`,
  );
  const indexes = INDEXES.map(
    ([table, names]) =>
      `create index if not exists ${quoted(`${place.prefix}${table}_${names.slice(1).join('_')}_idx`)} on ${qualified(place, table)} (${names.join(', ')});`,
  );
  const meta = `create table if not exists ${qualified(place, 'meta')} (
  id text primary key, version integer not null, updated_at timestamptz not null default now()
);`;
  return [`create schema if not exists ${quoted(place.schema)};`, ...tables, ...indexes, meta].join('\n');
}

function addVersions(place: SchemaPlace): string {
  return RECORD_TABLES.map(
    (table) =>
      `alter table ${qualified(place, table)} add column if not exists created_version bigint, add column if not exists content_version bigint;`,
  ).join('\n');
}

/**
 * Everything as one script for Supabase's SQL editor or `databaseUrl`: idempotent, one transaction, for new projects and
 * for those with an older version. A newer version than this one is left alone by its last line's guard.
 */
export function schemaSql(place: SchemaPlace): string {
  const steps = MIGRATIONS.map(({ version, about, sql }) => `-- ${version}: ${about}\n${sql(place)}`);
  return [
    `-- Tillstream: tables and functions "${place.prefix}*" in schema "${place.schema}", version ${SCHEMA_VERSION}. May be run again at any time.`,
    'begin;',
    `select pg_advisory_xact_lock(hashtext('tillstream schema'));`,
    ...steps,
    '-- functions',
    applyFunction(place),
    readFunction(place),
    checkFunction(place),
    '-- access: closed to the public, open to the service role (new tables are granted to nobody since October 2026)',
    access(place),
    `insert into ${qualified(place, 'meta')} as m (id, version) values ('schema', ${SCHEMA_VERSION})
on conflict (id) do update set version = excluded.version, updated_at = now() where m.version < excluded.version;`,
    'commit;',
    `notify pgrst, 'reload schema';`,
    '',
  ].join('\n\n');
}

const FUNCTIONS = ['apply(jsonb)', 'read(jsonb)', 'check()'] as const;

/** The roles of Supabase do not exist on a plain PostgreSQL. */
function access(place: SchemaPlace): string {
  const tables = [...TABLE_NAMES, 'meta'].map((table) => qualified(place, table));
  const functions = FUNCTIONS.map((signature) => {
    const [name = '', rest = ''] = signature.split('(');
    return `${qualified(place, name)}(${rest}`;
  });
  const security = tables.map((table) => `alter table ${table} enable row level security;`).join('\n');
  return `${security}
revoke all on function ${functions.join(', ')} from public;
do $access$
begin
  if exists (select from pg_roles where rolname = 'anon') then
    revoke all on table ${tables.join(', ')} from anon;
    revoke all on function ${functions.join(', ')} from anon;
  end if;
  if exists (select from pg_roles where rolname = 'authenticated') then
    revoke all on table ${tables.join(', ')} from authenticated;
    revoke all on function ${functions.join(', ')} from authenticated;
  end if;
  if exists (select from pg_roles where rolname = 'service_role') then
    grant usage on schema ${quoted(place.schema)} to service_role;
    grant select, insert, update, delete on table ${tables.join(', ')} to service_role;
    grant execute on function ${functions.join(', ')} to service_role;
  end if;
end $access$;`;
}
