import { ManualClock } from '@tillstream/kernel';
import { SANDBOX_SECRET_KEY, SupabaseSandbox, type SupabaseSandboxOptions } from '../supabase-sandbox.js';

export const NOON = Date.UTC(2026, 0, 5, 12);

export const SHOP_TABLES = `
create table items (
  id bigint primary key,
  sku text unique,
  name text not null default 'unnamed',
  price numeric(12,2) check (price >= 0),
  stock int,
  tags jsonb not null default '[]',
  made_at timestamptz
);
create table item_notes (id bigint primary key generated always as identity, item_id bigint references items (id), note text);
create table no_key (a int, b text);
create table closed (id int primary key);
alter table items enable row level security;
grant select, insert, update, delete on items, item_notes, no_key to service_role;
grant select on items to anon;
create function add_all(lines jsonb) returns int language sql as
  $$ with done as (insert into items (id, name) select (l ->> 'id')::bigint, l ->> 'name' from jsonb_array_elements(lines) l
     on conflict (id) do update set name = excluded.name returning 1) select count(*)::int from done $$;
create function touch_nothing() returns void language sql as $$ select $$;
create function whole(jsonb) returns jsonb language sql as $$ select jsonb_build_object('got', $1) $$;
create function pair(a int, b int default 5) returns table (x int, y int) language sql stable as $$ select a, b union all select b, a $$;
create function fails(kind text) returns void language plpgsql as $$ begin
  if kind = 'raise' then raise exception 'no' using hint = 'never'; end if;
  if kind = 'conflict' then raise sqlstate 'PT409' using message = 'taken'; end if;
  perform 1 / 0; end $$;
create function ungranted() returns int language sql as $$ select 1 $$;
grant execute on function add_all, touch_nothing, whole, pair, fails to service_role;
`;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed JSON; undefined when the body is none. */
  readonly json: unknown;
}

export interface Call {
  readonly method?: string;
  readonly key?: string | null;
  readonly prefer?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A project with the tables above, its clock, and a caller with the secret key. */
export interface Project {
  readonly sandbox: SupabaseSandbox;
  readonly clock: ManualClock;
  call(path: string, call?: Call): Promise<Answer>;
}

export async function startProject(options: Partial<SupabaseSandboxOptions> = {}): Promise<Project> {
  const clock = new ManualClock(NOON);
  const sandbox = await SupabaseSandbox.start({ clock, setup: SHOP_TABLES, ...options });
  return { sandbox, clock, call: (path, call = {}) => request(`${sandbox.projectUrl}/rest/v1${path}`, call) };
}

async function request(url: string, call: Call): Promise<Answer> {
  const { method = call.body === undefined ? 'GET' : 'POST', key = SANDBOX_SECRET_KEY, prefer, headers, body } = call;
  const response = await fetch(url, {
    method,
    headers: {
      'user-agent': 'spec',
      ...(key === null ? {} : { apikey: key }),
      ...(prefer === undefined ? {} : { prefer }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parse(text) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
