import { parseError, splitTop, unquoted } from './grammar.js';
import { ident, literal } from './sql-text.js';

const COMPARISONS: Readonly<Record<string, string>> = {
  eq: '=',
  neq: '<>',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  like: 'like',
  ilike: 'ilike',
  match: '~',
  imatch: '~*',
  cs: '@>',
  cd: '<@',
  ov: '&&',
};
const IS: Readonly<Record<string, string>> = {
  null: 'null',
  not_null: 'not null',
  true: 'true',
  false: 'false',
  unknown: 'unknown',
};

/** A column, or a path into a JSON column, as SQL below `table` (an already quoted name). */
export function columnSql(text: string, table: string): string {
  const [column = '', ...path] = text.split(/(->>|->)/u);
  let sql = `${table}.${ident(unquoted(column))}`;
  for (let i = 0; i + 1 < path.length; i += 2) {
    const step = path[i + 1] ?? '';
    sql += `${path[i]}${/^-?\d+$/u.test(step) ? step : literal(unquoted(step))}`;
  }
  return sql;
}

/** The condition of `column=operator.value`. Throws RestError PGRST100. */
export function filterSql(column: string, expression: string, table: string): string {
  const parsed = /^(not\.)?([a-z]+)\.(.*)$/su.exec(expression);
  if (parsed === null) throw parseError('filter', expression);
  const [, negated, operator = '', value = ''] = parsed;
  const condition = comparisonSql(columnSql(column, table), operator, value, expression);
  return negated === undefined ? condition : `not (${condition})`;
}

function comparisonSql(column: string, operator: string, value: string, expression: string): string {
  if (operator === 'in') {
    const list = /^\((.*)\)$/su.exec(value)?.[1];
    if (list === undefined) throw parseError('filter', expression);
    const values = list === '' ? [] : splitTop(list, ',').map(unquoted);
    return values.length === 0 ? 'false' : `${column} in (${values.map(literal).join(', ')})`;
  }
  if (operator === 'is') {
    const target = IS[value.toLowerCase()];
    if (target === undefined) throw parseError('filter', expression);
    return `${column} is ${target}`;
  }
  const sign = COMPARISONS[operator];
  if (sign === undefined) throw parseError('filter', expression);
  return `${column} ${sign} ${literal(operator.endsWith('like') ? value.replaceAll('*', '%') : value)}`;
}

/** `and=(a.eq.1,or(b.gt.2,c.is.null))` and its kin. */
export function logicSql(key: string, tree: string, table: string): string {
  const inner = /^\((.*)\)$/su.exec(tree)?.[1];
  const named = /^(not\.)?(and|or)$/u.exec(key);
  if (inner === undefined || named === null) throw parseError('logic tree', tree);
  const conditions = splitTop(inner, ',').map((part) => logicPartSql(part, table));
  const joined = `(${conditions.join(` ${named[2]} `)})`;
  return named[1] === undefined ? joined : `not ${joined}`;
}

function logicPartSql(part: string, table: string): string {
  const nested = /^((?:not\.)?(?:and|or))(\(.*\))$/su.exec(part);
  if (nested?.[1] !== undefined && nested[2] !== undefined) return logicSql(nested[1], nested[2], table);
  const filter = /^((?:"(?:[^"\\]|\\.)*"|[^."])+?)\.(.*)$/su.exec(part);
  if (filter?.[1] === undefined || filter[2] === undefined) throw parseError('logic tree', part);
  const quotedValue = /^((?:not\.)?[a-z]+\.)(".*")$/su.exec(filter[2]);
  const expression = quotedValue === null ? filter[2] : `${quotedValue[1]}${unquoted(quotedValue[2] ?? '')}`;
  return filterSql(unquoted(filter[1]), expression, table);
}
