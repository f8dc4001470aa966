import { COLLECTIONS } from '@tillstream/contracts';
import { SystemClock, SystemIds } from '@tillstream/kernel';
import { openTempStorage, type TempStorage } from '@tillstream/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Keys } from './keys.js';
import { Tenants } from './tenants.js';

const CONFIGURED = 'the-key-of-the-environment-000';
const clock = new SystemClock();
let storage: TempStorage;
let keys: Keys;

beforeEach(async () => {
  storage = openTempStorage({ clock, topics: [], collections: [COLLECTIONS.keys, COLLECTIONS.tenants] });
  keys = new Keys(storage.store, clock, new SystemIds(clock));
  await new Tenants(storage.store, clock, keys).ensureDefault();
});
afterEach(() => storage.close());

const opens = (key: string) =>
  keys.authenticate(`Bearer ${key}`).then(
    () => true,
    () => false,
  );

describe('the configured admin key', () => {
  it('stays revoked over restarts once somebody deleted it, until another one is configured', async () => {
    expect(await keys.ensureFirstAdmin(CONFIGURED)).toBe(true);
    const { keyId } = await keys.authenticate(`Bearer ${CONFIGURED}`);
    await keys.create('default', 'mine', 'admin');
    await keys.delete('default', keyId);
    expect(await opens(CONFIGURED)).toBe(false);
    expect(await keys.ensureFirstAdmin(CONFIGURED)).toBe(false);
    expect(await opens(CONFIGURED)).toBe(false);
    expect((await keys.list('default', { limit: 50 })).items.map(({ name }) => name)).toEqual(['mine']);
    expect(await keys.ensureFirstAdmin('another-key-000-000-000-000')).toBe(true);
    expect(await opens('another-key-000-000-000-000')).toBe(true);
    expect(await opens(CONFIGURED)).toBe(false);
  });

  it('opens nothing by an empty or foreign key while it is revoked', async () => {
    await keys.ensureFirstAdmin(CONFIGURED);
    const { keyId } = await keys.authenticate(`Bearer ${CONFIGURED}`);
    await keys.create('default', 'mine', 'admin');
    await keys.delete('default', keyId);
    for (const key of ['', 'x', CONFIGURED.slice(1)]) expect(await opens(key)).toBe(false);
    await expect(keys.delete('default', keyId)).rejects.toMatchObject({ code: 'not_found' });
  });
});
