import { type RestContext, notSingular, tableOf, tableSql } from './context.js';
import { notSatisfiable, orderSql, selectSql, whereSql } from './query.js';
import { type RestReply, contentRange, jsonHeaders } from './reply.js';
import { textOr } from './sql-text.js';

/** GET and HEAD of a table: one page, cut silently at the project's maximum. */
export async function readTable(context: RestContext, name: string): Promise<RestReply> {
  const { session, query, preferences, single } = context;
  const table = tableSql(tableOf(context, name));
  const where = whereSql(query, table);
  const limit = Math.min(query.limit ?? context.maxRows, context.maxRows);
  const { rows } = await session.query(
    `with source as (select ${selectSql(query.select, table)} from ${table} ${where} ${orderSql(query, table)}
       limit ${limit} offset ${query.offset})
     select coalesce(json_agg(source), '[]')::text as list, (json_agg(source) -> 0)::text as first,
       count(*)::int as count from source`,
  );
  const count = Number(rows[0]?.['count'] ?? 0);
  if (single && count !== 1) throw notSingular(count);
  const total = preferences.count === undefined ? undefined : await countRows(context, table, where);
  if (total !== undefined && query.offset > 0 && query.offset >= total) {
    throw notSatisfiable(`An offset of ${query.offset} was requested, but there are only ${total} rows.`);
  }
  return {
    status: total !== undefined && count < total ? 206 : 200,
    headers: { ...jsonHeaders(single), 'content-range': contentRange(query.offset, count, total) },
    body: textOr(rows[0]?.[single ? 'first' : 'list'], '[]'),
  };
}

async function countRows({ session }: RestContext, table: string, where: string): Promise<number> {
  const { rows } = await session.query(`select count(*)::int as count from ${table} ${where}`);
  return Number(rows[0]?.['count'] ?? 0);
}
