import { COLLECTIONS, type SyncEvent, TOPICS } from '@tillstream/contracts';
import { type CrashPoint, InvariantError } from '@tillstream/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Harness, SHOP } from './harness.js';

/** Dies at `point`: nothing after it happens in this process. */
function dyingAt(point: CrashPoint) {
  return {
    crash: {
      hit: (reached: CrashPoint) => {
        if (reached === point) throw new InvariantError('died', `died at ${point}`);
      },
    },
  };
}

const WOO = '/api/connections/woocommerce';
const distinct = (events: readonly SyncEvent[]) => [...new Map(events.map((event) => [event.id, event])).values()];

describe('a process that dies while it writes', () => {
  let h: Harness;
  beforeEach(() => {
    h = new Harness();
  });
  afterEach(() => h.stop());

  it.each(['store.write.after', 'outbox.append.before', 'outbox.append.after'] as const)(
    'at %s has told everything once the next one started (D3)',
    async (point) => {
      await h.start(dyingAt(point));
      expect((await h.call('PUT', '/api/settings', { body: { version: 0 } })).status).toBe(500);
      expect((await h.call('PUT', WOO, { body: SHOP })).status).toBe(500);
      await h.start();
      const told = distinct(await h.events(TOPICS.config.name)).map(({ type, seq }) => `${type} ${seq}`);
      expect(told.sort()).toEqual(['ConnectionChanged 1', 'SettingsChanged 1']);
      expect((await h.call('GET', '/api/settings')).body['version']).toBe(1);
      expect((await h.call('GET', WOO)).status).toBe(200);
      expect(await h.store.count(COLLECTIONS.settings.name, { outboxPending: true })).toBe(0);
    },
  );

  it('before anything was stored has changed and told nothing', async () => {
    await h.start(dyingAt('store.write.before'));
    await h.call('PUT', '/api/settings', { body: { version: 0 } });
    await h.start();
    expect((await h.call('GET', '/api/settings')).body['version']).toBe(0);
    expect(await h.events(TOPICS.config.name)).toEqual([]);
  });

  it('while it deletes a connection leaves none behind, and a new one is told of', async () => {
    await h.start();
    await h.call('PUT', WOO, { body: SHOP });
    await h.start(dyingAt('outbox.append.before'));
    expect((await h.call('DELETE', WOO)).status).toBe(500);
    expect((await h.call('GET', WOO)).status).toBe(404);
    await h.start();
    expect(await h.store.get(COLLECTIONS.connections.name, 'default:woocommerce')).toBeNull();
    expect((await h.call('PUT', WOO, { body: SHOP })).status).toBe(200);
    const told = distinct(await h.events(TOPICS.config.name));
    expect(told.map(({ facts }) => (facts as { removed: boolean }).removed)).toEqual([false, true, false]);
  });
});
