import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BAD_DAY_SUPABASE } from '../../cli/scenario.js';
import type { FaultRule } from '../../shared/faults.js';
import { NOON, type Project, startProject } from './helpers.js';

let project: Project;
beforeAll(async () => {
  project = await startProject();
});
beforeEach(() => project.sandbox.control.sql('truncate items, item_notes, no_key restart identity'));
afterEach(() => project.sandbox.control.clearFaults());
afterAll(() => project.sandbox.close());

const add = (rule: FaultRule) => project.sandbox.control.addFault({ times: 1, ...rule });
const post = (id = 1) => project.call('/items', { body: { id } });
const ids = async () => (await project.sandbox.control.rows('items')).map(({ id }) => id);

describe('the gateway', () => {
  const get = (headers: Readonly<Record<string, string>>, key: string | null = null, query = '') =>
    project.call(`/items?select=id${query}`, { key, headers });

  it.each([
    [
      'no key',
      null,
      {},
      { message: 'No API key found in request', hint: 'No `apikey` request header or url param was found.' },
    ],
    ['an unknown key', 'sb_secret_wrong', {}, { message: 'Invalid API key' }],
    [
      'a secret key in a browser',
      'secret',
      { 'user-agent': 'Mozilla/5.0 (X11)' },
      { message: 'Forbidden use of secret API key in browser' },
    ],
    [
      'a secret key as Bearer token',
      'secret',
      { authorization: 'bearer' },
      { code: 'PGRST301', message: 'Expected 3 parts in JWT; got 1' },
    ],
    ['a token of somebody else', 'secret', { authorization: 'Bearer aaaa.bbbb.cccc' }, { code: 'PGRST301' }],
  ] as const)('answers 401 to %s', async (_, key, headers, body) => {
    const secret = project.sandbox.serviceKey;
    const authorization =
      'authorization' in headers && headers.authorization === 'bearer' ? { authorization: `Bearer ${secret}` } : {};
    const answer = await get({ ...headers, ...authorization }, key === 'secret' ? secret : key);
    expect([answer.status, answer.json]).toMatchObject([401, body]);
  });

  it('has no code in its own answers', async () => {
    expect((await get({})).json).not.toHaveProperty('code');
    expect((await get({}, 'sb_secret_wrong')).json).not.toHaveProperty('code');
  });

  it('takes the key from the address, tolerates an equal Bearer by switch, and lets a token decide the role', async () => {
    const { control, serviceKey } = project.sandbox;
    expect((await get({}, null, `&apikey=${serviceKey}`)).status).toBe(200);
    expect(project.sandbox.control.requests.at(-1)?.path).toBe('/rest/v1/items?select=id');
    await control.set({ bearerSecretKey: 'tolerated' });
    expect((await get({ authorization: `Bearer ${serviceKey}` }, serviceKey)).status).toBe(200);
    await control.set({ bearerSecretKey: 'refused' });
    const user = control.signToken({ role: 'authenticated', exp: NOON / 1000 + 60 });
    const asUser = await get({ authorization: `Bearer ${user}` }, serviceKey);
    expect([asUser.status, asUser.json]).toMatchObject([403, { code: '42501' }]);
    const old = control.signToken({ role: 'authenticated', exp: NOON / 1000 - 60 });
    expect((await get({ authorization: `Bearer ${old}` }, serviceKey)).json).toMatchObject({
      code: 'PGRST303',
      message: 'JWT expired',
    });
  });

  it('knows the legacy pair until it is disabled', async () => {
    const { control, legacyServiceKey, legacyAnonKey } = project.sandbox;
    const legacy = (key: string) => get({ authorization: `Bearer ${key}` }, key);
    expect((await legacy(legacyServiceKey)).status).toBe(200);
    expect((await legacy(legacyAnonKey)).status).toBe(200);
    await control.set({ legacyKeysDisabled: true });
    const answer = await legacy(legacyServiceKey);
    expect([answer.status, answer.json]).toMatchObject([401, { message: 'Legacy API keys are disabled' }]);
    await control.set({ legacyKeysDisabled: false });
  });

  it('forgets a revoked key', async () => {
    const { control } = project.sandbox;
    control.addKey({ value: 'sb_secret_second', kind: 'secret', role: 'service_role' });
    expect((await get({}, 'sb_secret_second')).status).toBe(200);
    control.revokeKey('sb_secret_second');
    expect((await get({}, 'sb_secret_second')).status).toBe(401);
  });

  it('loses requests with a long address at the edge', async () => {
    const long = Array.from({ length: 4000 }, (_, id) => id + 10_000).join(',');
    const answer = await project.call(`/items?id=in.(${long})`);
    expect([answer.status, answer.headers.get('server')]).toEqual([520, 'cloudflare']);
    expect(answer.text).toMatch(/^<!DOCTYPE html>/);
  });

  it('is paused, and nobody gets in', async () => {
    const { control } = project.sandbox;
    await control.set({ paused: true });
    expect((await post()).status).toBe(540);
    const client = new pg.Client({ connectionString: project.sandbox.databaseUrl });
    await expect(client.connect()).rejects.toMatchObject({ code: '57P03' });
    await control.set({ paused: false });
    expect((await post()).status).toBe(201);
  });
});

