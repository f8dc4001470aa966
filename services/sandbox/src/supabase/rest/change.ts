import { RestError } from '../errors.js';
import { type RestContext, notSingular, tableOf, tableSql } from './context.js';
import { returningSql } from './insert.js';
import { readPayload, recordsetSql } from './payload.js';
import { type Preferences, appliedHeader } from './prefer.js';
import { whereSql } from './query.js';
import { type RestReply, contentRange, jsonHeaders } from './reply.js';
import { ident, textOr } from './sql-text.js';

const FOLLOWED: readonly (keyof Preferences)[] = ['return', 'count', 'handling', 'maxAffected', 'timezone'];

/** PATCH: every row the filters match; none is a success, too. */
export async function updateRows(context: RestContext, name: string): Promise<RestReply> {
  const table = tableOf(context, name);
  const { columns, text } = readPayload(context, table);
  if (columns.length === 0) return answer(context, { list: '[]', first: '', rows: 0 });
  const target = tableSql(table);
  const sets = columns.map((column) => `${ident(column)} = payload.${ident(column)}`).join(', ');
  const statement = `update ${target} set ${sets}
    from (select * from ${recordsetSql(table, columns, false)} limit 1) payload ${whereSql(context.query, target)}`;
  return answer(context, await change(context, `${statement} returning ${returningSql(context, table)}`, [text]));
}

/** DELETE: every row the filters match; without filters all of them. */
export async function deleteRows(context: RestContext, name: string): Promise<RestReply> {
  const table = tableOf(context, name);
  const target = tableSql(table);
  const statement = `delete from ${target} ${whereSql(context.query, target)} returning ${returningSql(context, table)}`;
  return answer(context, await change(context, statement, []));
}

interface Changed {
  readonly list: string;
  readonly first: string;
  readonly rows: number;
}

async function change(context: RestContext, statement: string, params: readonly string[]): Promise<Changed> {
  const { rows } = await context.session.query(
    `with source as (${statement})
     select coalesce(json_agg(source), '[]')::text as list, (json_agg(source) -> 0)::text as first,
       count(*)::int as count from source`,
    params,
  );
  const count = Number(rows[0]?.['count'] ?? 0);
  const { maxAffected, handling } = context.preferences;
  if (handling === 'strict' && maxAffected !== undefined && count > maxAffected) {
    throw new RestError(
      400,
      'PGRST124',
      'Query result exceeds max-affected preference constraint',
      `The query affects ${count} rows`,
    );
  }
  return { list: textOr(rows[0]?.['list'], '[]'), first: textOr(rows[0]?.['first'], ''), rows: count };
}

function answer({ preferences, single, method }: RestContext, done: Changed): RestReply {
  const shown = preferences.return === 'representation';
  if (single && shown && done.rows !== 1) throw notSingular(done.rows);
  const page = method === 'DELETE' ? 0 : done.rows;
  return {
    status: shown ? 200 : 204,
    headers: {
      ...appliedHeader(preferences, FOLLOWED),
      'content-range': contentRange(0, page, preferences.count === undefined ? undefined : done.rows),
      ...(shown ? jsonHeaders(single) : {}),
    },
    body: shown ? (single ? done.first : done.list) : '',
    rows: done.rows,
  };
}
