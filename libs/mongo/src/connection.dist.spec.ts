import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, reopenable } from '../test/open.js';
import { ownServer, type TestServer } from '../test/server.js';
import { connect, readConcernOf } from './connection.js';

let set: TestServer;
let single: TestServer;
beforeAll(async () => {
  [set, single] = await Promise.all([ownServer(), ownServer({ standalone: true })]);
});
afterAll(() => Promise.all([set.dispose(), single.dispose()]));

describe('a connection', () => {
  it('reads what a majority has from a replica set, and what it has from a single server', async () => {
    for (const [server, expected] of [
      [set, 'majority'],
      [single, 'local'],
    ] as const) {
      const connection = await connect(freshDatabase(server.uri));
      expect(await readConcernOf(connection)).toBe(expected);
      await connection.close();
    }
  });

  it('reads and writes more documents in one call than one request takes', async () => {
    const storage = await reopenable(single.uri, { collections: [{ name: 'many', indexes: [] }] });
    const ids = Array.from({ length: 2300 }, (_, n) => `d${n}`);
    const outcomes = await storage.store.bulkWrite(
      ids.map((id) => ({ op: 'put', collection: 'many', id, doc: { id }, expectedVersion: 0 })),
    );
    expect(outcomes.filter(({ ok }) => ok).length).toBe(2300);
    const found = await storage.store.getMany<{ id: string }>('many', ids);
    expect(ids.filter((id) => found.get(id)?.doc.id !== id)).toEqual([]);
    await storage.dispose();
  });
});