describe('faults on a write', () => {
  it('loses the reply of work that was done', async () => {
    add({ kind: 'dropReplyAfterCommit', match: { method: 'POST' } });
    await expect(post()).rejects.toThrow('fetch failed');
    expect(await ids()).toEqual([1]);
    expect(project.sandbox.control.requests.at(-1)).toMatchObject({ status: 201, answered: 0, wrote: true, rows: 1 });
  });

  it('loses the request before the work', async () => {
    add({ kind: 'resetBeforeCommit' });
    await expect(post()).rejects.toThrow('fetch failed');
    expect(await ids()).toEqual([]);
  });

  it.each([
    [{ code: 'PGRST003' }, 504, { code: 'PGRST003' }],
    [{ code: 'PGRST002', retryAfterSeconds: 5 }, 503, { code: 'PGRST002' }],
    [{ code: '57014' }, 500, { code: '57014', message: 'canceling statement due to statement timeout' }],
    [{ code: '40P01' }, 500, { code: '40P01' }],
    [{ status: 429, retryAfterSeconds: 2 }, 429, { message: 'Too many requests' }],
    [{ status: 540 }, 540, { message: 'Project paused' }],
    [{ status: 544 }, 544, { message: 'Project API gateway timeout' }],
    [{ status: 402 }, 402, { message: 'Project is restricted' }],
  ] as const)('answers %j in place of the work', async (rule, status, body) => {
    add({ kind: 'status', ...rule });
    const answer = await post();
    expect([answer.status, answer.json]).toMatchObject([status, body]);
    const wait = 'retryAfterSeconds' in rule ? String(rule.retryAfterSeconds) : null;
    expect(answer.headers.get('retry-after')).toBe(wait);
    expect(await ids()).toEqual([]);
    expect((await post()).status).toBe(201);
  });

  it('says 503 though the work was done', async () => {
    add({ kind: 'status', status: 503, when: 'afterCommit' });
    expect((await post()).status).toBe(503);
    expect(await ids()).toEqual([1]);
  });

  it.each([
    [{ kind: 'truncatedJson' }, 200],
    [{ kind: 'emptyOk' }, 200],
    [{ kind: 'okWithHtml', when: 'afterCommit' }, 200],
    [{ kind: 'status', status: 522, when: 'afterCommit' }, 522],
  ] as const)('%j spoils an answer', async (rule, status) => {
    await post();
    add(rule);
    const answer = await project.call('/items?select=id,name');
    expect(answer.status).toBe(status);
    expect(answer.json).toBeUndefined();
  });

  it('delays by its own clock, and gives up work whose caller has gone', async () => {
    add({ kind: 'delay', ms: 61_000 });
    const leaving = new AbortController();
    const before = project.sandbox.control.hangUps;
    const url = `${project.sandbox.projectUrl}/rest/v1/items`;
    const headers = { apikey: project.sandbox.serviceKey, 'content-type': 'application/json' };
    const slow = fetch(url, { method: 'POST', headers, body: '{"id":1}', signal: leaving.signal });
    while (project.clock.nextTimerAt() === undefined) await new Promise((resolve) => setImmediate(resolve));
    leaving.abort();
    await expect(slow).rejects.toThrow('aborted');
    while (project.sandbox.control.hangUps === before) await new Promise((resolve) => setImmediate(resolve));
    project.clock.advance(61_000);
    while (project.sandbox.control.requests.at(-1)?.answered !== 0)
      await new Promise((resolve) => setImmediate(resolve));
    expect(await ids()).toEqual([]);
  });

  it('meets a schema cache that lags behind', async () => {
    add({ kind: 'status', code: 'PGRST205', times: 2 });
    expect((await post()).json).toMatchObject({ code: 'PGRST205' });
    expect((await project.call('/rpc/touch_nothing', { body: {} })).json).toMatchObject({ code: 'PGRST202' });
    expect((await post()).status).toBe(201);
  });

  it('refuses writes while the disk is full', async () => {
    const { control } = project.sandbox;
    await control.set({ readOnly: true });
    const answer = await post();
    expect([answer.status, answer.json]).toMatchObject([405, { code: '25006' }]);
    expect((await project.call('/items')).status).toBe(200);
    await control.set({ readOnly: false });
    expect((await post()).status).toBe(201);
  });

  it('takes back what took longer than the role may', async () => {
    const { control } = project.sandbox;
    await control.set({ statementTimeoutMs: { ...control.switches.statementTimeoutMs, service_role: 1 } });
    const rows = Array.from({ length: 2000 }, (_, id) => ({ id, name: 'x'.repeat(200) }));
    const answer = await project.call('/items', { body: rows });
    expect([answer.status, answer.json]).toMatchObject([500, { code: '57014' }]);
    expect(await ids()).toEqual([]);
    await control.sql(`alter role service_role set statement_timeout = '30s'`);
    expect((await project.call('/items', { body: rows })).status).toBe(201);
    await control.sql(`alter role service_role reset statement_timeout`);
    await control.set({ statementTimeoutMs: { ...control.switches.statementTimeoutMs, service_role: 8_000 } });
  });
});

