import type { CollectionDefinition, FindQuery } from '@tillstream/document-store';
import mongoose, { type Connection } from 'mongoose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freshDatabase, open } from '../test/open.js';
import { ownServer, type TestServer } from '../test/server.js';
import { pageOf } from './store/find-filter.js';

const NAME = 'runs';
const definition = (...indexes: string[][]): CollectionDefinition => ({ name: NAME, indexes });

let server: TestServer;
beforeAll(async () => {
  server = await ownServer();
});
afterAll(() => server.dispose());

let uri: string;
let raw: Connection;
beforeEach(async () => {
  uri = freshDatabase(server.uri);
  raw = await mongoose.createConnection(uri).asPromise();
});
afterEach(async () => {
  await raw.dropDatabase();
  await raw.close();
});

/** Opens with these indexes, does the work, closes. */
async function opened<R>(indexes: string[][], work: (store: Awaited<ReturnType<typeof open>>['store']) => Promise<R>) {
  const storage = await open(uri, { collections: [definition(...indexes)] });
  try {
    return await work(storage.store);
  } finally {
    await storage.close();
  }
}

const put = (id: string, doc: object, expectedVersion: number | null = 0) =>
  ({ op: 'put', collection: NAME, id, doc, expectedVersion }) as const;
const indexNames = async () =>
  (await raw.collection(NAME).indexes()).map(({ name }) => String(name)).toSorted((a, b) => (a < b ? -1 : 1));

describe('a changed declaration', () => {
  it('finds documents that were written before their fields were declared, and counts no version for it', async () => {
    await opened([['status']], (store) =>
      store.bulkWrite([
        put('a', { status: 'open', at: '2026', open: true, n: 7, list: [1] }),
        put('b', { status: 'done', at: null }),
      ]),
    );
    const wider = [['at'], ['open'], ['n'], ['list']];
    await opened(wider, async (store) => {
      expect(await store.count(NAME, { at: '2026' })).toBe(1);
      expect(await store.count(NAME, { at: null })).toBe(1);
      expect(await store.count(NAME, { open: true, n: 7 })).toBe(1);
      expect(await store.count(NAME, { list: null })).toBe(2);
      expect((await store.get(NAME, 'a'))?.version).toBe(1);
      await store.bulkWrite([put('c', { status: 'open', at: '2027' }), put('b', { status: 'open' }, 1)]);
    });
    // Fields that were not kept for a while are filled in anew, not believed.
    expect(await opened([['status']], (store) => store.count(NAME, { status: 'open' }))).toBe(3);
  });

  it('drops indexes no longer declared, and leaves those an operator made', async () => {
    await opened([['status'], ['tenantId', 'at']], async () => {});
    await raw.collection(NAME).createIndex({ 'doc.note': 1 }, { name: 'by_hand' });
    expect(await indexNames()).toEqual(['_id_', 'by_hand', 'ix_status', 'ix_tenantId__at']);
    await opened([['tenantId', 'at'], ['at']], async () => {});
    expect(await indexNames()).toEqual(['_id_', 'by_hand', 'ix_at', 'ix_tenantId__at']);
  });

  it('may be met by several processes at once', async () => {
    await opened([], (store) => store.bulkWrite(Array.from({ length: 700 }, (_, n) => put(`d${n}`, { rank: n }))));
    const storages = await Promise.all([1, 2, 3].map(() => open(uri, { collections: [definition(['rank'])] })));
    const counts = await Promise.all(storages.map(({ store }) => store.count(NAME, { rank: { gte: 100 } })));
    expect(counts).toEqual([600, 600, 600]);
    await Promise.all(storages.map((storage) => storage.close()));
  });

  it.each([['a.b'], ['$a'], ['a b'], ['']])('refuses "%s" as a field of an index', async (field) => {
    await expect(opened([[field]], async () => {})).rejects.toThrow(
      expect.objectContaining({ code: 'index_field_invalid' }),
    );
  });
});

describe('find', () => {
  // Equality together with a range walks an index on MongoDB, but not on the server these specs use.
  const paged: FindQuery = { where: { tenantId: 't' }, sort: { field: 'at', direction: 'desc' } };

  it.each<[string, FindQuery]>([
    ['equality', { where: { status: 'open' } }],
    ['a sorted page', paged],
    ['one of several', { where: { status: { in: ['a', 'b'] } } }],
  ])('searches an index for %s', async (_, query) => {
    await opened([['status'], ['tenantId', 'at']], (store) =>
      store.bulkWrite(
        Array.from({ length: 50 }, (__, n) => put(`d${n}`, { tenantId: 't', at: `${n}`, status: 'open' })),
      ),
    );
    const { filters, sort, limit } = pageOf(['at', 'status', 'tenantId'], query, null);
    const plan = await raw
      .collection(NAME)
      .find({ ...filters[0] }, { sort: { ...sort }, limit })
      .explain('queryPlanner');
    expect(stages(plan)).toContain('IXSCAN');
    expect(stages(plan)).not.toContain('COLLSCAN');
  });
});

/** Names of all stages of a plan, however it is nested. */
function stages(plan: unknown): string[] {
  if (typeof plan !== 'object' || plan === null) return [];
  const record = plan as Readonly<Record<string, unknown>>;
  const own = typeof record['stage'] === 'string' ? [record['stage']] : [];
  return [...own, ...Object.entries(record).flatMap(([key, value]) => (key === 'rejectedPlans' ? [] : stages(value)))];
}
