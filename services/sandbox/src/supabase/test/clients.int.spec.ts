import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Project, startProject } from './helpers.js';

let project: Project;
beforeAll(async () => {
  project = await startProject();
});
beforeEach(() => project.sandbox.control.sql('truncate items, item_notes, no_key restart identity'));
afterAll(() => project.sandbox.close());

const stored = () => project.sandbox.control.rows('items');

describe('supabase-js', () => {
  // It sends a secret key as Bearer token, too; the hosted gateway lets that pass.
  beforeAll(() => project.sandbox.control.set({ bearerSecretKey: 'tolerated' }));
  afterAll(() => project.sandbox.control.set({ bearerSecretKey: 'refused' }));

  const client = (key: string): SupabaseClient =>
    createClient(project.sandbox.projectUrl, key, { auth: { persistSession: false } });

  it.each(['secret', 'legacy'] as const)('writes and reads with a %s key', async (kind) => {
    const supabase = client(kind === 'secret' ? project.sandbox.serviceKey : project.sandbox.legacyServiceKey);
    const inserted = await supabase
      .from('items')
      .insert([
        { id: 1, name: 'a', stock: 1 },
        { id: 2, name: 'b', stock: 2 },
      ])
      .select('id, name');
    expect([inserted.status, inserted.error, inserted.data]).toEqual([
      201,
      null,
      [
        { id: 1, name: 'a' },
        { id: 2, name: 'b' },
      ],
    ]);
    const upserted = await supabase.from('items').upsert(
      [
        { id: 2, name: 'B' },
        { id: 3, name: 'c' },
      ],
      { onConflict: 'id' },
    );
    expect([upserted.status, upserted.error]).toEqual([201, null]);
    const page = await supabase
      .from('items')
      .select('id', { count: 'exact' })
      .gte('id', 2)
      .order('id', { ascending: false })
      .range(0, 0);
    expect([page.data, page.count, page.status]).toEqual([[{ id: 3 }], 2, 206]);
    const either = await supabase.from('items').select('id').or('name.eq.a,and(id.gt.2,name.like.c*)').order('id');
    expect(either.data).toEqual([{ id: 1 }, { id: 3 }]);
    const one = await supabase.from('items').select('name').eq('id', 2).single();
    expect(one.data).toEqual({ name: 'B' });
    expect((await supabase.from('items').select('name').eq('id', 9).maybeSingle()).data).toBeNull();
    expect((await supabase.from('items').update({ stock: 7 }).in('id', [1, 2]).select('stock')).data).toEqual([
      { stock: 7 },
      { stock: 7 },
    ]);
    expect((await supabase.from('items').delete().eq('id', 1)).status).toBe(204);
    expect((await supabase.rpc('add_all', { lines: [{ id: 9, name: 'nine' }] })).data).toBe(1);
    expect((await supabase.from('items').select('*', { count: 'exact', head: true })).count).toBe(3);
    expect((await stored()).map(({ id }) => id)).toEqual([2, 3, 9]);
  });

  it('is told of errors in their shape', async () => {
    const supabase = client(project.sandbox.serviceKey);
    await supabase.from('items').insert({ id: 1 });
    const twice = await supabase.from('items').insert({ id: 1 });
    expect([twice.status, twice.error]).toMatchObject([
      409,
      { code: '23505', details: 'Key (id)=(1) already exists.' },
    ]);
    expect((await supabase.from('items').select('*').single()).error).toBeNull();
    expect((await supabase.from('nope').select('*')).error).toMatchObject({ code: 'PGRST205' });
    expect((await client('sb_secret_wrong').from('items').select('*')).error).toMatchObject({
      message: 'Invalid API key',
    });
    const stranger = await client(project.sandbox.publishableKey).from('items').insert({ id: 5 });
    expect([stranger.status, stranger.error]).toMatchObject([401, { code: '42501' }]);
  });
});

