import { qualified, RECORD_TABLES, type SchemaPlace, TABLE_NAMES } from './tables.js';

/**
 * `<prefix>read(jsonb)`: current rows for dry runs, without `raw`, every value as text (a number of JSON would lose
 * cents). `[{"index": 0, "table": "orders", "tenant", "source", "id"}]` -> `[{"index": 0, "row": {...}}]`, without those
 * that do not exist.
 */
export function readFunction(place: SchemaPlace): string {
  const parts = RECORD_TABLES.map(
    (
      table,
    ) => `    select k.index, (select jsonb_object_agg(f.key, f.value #>> '{}') from jsonb_each(to_jsonb(t) - 'raw') f) as fields
    from jsonb_to_recordset(keys) as k(index integer, "table" text, tenant text, source text, id text)
    join ${qualified(place, table)} t on t.tenant = k.tenant and t.source = k.source and t.id = k.id
    where k."table" = '${table}'`,
  );
  return `create or replace function ${qualified(place, 'read')}(keys jsonb) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $read$
  select coalesce(jsonb_agg(jsonb_build_object('index', f.index, 'row', f.fields)), '[]'::jsonb) from (
${parts.join('\n    union all\n')}
  ) f;
$read$;`;
}

/** `<prefix>check()`: what the connection test wants to know and the Data API does not show. Reads the catalogue only. */
export function checkFunction(place: SchemaPlace): string {
  const names = TABLE_NAMES.map((table) => `'${place.prefix}${table}'`).join(', ');
  const schema = `'${place.schema.replaceAll("'", "''")}'`;
  return `create or replace function ${qualified(place, 'check')}() returns jsonb
language sql stable security invoker set search_path = '' as $check$
  select jsonb_build_object(
    'version', (select m.version from ${qualified(place, 'meta')} m where m.id = 'schema'),
    'tables', (select coalesce(jsonb_agg(jsonb_build_object(
        'name', c.relname,
        'rowSecurity', c.relrowsecurity,
        'writable', has_table_privilege(c.oid, 'select') and has_table_privilege(c.oid, 'insert') and has_table_privilege(c.oid, 'update') and has_table_privilege(c.oid, 'delete'),
        'open', exists (select from pg_catalog.pg_roles r where r.rolname in ('anon', 'authenticated') and has_table_privilege(r.oid, c.oid, 'select')))), '[]'::jsonb)
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${schema} and c.relkind = 'r' and c.relname in (${names})));
$check$;`;
}
