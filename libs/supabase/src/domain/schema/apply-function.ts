import { CHILD_TABLES, COLUMNS, qualified, RECORD_TABLES, type RecordTable, type SchemaPlace } from './tables.js';

type Child = keyof typeof CHILD_TABLES;
const CHILDREN = Object.keys(CHILD_TABLES) as readonly Child[];

/**
 * `<prefix>apply(jsonb)`: what both routes call. The batch is an object of arrays by table, each element the record's
 * columns with `index` (its place in the batch), `deleted` and, for an order, `lines` and `refunds`:
 * `{"orders": [{"index": 0, "tenant": "default", "source": "woo", "id": "1042", "source_version": 1, ...}]}`
 * -> `[{"index": 0, "outcome": "created|updated|unchanged|outdated|failed", "sqlstate"?, "message"?}]`.
 *
 * - One statement per table for the whole batch, in key order: parallel calls lock rows in one order.
 * - A row never goes back: `where t.source_version < excluded.source_version` stands on the locked row. An equal version
 *   repeats its first outcome, told by `created_version` and `content_version`; so a lost answer is simply asked again.
 * - Data errors of one row: the same call goes through the records one by one, each in a subtransaction.
 * - A deletion without a row is `unchanged`: there is nothing that could be hidden.
 * - Security invoker: who may call it is who may write the tables; the function grants nothing by itself.
 * - It raises no error of its own: PostgREST 14 repeats a raised 40001 for ever.
 */
export function applyFunction(place: SchemaPlace): string {
  const name = qualified(place, 'apply');
  return `create or replace function ${name}(batch jsonb) returns jsonb
language plpgsql volatile security invoker set search_path = '' as $apply$
declare
  results jsonb := '[]'::jsonb;
  found jsonb;
  seen integer[];
  changed integer[];
  given record;
  state text;
  reason text;
begin
  begin
${RECORD_TABLES.map((table) => recordTable(place, table)).join('\n')}
    return results;
  exception when data_exception or integrity_constraint_violation or cardinality_violation
    or program_limit_exceeded or raise_exception then
    get stacked diagnostics state = returned_sqlstate, reason = message_text;
  end;
  results := '[]'::jsonb;
  if (select sum(jsonb_array_length(t.value)) from jsonb_each(batch) t) = 1 then
    select jsonb_build_array(jsonb_build_object('index', (t.value -> 0 ->> 'index')::integer, 'outcome', 'failed',
      'sqlstate', state, 'message', reason)) into results from jsonb_each(batch) t where jsonb_array_length(t.value) = 1;
    return results;
  end if;
  for given in select t.key, e.value from jsonb_each(batch) t, jsonb_array_elements(t.value) e loop
    results := results || ${name}(jsonb_build_object(given.key, jsonb_build_array(given.value)));
  end loop;
  return results;
end $apply$;`;
}

const KEY = ['tenant', 'source', 'id'] as const;
const onKey = (left: string, right: string, id = 'id') =>
  `${left}.tenant = ${right}.tenant and ${left}.source = ${right}.source and ${left}.${id} = ${right}.id`;
const list = (names: readonly string[], alias = '') => names.map((name) => `${alias}${name}`).join(', ');

/** Nothing that people see is another than before. */
const SAME = '(t.content_hash = excluded.content_hash and (t.deleted_at is null) = (excluded.deleted_at is null))';

function outcome(row: string, version: string): string {
  return `case when ${row}.created_version = ${version} then 'created' when ${row}.content_version = ${version} then 'updated' else 'unchanged' end`;
}

