import type { Maintenance, RebuildView, StorageView } from '@tillstream/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Harness, makeKey, makeTenant } from './harness.js';

const STORAGE: StorageView = {
  dataBytes: 5_000,
  logBytes: 3_000,
  walBytes: 1_000,
  records: 2,
  topics: [
    { topic: 'sync.runs.v1', records: 2, bytes: null, retentionDays: null, oldestAt: '2026-01-05T12:00:00.000Z' },
  ],
};
const REBUILD: RebuildView = {
  rebuildId: 'rebuild_1',
  status: 'completed',
  documents: 12,
  compared: 12,
  differences: [],
  differenceCount: 0,
  switched: true,
  startedAt: '2026-01-05T12:00:00.000Z',
  finishedAt: '2026-01-05T12:00:01.000Z',
  failure: null,
};
const maintenance: Maintenance = {
  storage: async () => STORAGE,
  startRebuild: async () => ({ rebuildId: REBUILD.rebuildId }),
  rebuild: async (id) => (id === REBUILD.rebuildId ? REBUILD : null),
};

describe('maintenance of the storage', () => {
  let h: Harness;
  beforeEach(async () => {
    h = await new Harness().start({ maintenance });
  });
  afterEach(() => h.stop());

  it('shows sizes, starts a rebuild and tells how it goes', async () => {
    expect(await h.call('GET', '/api/storage')).toMatchObject({ status: 200, body: STORAGE });
    expect(await h.call('POST', '/api/rebuilds')).toMatchObject({ status: 202, body: { rebuildId: 'rebuild_1' } });
    expect(await h.call('GET', '/api/rebuilds/rebuild_1')).toMatchObject({ status: 200, body: REBUILD });
    expect((await h.call('GET', '/api/rebuilds/rebuild_2')).body).toMatchObject({ code: 'not_found' });
  });

  it('is for admins of the tenant that owns the instance', async () => {
    const operator = await makeKey(h, 'operator');
    const foreign = await makeTenant(h, 'other');
    for (const key of [operator, foreign]) {
      for (const [method, url] of [
        ['GET', '/api/storage'],
        ['POST', '/api/rebuilds'],
        ['GET', '/api/rebuilds/rebuild_1'],
      ] as const) {
        expect((await h.call(method, url, { key })).body).toMatchObject({ code: 'forbidden' });
      }
    }
  });

  it('is not there where the profile has no storage of its own', async () => {
    const bare = await new Harness().start();
    expect((await bare.call('GET', '/api/storage')).body).toMatchObject({ code: 'not_found' });
    expect((await bare.call('POST', '/api/rebuilds')).status).toBe(404);
    await bare.stop();
  });
});
