import pg from 'pg';
import { expect, it } from 'vitest';
import { startPostgres } from './postgres.js';

it('is a real server with several sessions, and is gone afterwards', async () => {
  const server = await startPostgres();
  const one = new pg.Client({ connectionString: server.url });
  const two = new pg.Client({ connectionString: server.url });
  await Promise.all([one.connect(), two.connect()]);
  const pids = await Promise.all([one, two].map(async (each) => (await each.query('select pg_backend_pid() p')).rows));
  expect(pids[0]).not.toEqual(pids[1]);
  await Promise.all([one.end(), two.end()]);
  await server.stop();
  await expect(new pg.Client({ connectionString: server.url }).connect()).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  });
});