function recordTable(place: SchemaPlace, table: RecordTable): string {
  const name = qualified(place, table);
  const own = COLUMNS[table].map((column) => column.name);
  const children = table === 'orders' ? CHILDREN : [];
  const types = COLUMNS[table].map((column) => `${column.name} ${column.type}`);
  const kept = [...own, 'raw'].map(
    (column) => `${column} = case when excluded.raw is null or ${SAME} then t.${column} else excluded.${column} end`,
  );
  return `    if batch ? '${table}' then
      with input as materialized (
        select * from jsonb_to_recordset(batch -> '${table}') as r(index integer, tenant text, source text, id text,
          source_version bigint, content_hash text, deleted boolean, ${types.join(', ')}, raw jsonb${children.map((child) => `, ${child} jsonb`).join('')})
      ), written as (
        insert into ${name} as t (${list(KEY)}, ${list(own)}, raw, source_version, created_version, content_version, content_hash, synced_at, deleted_at)
        select ${list(KEY, 'r.')}, ${list(own, 'r.')}, r.raw, r.source_version, r.source_version, r.source_version, r.content_hash, now(),
          case when r.deleted then now() end
        from input r
        where not r.deleted or exists (select from ${name} e where ${onKey('e', 'r')})
        order by ${list(KEY, 'r.')}
        on conflict (${list(KEY)}) do update set
          ${kept.join(',\n          ')},
          source_version = excluded.source_version,
          content_version = case when ${SAME} then t.content_version else excluded.content_version end,
          content_hash = excluded.content_hash,
          synced_at = case when ${SAME} then t.synced_at else excluded.synced_at end,
          deleted_at = case when excluded.deleted_at is not null then coalesce(t.deleted_at, excluded.deleted_at) end
        where t.source_version < excluded.source_version
        returning ${list(KEY, 't.')}, t.source_version, t.created_version, t.content_version
      ), settled as materialized (
        select r.index, ${list(KEY, 'r.')}, r.source_version, r.content_hash, r.deleted${children.map((child) => `, r.${child}`).join('')},
          ${outcome('w', 'r.source_version')} as outcome
        from written w join input r on ${onKey('r', 'w')}
      )${children.map((child) => `, ${child}_written as (${insertChildren(place, child)})`).join('')}
      select coalesce(jsonb_agg(jsonb_build_object('index', s.index, 'outcome', s.outcome)), '[]'::jsonb),
        coalesce(array_agg(s.index), '{}'), coalesce(array_agg(s.index) filter (where s.outcome = 'updated'), '{}')
      into found, seen, changed from settled s;
      results := results || found;
${children.map((child) => dropChildren(place, child)).join('')}      if cardinality(seen) < jsonb_array_length(batch -> '${table}') then
        select coalesce(jsonb_agg(jsonb_build_object('index', r.index, 'outcome',
          case when t.id is null or t.source_version < r.source_version then 'unchanged'
            when t.source_version > r.source_version then 'outdated' else ${outcome('t', 'r.source_version')} end)), '[]'::jsonb)
        into found
        from jsonb_to_recordset(batch -> '${table}') as r(index integer, tenant text, source text, id text, source_version bigint)
        left join ${name} t on ${onKey('t', 'r')}
        where not (r.index = any (seen));
        results := results || found;
      end if;
    end if;`;
}

function insertChildren(place: SchemaPlace, child: Child): string {
  const table = CHILD_TABLES[child];
  const own = COLUMNS[table].map((column) => column.name).filter((column) => column !== 'order_id');
  const types = COLUMNS[table].filter(({ name }) => name !== 'order_id').map(({ name, type }) => `${name} ${type}`);
  const all = [...own, 'raw'];
  const overwritten = ['order_id', ...all, 'source_version', 'content_hash', 'synced_at', 'deleted_at'];
  return `
        insert into ${qualified(place, table)} as t (${list(KEY)}, order_id, ${list(all)}, source_version, content_hash, synced_at, deleted_at)
        select s.tenant, s.source, c.id, s.id, ${list(all, 'c.')}, s.source_version, s.content_hash, now(), case when s.deleted then now() end
        from settled s, jsonb_to_recordset(s.${child}) as c(id text, ${types.join(', ')}, raw jsonb)
        where s.outcome <> 'unchanged'
        order by s.tenant, s.source, c.id
        on conflict (${list(KEY)}) do update set ${overwritten.map((column) => `${column} = excluded.${column}`).join(', ')}
      `;
}

/** What an order does not have any more; what is left shares the fate of its order. */
function dropChildren(place: SchemaPlace, child: Child): string {
  const name = qualified(place, CHILD_TABLES[child]);
  const orders = qualified(place, 'orders');
  const given = `jsonb_to_recordset(batch -> 'orders') as r(index integer, tenant text, source text, id text, ${child} jsonb)`;
  return `      if cardinality(changed) > 0 then
        delete from ${name} c using ${given} join ${orders} o on ${onKey('o', 'r')}
        where r.index = any (changed) and r.${child} is not null and ${onKey('c', 'r', 'order_id')}
          and c.source_version < o.source_version;
        update ${name} c set deleted_at = o.deleted_at from ${given} join ${orders} o on ${onKey('o', 'r')}
        where r.index = any (changed) and ${onKey('c', 'r', 'order_id')}
          and (c.deleted_at is null) <> (o.deleted_at is null);
      end if;
`;
}
