import { COLLECTIONS, type ConnectionDocument, TOPICS } from '@tillstream/contracts';
import { SystemClock } from '@tillstream/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATABASE_PASSWORD, DATABASE_URL, Harness, PROJECT } from './harness.js';

const SUPABASE = '/api/connections/supabase';

describe('the connection to Supabase', () => {
  let h: Harness;
  beforeEach(async () => {
    h = await new Harness().start();
  });
  afterEach(() => h.stop());

  const stored = async () =>
    (await h.store.get<ConnectionDocument>(COLLECTIONS.connections.name, 'default:supabase'))?.doc;

  it('shows the project and neither of its secrets', async () => {
    const put = await h.call('PUT', SUPABASE, { body: { ...PROJECT, databaseUrl: DATABASE_URL } });
    expect(put).toMatchObject({
      status: 200,
      body: {
        platform: 'supabase',
        status: 'unverified',
        projectUrl: PROJECT.projectUrl,
        schema: 'public',
        serviceKey: { configured: true },
        databaseUrl: { configured: true },
      },
    });
    const list = await h.call('GET', '/api/connections');
    const seen = [
      put.text,
      list.text,
      JSON.stringify(await stored()),
      JSON.stringify(await h.events(TOPICS.config.name)),
    ];
    for (const secret of [PROJECT.serviceKey, DATABASE_PASSWORD]) expect(seen.join()).not.toContain(secret);
    expect(list.body['items']).toMatchObject([{ platform: 'supabase' }]);
    expect((await stored())?.identity).toBe(PROJECT.projectUrl);
  });

  it('by the database alone is known by its address without credentials', async () => {
    const put = await h.call('PUT', SUPABASE, { body: { databaseUrl: DATABASE_URL, schema: 'shop' } });
    expect(put.body).toMatchObject({
      identity: 'postgres://db.example.com:6543/postgres',
      schema: 'shop',
      serviceKey: { configured: false },
    });
    expect((await stored())?.identity).toBe('postgres://db.example.com:6543/postgres');
    const events = await h.events(TOPICS.config.name);
    expect(events.at(-1)?.facts).toMatchObject({ identity: 'postgres://db.example.com:6543/postgres' });
    const kept = await h.call('PUT', SUPABASE, { body: { databaseUrl: { configured: true } } });
    expect(kept).toMatchObject({ status: 200, body: { schema: 'public', databaseUrl: { configured: true } } });
    expect((await stored())?.identity).toBe('postgres://db.example.com:6543/postgres');
  });

  it.each([
    ['no way in', {}, 'databaseUrl'],
    ['half of the Data API', { projectUrl: PROJECT.projectUrl }, 'serviceKey'],
    ['the other half', { serviceKey: PROJECT.serviceKey }, 'projectUrl'],
    ['a database of this machine', { databaseUrl: 'postgres://u:p@localhost/db' }, 'databaseUrl'],
    ['a project of this machine', { ...PROJECT, projectUrl: 'http://127.0.0.1:54321' }, 'projectUrl'],
    ['a schema that is none', { ...PROJECT, schema: 'a b' }, 'schema'],
  ])('refuses %s', async (_, body, path) => {
    const answer = await h.call('PUT', SUPABASE, { body });
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    expect((answer.body['errors'] as { path: string }[]).map((error) => error.path)).toContain(path);
    expect((await h.call('GET', SUPABASE)).status).toBe(404);
  });

  it('points to another project only when told to', async () => {
    await h.call('PUT', SUPABASE, { body: { databaseUrl: DATABASE_URL } });
    const again = { databaseUrl: DATABASE_URL.replace(DATABASE_PASSWORD, 'rotated') };
    expect((await h.call('PUT', SUPABASE, { body: again })).status).toBe(200);
    const other = { databaseUrl: DATABASE_URL.replace('db.example', 'db2.example') };
    const refused = await h.call('PUT', SUPABASE, { body: other });
    expect(refused).toMatchObject({ status: 409, body: { code: 'identity_change' } });
    expect(refused.text).toContain('another project');
    expect(refused.text).not.toContain('rotated');
    expect((await h.call('PUT', SUPABASE, { body: { databaseUrl: null } })).status).toBe(400);
    expect((await h.call('PUT', `${SUPABASE}?replaceIdentity=true`, { body: other })).status).toBe(200);
    expect(await stored()).toMatchObject({ identityEpoch: 2 });
    // By the Data API of a third project: the database of the second is no way into it any more.
    const third = await h.call('PUT', `${SUPABASE}?replaceIdentity=true`, { body: PROJECT });
    expect(third.body).toMatchObject({ databaseUrl: { configured: false }, serviceKey: { configured: true } });
    expect((await h.call('DELETE', SUPABASE)).status).toBe(204);
  });

  it('is tested by its writer, whose word on the status counts', async () => {
    await h.call('PUT', SUPABASE, { body: PROJECT });
    await h.follow(TOPICS.supabaseCommands.name, ({ type, facts }) => {
      if (type !== 'TestSupabaseConnection') return;
      const { replyTo } = facts;
      const checks = [{ name: 'tables', ok: false, detail: 'woo_orders is missing: run tillstream supabase schema' }];
      const reply = { replyTo, ok: false, code: null, message: null, checks, authorizeUrl: null, latencyMs: 7 };
      void h.publish(TOPICS.supabaseReplies.name, 'default', 'WriterReply', reply);
    });
    expect((await h.call('POST', `${SUPABASE}/test`)).body).toMatchObject({ ok: false, checks: [{ name: 'tables' }] });
    expect((await h.call('GET', SUPABASE)).body).toMatchObject({
      status: 'error',
      detail: expect.stringContaining('woo_orders is missing'),
    });
    const doc = { tenantId: 'default', projectId: PROJECT.projectUrl, status: 'connected', detail: null };
    const id = `default:${PROJECT.projectUrl}`;
    const known = { ...doc, lastCheckedAt: '2026-01-05T12:00:00.000Z' };
    await h.store.bulkWrite([
      { op: 'put', collection: COLLECTIONS.projectStatus.name, id, doc: known, expectedVersion: 0 },
    ]);
    expect((await h.call('GET', SUPABASE)).body).toMatchObject({
      status: 'connected',
      lastCheckedAt: '2026-01-05T12:00:00.000Z',
    });
  });

  it('says so when its writer does not answer', async () => {
    const silent = await new Harness(new SystemClock(500)).start();
    await silent.call('PUT', SUPABASE, { body: PROJECT });
    expect(await silent.call('POST', `${SUPABASE}/test`)).toMatchObject({
      status: 503,
      body: { code: 'writer_unavailable' },
    });
    await silent.stop();
  });
});
