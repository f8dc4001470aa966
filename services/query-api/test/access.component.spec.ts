import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionBodies } from '../src/connections/schemas.js';
import { operations } from '../src/openapi/operations.js';
import { ADMIN_KEY, Harness, makeKey, makeTenant } from './harness.js';

describe('API keys, roles and tenants', () => {
  let h: Harness;
  const keys: Record<string, string> = {};
  beforeAll(async () => {
    h = await new Harness().start();
    keys['viewer'] = await makeKey(h, 'viewer');
    keys['operator'] = await makeKey(h, 'operator');
    keys['admin'] = await makeKey(h, 'admin');
    keys['other'] = await makeTenant(h, 'other');
  });
  afterAll(() => h.stop());

  const rank = { viewer: 1, operator: 2, admin: 3 } as const;
  const closed = operations(connectionBodies(false)).filter(({ access }) => access !== 'public');

  it.each(closed)(
    '$method $path answers 401 without a key and with an unknown one, before reading the body',
    async (operation) => {
      const url = operation.path.replace('{entity}', 'orders').replace(/\{\w+\}/g, 'x');
      const payload = { headers: { 'content-type': 'application/json' }, payload: '{bad' };
      const extra = operation.method === 'GET' ? {} : payload;
      const without = await h.call(operation.method, url, { key: null, ...extra });
      expect(without).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
      expect((await h.call(operation.method, url, { key: `${ADMIN_KEY}x`, ...extra })).status).toBe(401);
    },
  );

  it.each(closed.filter(({ access }) => access !== 'viewer'))(
    '$method $path needs the role $access',
    async (operation) => {
      const url = operation.path.replace('{entity}', 'orders').replace(/\{\w+\}/g, 'x');
      for (const role of ['viewer', 'operator', 'admin'] as const) {
        if (rank[role] >= rank[operation.access as 'admin']) continue;
        const answer = await h.call(operation.method, url, { key: keys[role] ?? '' });
        expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } });
      }
    },
  );

  it('shows a key once, lists it without, newest first, and takes it back', async () => {
    const made = await h.call('POST', '/api/keys', { body: { name: 'till 1', role: 'operator' } });
    expect(made).toMatchObject({ status: 201, body: { role: 'operator', name: 'till 1' } });
    const list = await h.call('GET', '/api/keys?limit=1');
    expect(list.body).toMatchObject({ items: [{ id: made.body['id'] }], nextCursor: expect.any(String) });
    expect(list.text).not.toContain(String(made.body['key']));
    const next = await h.call(
      'GET',
      `/api/keys?limit=200&cursor=${encodeURIComponent(String(list.body['nextCursor']))}`,
    );
    expect(next.text).not.toContain(String(made.body['id']));
    expect((await h.call('DELETE', `/api/keys/${String(made.body['id'])}`)).status).toBe(204);
    expect((await h.call('GET', '/api/settings', { key: String(made.body['key']) })).status).toBe(401);
    expect((await h.call('DELETE', `/api/keys/${String(made.body['id'])}`)).status).toBe(404);
  });

  it('keeps tenants apart: another tenant’s key is 404, its list is its own', async () => {
    const made = await h.call('POST', '/api/keys', { body: { name: 'mine', role: 'viewer' } });
    const foreign = await h.call('DELETE', `/api/keys/${String(made.body['id'])}`, { key: keys['other'] ?? '' });
    expect(foreign).toMatchObject({ status: 404, body: { code: 'not_found' } });
    const list = await h.call('GET', '/api/keys', { key: keys['other'] ?? '' });
    expect(list.body['items']).toHaveLength(1);
  });

  it('only an admin of "default" makes tenants, each once', async () => {
    const body = { tenantId: 'third', name: 'Third' };
    expect((await h.call('POST', '/api/tenants', { key: keys['other'] ?? '', body })).status).toBe(403);
    expect((await h.call('POST', '/api/tenants', { body })).status).toBe(201);
    expect((await h.call('POST', '/api/tenants', { body })).body).toMatchObject({ code: 'tenant_exists' });
    const twoAtOnce = await Promise.all(
      [1, 2].map(() => h.call('POST', '/api/tenants', { body: { ...body, tenantId: 'race' } })),
    );
    expect(new Set(twoAtOnce.map(({ status }) => status))).toEqual(new Set([201, 409]));
    expect((await h.call('POST', '/api/tenants', { body: { tenantId: 'No:Colon', name: 'x' } })).status).toBe(400);
  });

  it('does not delete the last admin key', async () => {
    const key = await makeTenant(h, 'lonely');
    const list = await h.call('GET', '/api/keys', { key });
    const [{ id }] = list.body['items'] as [{ id: string }];
    expect((await h.call('DELETE', `/api/keys/${id}`, { key })).body).toMatchObject({ code: 'last_admin_key' });
  });

  it('leaves an admin when two delete each other’s key at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const first = await makeTenant(h, `duel-${round}`);
      const made = await h.call('POST', '/api/keys', { key: first, body: { name: 'second', role: 'admin' } });
      const second = String(made.body['key']);
      const list = await h.call('GET', '/api/keys', { key: first });
      const ids = (list.body['items'] as { id: string; name: string }[]).map(({ id }) => id);
      const [secondId = '', firstId = ''] = ids;
      await Promise.all([
        h.call('DELETE', `/api/keys/${secondId}`, { key: first }),
        h.call('DELETE', `/api/keys/${firstId}`, { key: second }),
      ]);
      const left = await Promise.all([first, second].map((key) => h.call('GET', '/api/keys', { key })));
      expect(left.filter(({ status }) => status === 200)).toHaveLength(1);
    }
  });
});
