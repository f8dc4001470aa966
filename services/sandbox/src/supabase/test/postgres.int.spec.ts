import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Project, startProject } from './helpers.js';
import { startOwnPostgres } from './own-postgres.js';

const server = await startOwnPostgres();

/** The same project over a real server: its own handshake, sessions and timeouts. */
describe.skipIf(server === undefined)('a project on a PostgreSQL server', () => {
  let project: Project;
  beforeAll(async () => {
    project = await startProject({ engine: { databaseUrl: server?.databaseUrl ?? '' } });
  });
  beforeEach(() => project.sandbox.control.sql('truncate items, item_notes, no_key restart identity'));
  afterEach(() => project.sandbox.control.clearFaults());
  afterAll(async () => {
    await project.sandbox.close();
    await server?.stop();
  });

  const ids = async () => (await project.sandbox.control.rows('items')).map(({ id }) => id);

  async function wire<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: project.sandbox.databaseUrl });
    client.on('error', () => {});
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end().catch(() => {});
    }
  }

  it('answers the Data API', async () => {
    const merge = { prefer: 'resolution=merge-duplicates' };
    expect((await project.call('/items', { body: [{ id: 1 }, { id: 2 }], ...merge })).status).toBe(201);
    expect((await project.call('/items', { body: [{ id: 1, stock: 4 }], ...merge })).status).toBe(200);
    expect((await project.call('/items?select=id,stock&order=id')).json).toEqual([
      { id: 1, stock: 4 },
      { id: 2, stock: null },
    ]);
    expect((await project.call('/rpc/add_all', { body: { lines: [{ id: 3, name: 'c' }] } })).json).toBe(1);
    expect((await project.call('/items', { body: { id: 1 } })).json).toMatchObject({ code: '23505' });
    expect((await project.call('/closed')).json).toMatchObject({ code: '42501' });
    expect(project.sandbox.control.writes).toBe(3);
  });

  it('works on several requests at once', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, (_, id) => project.call('/items', { body: { id } })));
    expect(answers.every(({ status }) => status === 201)).toBe(true);
    expect(await ids()).toHaveLength(30);
  });

  it('cancels what takes longer than the role may, unless the function may take longer', async () => {
    const { control } = project.sandbox;
    await control.sql(`
      create function naps() returns int language sql as 'select 1 from pg_sleep(0.4)';
      create function naps_long() returns int language sql set statement_timeout = '5s' as 'select 1 from pg_sleep(0.4)';
      grant execute on function naps, naps_long to service_role`);
    await control.set({ statementTimeoutMs: { ...control.switches.statementTimeoutMs, service_role: 100 } });
    const answer = await project.call('/rpc/naps', { body: {} });
    expect([answer.status, answer.json]).toMatchObject([500, { code: '57014' }]);
    expect((await project.call('/rpc/naps_long', { body: {} })).json).toBe(1);
    await control.set({ statementTimeoutMs: { ...control.switches.statementTimeoutMs, service_role: 8_000 } });
  });

  it('passes the server’s own handshake on', async () => {
    expect(await wire(async (client) => (await client.query('select $1::int as n', [7])).rows)).toEqual([{ n: 7 }]);
    const url = new URL(project.sandbox.databaseUrl);
    url.password = 'wrong';
    const stranger = new pg.Client({ connectionString: url.href });
    await expect(stranger.connect()).rejects.toMatchObject({ code: '28P01' });
  });

  it('cuts connections before and after a commit', async () => {
    const { control } = project.sandbox;
    const commit = () =>
      wire(async (client) => {
        await client.query('begin');
        await client.query('insert into items (id, name) values ($1, $2)', [1, 'x']);
        await client.query('commit');
      });
    control.addFault({ kind: 'resetBeforeCommit', times: 1, match: { method: 'WIRE', path: '^commit' } });
    await expect(commit()).rejects.toThrow('Connection terminated unexpectedly');
    expect(await ids()).toEqual([]);
    control.addFault({ kind: 'dropReplyAfterCommit', times: 1, match: { method: 'WIRE', path: '^commit' } });
    await expect(commit()).rejects.toThrow('Connection terminated unexpectedly');
    expect(await ids()).toEqual([1]);
  });

  it('fails a statement inside a transaction with any code', async () => {
    project.sandbox.control.addFault({
      kind: 'status',
      code: '40P01',
      times: 1,
      match: { method: 'WIRE', path: 'insert into' },
    });
    await wire(async (client) => {
      await client.query('begin');
      await expect(client.query('insert into items (id) values ($1)', [1])).rejects.toMatchObject({ code: '40P01' });
      await client.query('rollback');
    });
  });

  it('keeps temporary tables of a session, and passes notices on', async () => {
    await wire(async (client) => {
      await client.query('create temp table staged (a int)');
      await client.query(`do $$ begin raise notice 'hello'; end $$`);
      const { rows } = await client.query('select count(*)::int as n from staged');
      expect(rows).toEqual([{ n: 0 }]);
    });
  });

  it('forgets prepared statements after their transaction where a pooler is in between', async () => {
    await project.sandbox.control.set({ transactionPooler: true });
    await wire(async (client) => {
      const named = () => client.query({ name: 'again', text: 'select 1 as one' });
      expect((await named()).rows).toEqual([{ one: 1 }]);
      await expect(named()).rejects.toMatchObject({ code: '26000' });
    });
    await project.sandbox.control.set({ transactionPooler: false });
  });

  it('refuses writes while the disk is full', async () => {
    const { control } = project.sandbox;
    await control.set({ readOnly: true });
    expect((await project.call('/items', { body: { id: 1 } })).json).toMatchObject({ code: '25006' });
    await wire((client) =>
      expect(client.query('insert into items (id) values (1)')).rejects.toMatchObject({ code: '25006' }),
    );
    await control.set({ readOnly: false });
    expect((await project.call('/items', { body: { id: 1 } })).status).toBe(201);
  });
});