describe('faults on the wire', () => {
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
  const inTransaction = () =>
    wire(async (client) => {
      await client.query('begin');
      await client.query('insert into items (id) values (1)');
      await client.query('commit');
    });

  it('cuts the connection before the commit, or after it', async () => {
    add({ kind: 'resetBeforeCommit', match: { method: 'WIRE', path: '^commit' } });
    await expect(inTransaction()).rejects.toThrow('Connection terminated unexpectedly');
    expect(await ids()).toEqual([]);
    add({ kind: 'dropReplyAfterCommit', match: { method: 'WIRE', path: '^commit' } });
    await expect(inTransaction()).rejects.toThrow('Connection terminated unexpectedly');
    expect(await ids()).toEqual([1]);
    expect(project.sandbox.control.statements.at(-1)).toMatchObject({
      texts: ['commit'],
      tags: ['COMMIT'],
      fault: 'dropReplyAfterCommit',
    });
  });

  it('fails a statement with any code, and its transaction with it', async () => {
    add({ kind: 'status', code: '40P01', match: { method: 'WIRE', path: 'insert into items' } });
    await wire(async (client) => {
      await client.query('begin');
      await expect(client.query('insert into items (id) values ($1)', [1])).rejects.toMatchObject({ code: '40P01' });
      await expect(client.query('select 1')).rejects.toMatchObject({ code: '25P02' });
      await client.query('rollback');
      await client.query('insert into items (id) values ($1)', [1]);
    });
    expect(await ids()).toEqual([1]);
  });

  it('turns clients away, and ends those it has', async () => {
    add({ kind: 'status', code: '53300', match: { method: 'CONNECT' } });
    await expect(wire((client) => client.query('select 1'))).rejects.toMatchObject({ code: '53300' });
    await wire(async (client) => {
      await client.query('select 1');
      const failed = new Promise<Error>((resolve) => client.once('error', resolve));
      project.sandbox.control.terminateConnections();
      expect(await failed).toMatchObject({ code: '57P01' });
    });
  });

  it('refuses writes while the disk is full', async () => {
    await project.sandbox.control.set({ readOnly: true });
    await wire((client) =>
      expect(client.query('insert into items (id) values (1)')).rejects.toMatchObject({ code: '25006' }),
    );
    await project.sandbox.control.set({ readOnly: false });
  });
});

