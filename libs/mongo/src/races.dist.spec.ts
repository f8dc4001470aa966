import type { DocumentStore, WriteOperation } from '@tillstream/document-store';
import { startTypeScript } from '@tillstream/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, open } from '../test/open.js';
import { ownServer, type TestServer } from '../test/server.js';
import type { MongoStorage } from './open.js';

const COLLECTION = 'states';
const collections = [{ name: COLLECTION, indexes: [['open']] }];
const put = (id: string, doc: object, expectedVersion: number | null): WriteOperation => ({
  op: 'put',
  collection: COLLECTION,
  id,
  doc,
  expectedVersion,
});

describe('writers of several processes', () => {
  let server: TestServer;
  let uri: string;
  let replicas: MongoStorage[];
  beforeAll(async () => {
    server = await ownServer();
    uri = freshDatabase(server.uri);
    replicas = await Promise.all(Array.from({ length: 4 }, () => open(uri, { collections })));
  });
  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.close()));
    await server.dispose();
  });
  const stores = () => replicas.map(({ store }) => store);
  const first = () => stores()[0] as DocumentStore;

  it.each([1, 7])('exactly one wins each document and version, in bulks of %s documents', async (size) => {
    const ids = Array.from({ length: size }, (_, n) => `race-${size}-${n}`);
    for (let version = 0; version < 5; version += 1) {
      const races = Array.from({ length: 12 }, (_, by) => ({ by, store: stores()[by % 4] as DocumentStore }));
      const outcomes = await Promise.all(
        races.map(({ by, store }) => store.bulkWrite(ids.map((id) => put(id, { by, open: true }, version)))),
      );
      const stored = await first().getMany<{ by: number }>(COLLECTION, ids);
      ids.forEach((id, n) => {
        const winners = outcomes.flatMap((each, by) => (each[n]?.ok ? [by] : []));
        expect(winners).toEqual([stored.get(id)?.doc.by]);
        expect(stored.get(id)?.version).toBe(version + 1);
      });
    }
  });

  it('lose no update of bulks that overlap, when they reload what conflicted', async () => {
    const ids = Array.from({ length: 10 }, (_, n) => `sum-${n}`);
    const unknown: unknown[] = [];
    const add = async (store: DocumentStore) => {
      let open = ids;
      while (open.length > 0) {
        const loaded = await store.getMany<{ n: number }>(COLLECTION, open);
        const operations = open.map((id) =>
          put(id, { n: (loaded.get(id)?.doc.n ?? 0) + 1 }, loaded.get(id)?.version ?? 0),
        );
        const outcomes = await store.bulkWrite(operations).catch((error: unknown) => {
          unknown.push(error);
          return [];
        });
        open = open.filter((_, n) => !outcomes[n]?.ok);
      }
    };
    await Promise.all(stores().flatMap((store) => [add(store), add(store)]));
    const stored = await first().getMany<{ n: number }>(COLLECTION, ids);
    expect(unknown).toEqual([]);
    expect(ids.map((id) => stored.get(id))).toEqual(ids.map((id) => ({ id, version: 8, doc: { n: 8 } })));
  });

  it('each get a version of their own when they write whatever is there', async () => {
    const outcomes = await Promise.all(
      stores().flatMap((store) => [1, 2, 3].map((n) => store.bulkWrite([put('any', { n }, null)]))),
    );
    const versions = outcomes.flat().map((outcome) => outcome.ok && outcome.version);
    expect(versions.toSorted((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 12 }, (_, n) => n + 1));
  });

  it('a consumer that was stopped while another took over is refused when it wakes up and writes (D14)', async () => {
    await first().bulkWrite([put('late', { by: 'before' }, 0)]);
    const child = startTypeScript(new URL('../test/late-writer-child.ts', import.meta.url).pathname, [
      uri,
      COLLECTION,
      'late',
    ]);
    await child.printed(1);
    const pid = Number(child.lines[0]);
    process.kill(pid, 'SIGSTOP');
    expect(await first().bulkWrite([put('late', { by: 'successor' }, 1)])).toEqual([{ ok: true, version: 2 }]);
    process.kill(pid, 'SIGUSR2');
    process.kill(pid, 'SIGCONT');
    await child.printed(2);
    await child.kill();
    expect(JSON.parse(child.lines[1] ?? '')).toEqual({ ok: false, reason: 'version_conflict', actualVersion: 2 });
    expect(await first().get(COLLECTION, 'late')).toEqual({ id: 'late', version: 2, doc: { by: 'successor' } });
  });
});