describe('pg over the wire', () => {
  async function withClient<T>(work: (client: pg.Client) => Promise<T>, url = project.sandbox.databaseUrl): Promise<T> {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end().catch(() => {});
    }
  }

  it('runs simple and parameterised statements, transactions and errors', async () => {
    await withClient(async (client) => {
      await client.query('insert into items (id, name) values (1, $1)', ['wire']);
      const { rows } = await client.query('select id, name, $1::int + 1 as next from items', [41]);
      expect(rows).toEqual([{ id: '1', name: 'wire', next: 42 }]);
      await expect(client.query('select nope')).rejects.toMatchObject({ code: '42703' });
      await client.query('begin');
      await client.query(`insert into items (id) values (2)`);
      await expect(client.query(`insert into items (id) values (2)`)).rejects.toMatchObject({ code: '23505' });
      await expect(client.query('select 1')).rejects.toMatchObject({ code: '25P02' });
      await client.query('rollback');
      const { rowCount } = await client.query(
        `insert into items (id, name) select id, name from jsonb_to_recordset($1) as x(id bigint, name text)
         on conflict (id) do update set name = excluded.name`,
        [JSON.stringify(Array.from({ length: 3000 }, (_, id) => ({ id, name: 'x'.repeat(100) })))],
      );
      expect(rowCount).toBe(3000);
    });
    expect(project.sandbox.control.statements.at(-1)?.tags).toEqual(['INSERT 0 3000']);
  });

  it('keeps many clients apart, also those with named statements', async () => {
    const pool = new pg.Pool({ connectionString: project.sandbox.databaseUrl, max: 6 });
    const named = (id: number) => pool.query({ name: 'one', text: 'insert into items (id) values ($1)', values: [id] });
    await Promise.all(Array.from({ length: 40 }, (_, id) => named(id)));
    const transfer = async (id: number) => {
      const client = await pool.connect();
      await client.query('begin');
      await client.query('update items set stock = coalesce(stock, 0) + 1 where id = 1');
      await client.query('select $1::int', [id]);
      await client.query(id % 3 === 0 ? 'rollback' : 'commit');
      client.release();
    };
    const api = () => project.call('/items?id=eq.2', { method: 'PATCH', body: { name: 'api' } });
    await Promise.all([...Array.from({ length: 12 }, (_, id) => transfer(id)), api(), api()]);
    expect((await stored())[1]).toMatchObject({ stock: 8 });
    await pool.end();
  });

  it('rolls back what a lost client left open', async () => {
    await withClient(async (client) => {
      await client.query('begin');
      await client.query('insert into items (id) values (1)');
    });
    expect(await stored()).toEqual([]);
    expect((await project.call('/items', { body: { id: 1 } })).status).toBe(201);
  });

  it('lets the API see new tables at once, and a NOTIFY do it where that is off', async () => {
    await withClient(async (client) => {
      await client.query('create table fresh (id int primary key)');
      await client.query('grant select on fresh to service_role');
      expect((await project.call('/fresh')).json).toEqual([]);
      await project.sandbox.control.set({ schemaCache: 'manual' });
      await client.query('create table late (id int primary key); grant select on late to service_role');
      expect((await project.call('/late')).json).toMatchObject({ code: 'PGRST205' });
      await client.query(`notify pgrst, 'reload schema'`);
      expect((await project.call('/late')).json).toEqual([]);
      await project.sandbox.control.set({ schemaCache: 'auto' });
    });
  });

  it('refuses a wrong password, and takes the pooler’s user name', async () => {
    const url = new URL(project.sandbox.databaseUrl);
    url.username = 'postgres.sandboxref';
    await withClient((client) => client.query('select 1'), url.href);
    url.password = 'wrong';
    await expect(withClient((client) => client.query('select 1'), url.href)).rejects.toMatchObject({ code: '28P01' });
  });

  it('forgets prepared statements after their transaction where a pooler is in between', async () => {
    await project.sandbox.control.set({ transactionPooler: true });
    await withClient(async (client) => {
      const named = () => client.query({ name: 'again', text: 'select 1 as one' });
      expect((await named()).rows).toEqual([{ one: 1 }]);
      await expect(named()).rejects.toMatchObject({ code: '26000' });
      expect((await client.query('select $1::int as n', [5])).rows).toEqual([{ n: 5 }]);
    });
    await project.sandbox.control.set({ transactionPooler: false });
  });
});
