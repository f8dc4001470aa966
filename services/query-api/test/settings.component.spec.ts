import { defaultSettings, type SyncEvent, TOPICS } from '@tillstream/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Harness, makeTenant } from './harness.js';

describe('settings', () => {
  let h: Harness;
  const told: SyncEvent[] = [];
  beforeAll(async () => {
    h = await new Harness().start();
    await h.follow(TOPICS.config.name, (event) => told.push(event));
  });
  afterAll(() => h.stop());

  it('start with the defaults of the contract', async () => {
    const { body } = await h.call('GET', '/api/settings');
    expect(body).toEqual({ version: 0, ...defaultSettings() });
    expect(body).toMatchObject({
      orders: { statuses: ['processing', 'completed', 'refunded'], createdFrom: null },
      quickbooks: { salesDocument: 'invoice', itemType: 'nonInventory', tax: { mode: 'auto' } },
      supabase: { tablePrefix: 'woo_' },
    });
  });

  it('are replaced by who knows the current version, and others are told', async () => {
    const { body } = await h.call('GET', '/api/settings');
    const changed = { ...body, orders: { statuses: ['completed'], createdFrom: '2026-01-01' } };
    const put = await h.call('PUT', '/api/settings', { body: changed });
    expect(put).toMatchObject({ status: 200, body: { version: 1, orders: { createdFrom: '2026-01-01' } } });
    expect((await h.call('GET', '/api/settings')).body).toEqual(put.body);
    await expect
      .poll(() => told.map(({ type, facts }) => ({ type, facts })))
      .toEqual([{ type: 'SettingsChanged', facts: { version: 1 } }]);
    const stale = await h.call('PUT', '/api/settings', { body: changed });
    expect(stale).toMatchObject({ status: 409, body: { code: 'version_conflict', version: 1 } });
    const withoutVersion = { ...changed, version: undefined };
    expect(await h.call('PUT', '/api/settings', { body: withoutVersion })).toMatchObject({ status: 409 });
  });

  it('of ten writers with one version exactly one wins', async () => {
    const { body } = await h.call('GET', '/api/settings');
    const answers = await Promise.all(Array.from({ length: 10 }, () => h.call('PUT', '/api/settings', { body })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
  });

  it.each([
    ['unknown section', { colours: {} }, 'colours'],
    ['unknown key', { orders: { status: [] } }, 'orders.status'],
    ['later value', { quickbooks: { salesDocument: 'salesReceipt' } }, 'quickbooks.salesDocument'],
    ['table prefix', { supabase: { tablePrefix: 'Woo-' } }, 'supabase.tablePrefix'],
    ['date', { orders: { createdFrom: '2026-02-30' } }, 'orders.createdFrom'],
  ])('refuse a wrong %s, naming it, and change nothing', async (_, body, path) => {
    const before = await h.call('GET', '/api/settings');
    const answer = await h.call('PUT', '/api/settings', { body: { version: before.body['version'], ...body } });
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    expect(answer.body['errors']).toContainEqual({ path, message: expect.any(String) });
    expect((await h.call('GET', '/api/settings')).body).toEqual(before.body);
  });

  it('have a JSON Schema, and belong to one tenant', async () => {
    const { body } = await h.call('GET', '/api/settings/schema');
    expect(body).toMatchObject({
      type: 'object',
      properties: { orders: { type: 'object' } },
      additionalProperties: false,
    });
    const key = await makeTenant(h, 'other');
    expect((await h.call('GET', '/api/settings', { key })).body['version']).toBe(0);
  });
});
