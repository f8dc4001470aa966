import { RestError } from '../errors.js';
import { type RestContext, notSingular, tableOf, tableSql } from './context.js';
import { type Payload, columnList, readPayload, recordsetSql } from './payload.js';
import { type Preferences, appliedHeader } from './prefer.js';
import { selectSql } from './query.js';
import { type RestReply, contentRange, jsonHeaders } from './reply.js';
import type { TableInfo } from './schema-cache.js';
import { ident, textOr } from './sql-text.js';

/** How many rows a statement inserted, counted by the statement itself: it needs no right to read the table. */
const COUNTED = `set_config('pgrst.inserted', (coalesce(nullif(current_setting('pgrst.inserted', true), '')::int, 0)`;
const COUNT_UP = `${COUNTED} + 1)::text, true) is not null`;
const COUNT_DOWN = `${COUNTED} - 1)::text, true) is not null`;

interface Inserted {
  readonly list: string;
  readonly first: string;
  readonly rows: number;
  readonly inserted: number;
}

/** POST: insert or upsert, one statement for the whole body: all or nothing. */
export async function insertRows(context: RestContext, name: string): Promise<RestReply> {
  const table = tableOf(context, name);
  const payload = readPayload(context, table);
  const { preferences, query } = context;
  const target = query.onConflict ?? (table.primaryKey.length > 0 ? table.primaryKey : undefined);
  // Without primary key and on_conflict the resolution is silently dropped; only Preference-Applied tells.
  const resolution = target === undefined ? undefined : preferences.resolution;
  const merged = resolution === 'merge-duplicates';
  const conflict = resolution === undefined ? '' : conflictSql(merged, target ?? [], payload.columns);
  const done = await insert(context, table, payload, conflict, merged);
  if (context.single && preferences.return === 'representation' && done.rows !== 1) throw notSingular(done.rows);
  const followed: (keyof Preferences)[] = [
    ...(resolution === undefined ? [] : (['resolution'] as const)),
    'missing',
    'return',
    'count',
    'handling',
    'timezone',
  ];
  return {
    status: merged && done.inserted === 0 ? 200 : 201,
    headers: {
      ...appliedHeader(preferences, followed),
      'content-range': contentRange(0, 0, preferences.count === undefined ? undefined : done.rows),
      ...(preferences.return === 'representation' ? jsonHeaders(context.single) : {}),
      ...location(context, table, done),
    },
    body: representation(context, done),
    rows: done.rows,
  };
}

/** PUT: one row, addressed by exactly its primary key, which the body must repeat. */
export async function putRow(context: RestContext, name: string): Promise<RestReply> {
  const table = tableOf(context, name);
  const { preferences, query } = context;
  const given = new Map(query.filters.map(([column, value]) => [column, value]));
  const isKey =
    table.primaryKey.length > 0 &&
    given.size === table.primaryKey.length &&
    table.primaryKey.every((column) => given.get(column)?.startsWith('eq.') ?? false);
  if (!isKey) {
    throw new RestError(405, 'PGRST105', `Filters must include all and only primary key columns with 'eq' operators`);
  }
  const payload = readPayload(context, table);
  const [row, ...more] = payload.rows;
  const matches = table.primaryKey.every((column) => given.get(column) === `eq.${String(row?.[column])}`);
  if (row === undefined || more.length > 0 || !matches) {
    throw new RestError(400, 'PGRST115', 'Payload values do not match URL in primary key column(s)');
  }
  const conflict = conflictSql(true, table.primaryKey, payload.columns);
  const done = await insert(context, table, payload, conflict, true);
  const shown = preferences.return === 'representation';
  return {
    status: done.inserted > 0 ? 201 : shown ? 200 : 204,
    headers: { ...appliedHeader(preferences, ['return', 'handling']), ...(shown ? jsonHeaders(context.single) : {}) },
    body: representation(context, done),
    rows: done.rows,
  };
}

function conflictSql(merge: boolean, target: readonly string[], columns: readonly string[]): string {
  const on = `on conflict (${columnList(target)})`;
  if (!merge) return `${on} do nothing`;
  // Every listed column is overwritten, key columns too; there is no "only if newer".
  const sets = columns.map((column) => `${ident(column)} = excluded.${ident(column)}`);
  return sets.length === 0 ? `${on} do nothing` : `${on} do update set ${sets.join(', ')} where ${COUNT_DOWN}`;
}

async function insert(
  context: RestContext,
  table: TableInfo,
  { columns, rows, text }: Payload,
  conflict: string,
  counts: boolean,
): Promise<Inserted> {
  if (rows.length === 0) return { list: '[]', first: '', rows: 0, inserted: 0 };
  const target = tableSql(table);
  const source =
    columns.length === 0
      ? `insert into ${target} default values`
      : `insert into ${target} (${columnList(columns)})
         select ${columnList(columns)} from ${recordsetSql(table, columns, context.preferences.missing === 'default')}
         ${counts ? `where ${COUNT_UP}` : ''} ${conflict}`;
  const { rows: found } = await context.session.query(
    `with source as (${source} returning ${returningSql(context, table)})
     select coalesce(json_agg(source), '[]')::text as list, (json_agg(source) -> 0)::text as first,
       count(*)::int as count, nullif(current_setting('pgrst.inserted', true), '')::int as inserted from source`,
    columns.length === 0 ? [] : [text],
  );
  const count = Number(found[0]?.['count'] ?? 0);
  return {
    list: textOr(found[0]?.['list'], '[]'),
    first: textOr(found[0]?.['first'], ''),
    rows: count,
    inserted: counts ? Number(found[0]?.['inserted'] ?? 0) : count,
  };
}

/** What the statement gives back; `1` where nothing is asked for, because reading needs a right of its own. */
export function returningSql({ preferences, query }: RestContext, table: TableInfo): string {
  const target = tableSql(table);
  if (preferences.return === 'representation') return selectSql(query.select, target);
  const keys = preferences.return === 'headers-only' ? table.primaryKey : [];
  return keys.length === 0 ? '1' : keys.map((column) => `${target}.${ident(column)}`).join(', ');
}

function representation({ preferences, single }: RestContext, done: Inserted): string {
  if (preferences.return !== 'representation') return '';
  return single ? done.first : done.list;
}

/** `Location` of the one new row, for `return=headers-only`. */
function location({ preferences }: RestContext, table: TableInfo, done: Inserted): Readonly<Record<string, string>> {
  if (preferences.return !== 'headers-only' || done.rows !== 1 || table.primaryKey.length === 0) return {};
  const row = JSON.parse(done.first) as Record<string, unknown>;
  const filters = table.primaryKey.map((column) => `${column}=eq.${encodeURIComponent(String(row[column]))}`);
  return { location: `/${table.name}?${filters.join('&')}` };
}
