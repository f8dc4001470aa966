import { RestError } from '../errors.js';
import { type RestContext, notSingular } from './context.js';
import { invalidBody, isObject, parseJson } from './payload.js';
import { type RestReply, contentRange, jsonHeaders } from './reply.js';
import { type FunctionInfo, qualified } from './schema-cache.js';
import { ident, literal, textOr } from './sql-text.js';

/** A function and how this request calls it. */
export interface Call {
  readonly function: FunctionInfo;
  /** `fn("a" := …)`. */
  readonly sql: string;
  /** The body, when the call reads its arguments from it. */
  readonly params: readonly string[];
}

type CallRequest = Pick<RestContext, 'method' | 'cache' | 'schema' | 'query' | 'body'>;

/** Finds the overload the arguments fit. Throws 404 PGRST202 when there is none, 300 PGRST203 when there are several. */
export function resolveCall(request: CallRequest, name: string): Call {
  const overloads = request.cache.functions.get(qualified(request.schema, name)) ?? [];
  if (request.method !== 'POST') return callWithTexts(request, overloads, name);
  const parsed = request.body === '' ? {} : parseJson(request.body);
  const names = isObject(parsed) ? Object.keys(parsed) : undefined;
  const fitting = names === undefined ? [] : overloads.filter((each) => fits(each, names));
  const whole = overloads.filter(({ arguments: [only, ...more] }) => more.length === 0 && isUnnamedJson(only));
  const found = fitting.length > 0 ? fitting : whole;
  const [only, ...others] = found;
  if (names === undefined && only === undefined) throw invalidBody('Empty or invalid json');
  if (only === undefined) throw unknownFunction(request.schema, name, names ?? []);
  if (others.length > 0) throw ambiguous(found);
  const target = `${ident(only.schema)}.${ident(only.name)}`;
  if (fitting.length === 0) {
    const [argument] = only.arguments;
    return { function: only, sql: `${target}($1::text::${argument?.type})`, params: [request.body] };
  }
  return { function: only, sql: namedCall(target, only, names ?? []), params: names?.length ? [request.body] : [] };
}

function namedCall(target: string, called: FunctionInfo, names: readonly string[]): string {
  const given = called.arguments.filter((argument) => names.includes(argument.name));
  const typed = given.map(({ name, type }) => `${ident(name)} ${type}`).join(', ');
  const record = `json_to_record($1::text::json) as given(${typed})`;
  return `${target}(${given
    .map(({ name }) => `${ident(name)} := (select given.${ident(name)} from ${record})`)
    .join(', ')})`;
}

function callWithTexts(request: CallRequest, overloads: readonly FunctionInfo[], name: string): Call {
  const names = request.query.filters.map(([key]) => key);
  const [found, ...others] = overloads.filter((each) => fits(each, names));
  if (found === undefined) throw unknownFunction(request.schema, name, names);
  if (others.length > 0) throw ambiguous(overloads);
  const given = request.query.filters.map(([key, value]) => {
    const type = found.arguments.find((argument) => argument.name === key)?.type;
    return `${ident(key)} := ${literal(value)}::${type}`;
  });
  return { function: found, sql: `${ident(found.schema)}.${ident(found.name)}(${given.join(', ')})`, params: [] };
}

function fits({ arguments: known }: FunctionInfo, names: readonly string[]): boolean {
  return (
    names.every((name) => known.some((argument) => argument.name === name)) &&
    known.every((argument) => !argument.required || (argument.name !== '' && names.includes(argument.name)))
  );
}

function isUnnamedJson(argument: FunctionInfo['arguments'][number] | undefined): boolean {
  return argument?.name === '' && ['json', 'jsonb'].includes(argument.type);
}

export function unknownFunction(schema: string, name: string, names: readonly string[]): RestError {
  const called = qualified(schema, name);
  const parameters =
    names.length === 0 ? 'without parameters' : `with parameter${names.length === 1 ? '' : 's'} ${names.join(', ')}`;
  return new RestError(
    404,
    'PGRST202',
    `Could not find the function ${called}${names.length === 0 ? ' without parameters' : `(${names.join(', ')})`} in the schema cache`,
    `Searched for the function ${called} ${parameters} or with a single unnamed json/jsonb parameter, but no matches were found in the schema cache.`,
  );
}

function ambiguous(found: readonly FunctionInfo[]): RestError {
  const shown = found.map(
    (each) =>
      `${qualified(each.schema, each.name)}(${each.arguments.map(({ name, type }) => `${name} => ${type}`).join(', ')})`,
  );
  return new RestError(
    300,
    'PGRST203',
    `Could not choose the best candidate function between: ${shown.join(', ')}`,
    null,
    'Try renaming the parameters or the function itself in the database so function overloading can be resolved',
  );
}

/** Runs the call: void 204, sets as lists, one row or scalar as it is. */
export async function callFunction(context: RestContext, call: Call): Promise<RestReply> {
  const { returnsVoid, returnsSet, returnsRow } = call.function;
  if (returnsVoid) {
    await context.session.query(`select ${call.sql}`, call.params);
    return { status: 204, headers: {}, body: '' };
  }
  const value = returnsSet
    ? `coalesce(json_agg(result), '[]')`
    : returnsRow
      ? 'coalesce(json_agg(result) -> 0, to_json(null::text))'
      : '(json_agg(result) -> 0)';
  const { rows } = await context.session.query(
    `select ${value}::text as body, (json_agg(result) -> 0)::text as first, count(*)::int as count
     from ${call.sql} as result`,
    call.params,
  );
  const count = Number(rows[0]?.['count'] ?? 0);
  if (context.single && returnsSet && count !== 1) throw notSingular(count);
  const shown = context.single && returnsSet ? rows[0]?.['first'] : rows[0]?.['body'];
  const total = context.preferences.count === undefined ? undefined : count;
  return {
    status: 200,
    headers: { ...jsonHeaders(context.single), 'content-range': contentRange(0, count, total) },
    body: textOr(shown, 'null'),
  };
}