describe('a bad day', () => {
  const batches = Array.from({ length: 40 }, (_, batch) => [{ id: 2 * batch }, { id: 2 * batch + 1 }]);

  /** Repeats until it is done: what every write has to stand. */
  async function untilDone(work: () => Promise<boolean>): Promise<number> {
    for (let attempt = 1; attempt <= 20; attempt += 1) if (await work().catch(() => false)) return attempt;
    throw new RangeError('never done');
  }

  it('costs a client that repeats its upserts nothing, whatever way it goes', async () => {
    for (const rule of BAD_DAY_SUPABASE) project.sandbox.control.addFault(rule);
    let attempts = 0;
    for (const body of batches) {
      attempts += await untilDone(async () => {
        const { status } = await project.call('/items', { body, prefer: 'resolution=merge-duplicates' });
        return status < 300;
      });
    }
    expect(attempts).toBeGreaterThan(batches.length + 15);
    for (const rows of batches) {
      await untilDone(async () => {
        const client = new pg.Client({ connectionString: project.sandbox.databaseUrl });
        client.on('error', () => {});
        try {
          await client.connect();
          await client.query('BEGIN');
          await client.query(
            `insert into items (id) select (r ->> 'id')::bigint + 1000 from jsonb_array_elements($1) r on conflict (id) do nothing`,
            [JSON.stringify(rows)],
          );
          await client.query('COMMIT');
          return true;
        } finally {
          await client.end().catch(() => {});
        }
      });
    }
    const written = await project.sandbox.control.rows('items');
    const expected = batches.flat().map(({ id }) => id);
    expect(written.map(({ id }) => id)).toEqual([...expected, ...expected.map((id) => id + 1000)]);
    const fired = new Set(project.sandbox.control.firedFaults.map(({ ruleId }) => ruleId));
    expect(BAD_DAY_SUPABASE.map(({ id = '' }) => id).filter((id) => !fired.has(id))).toEqual([]);
  });
});

describe('control over HTTP', () => {
  it('reads rows, runs SQL, arms faults and switches', async () => {
    const control = async (method: string, path: string, body?: unknown) => {
      const answer = await fetch(`${project.sandbox.projectUrl}/__sandbox/${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return (await answer.json()) as Record<string, unknown>;
    };
    await control('POST', 'sql', { text: 'insert into items (id) values (4)' });
    expect(await control('GET', 'rows/items')).toMatchObject({ rows: [{ id: 4, name: 'unnamed' }] });
    expect(await control('POST', 'sql', { text: 'select nope' })).toMatchObject({ code: '42703' });
    await control('POST', 'faults', { rules: [{ kind: 'status', code: 'PGRST003', times: 1 }] });
    expect((await post()).status).toBe(504);
    expect(await control('GET', 'faults')).toMatchObject({
      fired: expect.arrayContaining([expect.objectContaining({ kind: 'status' })]),
    });
    await control('PATCH', 'switches', { maxRows: 0 });
    expect((await project.call('/items')).json).toEqual([]);
    await control('PATCH', 'switches', { maxRows: 1000 });
    expect(await control('GET', 'tables')).toMatchObject({ tables: expect.arrayContaining(['public.items']) });
    expect(await control('GET', 'nothing')).toHaveProperty('error');
  });
});
