import { inspect } from 'node:util';
import type { DocumentStore } from '@tillstream/document-store';
import { SystemClock, TransientError } from '@tillstream/kernel';
import type { LogFields, Logger } from '@tillstream/observability';
import { eventually, SILENT_LOGGER } from '@tillstream/testing';
import mongoose from 'mongoose';
import { afterEach, describe, expect, it } from 'vitest';
import { freshDatabase, open } from '../test/open.js';
import { ownServer, type TestServer, type TestServerOptions } from '../test/server.js';
import { type MongoStorage, openMongoStorage } from './open.js';

const COLLECTION = 'states';
const collections = [{ name: COLLECTION, indexes: [] }];
const unavailable = expect.objectContaining({ code: 'storage_unavailable', family: 'transient' });

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function server(options: TestServerOptions = {}): Promise<TestServer> {
  const started = await ownServer(options);
  closing.push(() => started.dispose());
  return started;
}

async function storageOn(uri: string, options: Parameters<typeof open>[1] = {}): Promise<MongoStorage> {
  const storage = await open(uri, { collections, ...options });
  closing.push(() => storage.close());
  return storage;
}

/** The address with short times, so that a spec need not wait for the real ones. */
function impatient(uri: string): string {
  return `${freshDatabase(uri)}?serverSelectionTimeoutMS=300&connectTimeoutMS=300&socketTimeoutMS=700&heartbeatFrequencyMS=500`;
}

function recording(): { readonly logger: Logger; readonly lines: { at: number; fields: LogFields }[] } {
  const lines: { at: number; fields: LogFields }[] = [];
  return { lines, logger: { ...SILENT_LOGGER, warn: (fields) => lines.push({ at: performance.now(), fields }) } };
}

async function timed(work: Promise<unknown>): Promise<{ readonly error: unknown; readonly ms: number }> {
  const from = performance.now();
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return { error, ms: performance.now() - from };
}

describe('opening while the server is away', () => {
  it('says so once the patience ends', async () => {
    const { uri } = await server({ down: true });
    const before = mongoose.connections.length;
    const { error, ms } = await timed(open(impatient(uri), { collections, patienceMs: 0 }));
    expect(error).toEqual(unavailable);
    expect(ms).toBeLessThan(3000);
    // An attempt that failed leaves no connection behind that would go on trying by itself.
    expect(mongoose.connections.length).toBe(before);
  });

  it('tries again with growing pauses, one warning each, until it is there', async () => {
    const away = await server({ down: true });
    const { logger, lines } = recording();
    const opening = storageOn(impatient(away.uri), { logger, patienceMs: 60_000, ids: { random: () => 0 } });
    await eventually(() => lines.length === 3, { timeoutMs: 20_000 });
    expect(lines.map(({ fields }) => [fields['code'], fields['attempt'], fields['retryInMs']])).toEqual([
      ['storage_unavailable', 1, 250],
      ['storage_unavailable', 2, 500],
      ['storage_unavailable', 3, 1000],
    ]);
    await away.start();
    await (await opening).check();
  });

  it('ends when it is told to', async () => {
    const { uri } = await server({ down: true });
    const stop = new AbortController();
    const { logger, lines } = recording();
    const opening = timed(open(impatient(uri), { collections, patienceMs: 60_000, logger, signal: stop.signal }));
    await eventually(() => lines.length === 1, { timeoutMs: 10_000 });
    stop.abort(new TypeError('stopping'));
    expect((await opening).error).toEqual(new TypeError('stopping'));
  });

  it('refuses an address that cannot be read at once', async () => {
    const { error, ms } = await timed(open('mongodb://user:secret@', { patienceMs: 60_000 }));
    expect(error).toMatchObject({ code: 'storage_uri_invalid', family: 'permanent' });
    expect(ms).toBeLessThan(300);
  });
});

describe('wrong credentials', () => {
  it('are named as such, tried again without haste, and never shown', async () => {
    const guarded = await server();
    const admin = await mongoose.createConnection(guarded.uri).asPromise();
    const user = { createUser: 'tillstream', pwd: 'right-secret', roles: ['root'] };
    await admin.getClient().db('admin').command(user);
    await admin.close();
    await guarded.kill();
    await guarded.start({ auth: true });
    const address = (password: string) =>
      impatient(guarded.uri)
        .replace('mongodb://', `mongodb://tillstream:${password}@`)
        .replace('?', '?authSource=admin&');

    const { logger, lines } = recording();
    const { error } = await timed(
      open(address('wrong-secret'), { logger, patienceMs: 2500, ids: { random: () => 0 } }),
    );
    expect(error).toMatchObject({ code: 'storage_auth_failed', family: 'transient' });
    expect(lines.map(({ fields }) => fields['retryInMs'])).toEqual([250, 500, 1000]);
    expect(inspect([error, lines], { depth: 10 })).not.toContain('wrong-secret');

    const nobody = await timed(open(impatient(guarded.uri), { collections }));
    expect(nobody.error).toMatchObject({ code: 'storage_auth_failed' });
    await (await storageOn(address('right-secret'))).check();
  });
});

/** Each stops a server for a while; real times, on a machine that may be busy. */
const PATIENCE = { timeout: 120_000 };

describe('a server that goes away', PATIENCE, () => {
  it('fails calls and readiness in time, and serves again when it is back, without reopening', async () => {
    const killed = await server();
    const storage = await storageOn(impatient(killed.uri));
    const { store } = storage;
    await store.bulkWrite([{ op: 'put', collection: COLLECTION, id: 'a', doc: { n: 1 }, expectedVersion: 0 }]);
    await killed.kill();
    const calls = [
      store.get(COLLECTION, 'a'),
      store.find(COLLECTION, {}),
      store.bulkWrite([{ op: 'put', collection: COLLECTION, id: 'a', doc: {}, expectedVersion: 1 }]),
      storage.check(),
    ];
    for (const { error, ms } of await Promise.all(calls.map(timed))) {
      expect(error).toEqual(unavailable);
      expect(ms).toBeLessThan(5000);
    }
    await killed.start();
    await eventually(() => storage.check().then(() => true), { timeoutMs: 10_000, intervalMs: 50 });
    expect(await store.get(COLLECTION, 'a')).toEqual({ id: 'a', version: 1, doc: { n: 1 } });
  });

  it('for half a minute, with the times of production: calls fail within 6 s, nothing spins, then all goes on', async () => {
    const killed = await server();
    const { store } = await storageOn(freshDatabase(killed.uri));
    const put = (n: number, expectedVersion: number | null) =>
      store.bulkWrite([{ op: 'put', collection: COLLECTION, id: 'a', doc: { n }, expectedVersion }]);
    await put(1, 0);
    await killed.kill();
    const from = performance.now();
    const cpu = process.cpuUsage();
    let calls = 0;
    for (; performance.now() - from < 30_000; calls += 1) {
      const { error, ms } = await timed(put(2, 1));
      expect(error).toEqual(unavailable);
      expect(ms).toBeLessThan(6000);
    }
    const { user, system } = process.cpuUsage(cpu);
    // The caller above does not wait between its calls: the driver's search for a server is what keeps it from spinning.
    expect(calls).toBeLessThan(15);
    expect((user + system) / 1000 / (performance.now() - from)).toBeLessThan(0.1);
    await killed.start();
    const back = performance.now();
    await eventually(() => put(2, 1).then(([outcome]) => outcome?.ok), { timeoutMs: 15_000, intervalMs: 50 });
    expect(performance.now() - back).toBeLessThan(10_000);
    expect(await store.get(COLLECTION, 'a')).toEqual({ id: 'a', version: 2, doc: { n: 2 } });
  });

  it('by silence is noticed, and nothing it did meanwhile is lost or done twice', async () => {
    const silent = await server();
    const storage = await storageOn(impatient(silent.uri));
    const { store } = storage;
    const write = (n: number, expectedVersion: number) =>
      store.bulkWrite([{ op: 'put', collection: COLLECTION, id: 'a', doc: { n }, expectedVersion }]);
    await write(1, 0);
    silent.pause();
    const { error, ms } = await timed(write(2, 1));
    expect(error).toEqual(unavailable);
    expect(ms).toBeLessThan(6000);
    silent.resume();
    await eventually(() => storage.check().then(() => true), { timeoutMs: 10_000, intervalMs: 50 });
    // Whether the write without an answer was carried out is for the server to say: once or not at all.
    const found = await store.get<{ n: number }>(COLLECTION, 'a');
    expect([1, 2]).toContain(found?.version);
    expect(found?.doc.n).toBe(found?.version);
  });

  it.each([{ standalone: false }, { standalone: true }])(
    'by SIGKILL under load (%o) loses nothing it confirmed, and no writer counts twice',
    async (options) => {
      const killed = await server(options);
      const uri = impatient(killed.uri);
      const stores = (await Promise.all([1, 2, 3].map(() => storageOn(uri)))).map(({ store }) => store);
      const ids = Array.from({ length: 5 }, (_, n) => `sum-${n}`);
      const tally = { confirmed: 0, unknown: 0, failures: 0, stop: false };
      const adding = stores.map((store) => addUntilStopped(store, ids, tally));
      for (let round = 0; round < 2; round += 1) {
        const before = tally.confirmed;
        await eventually(() => tally.confirmed > before + 50, { timeoutMs: 20_000 });
        await killed.kill();
        await eventually(() => tally.failures > round, { timeoutMs: 20_000 });
        await killed.start();
      }
      const after = tally.confirmed;
      await eventually(() => tally.confirmed > after + 50, { timeoutMs: 20_000 });
      tally.stop = true;
      await Promise.all(adding);
      const stored = [...(await (stores[0] as DocumentStore).getMany<{ n: number }>(COLLECTION, ids)).values()];
      const sum = stored.reduce((total, { doc }) => total + doc.n, 0);
      expect(stored.map(({ version }) => version)).toEqual(stored.map(({ doc }) => doc.n));
      expect(sum).toBeGreaterThanOrEqual(tally.confirmed);
      expect(sum).toBeLessThanOrEqual(tally.confirmed + tally.unknown);
    },
  );
});

interface Tally {
  confirmed: number;
  /** Increments of calls that failed: stored or not. */
  unknown: number;
  failures: number;
  stop: boolean;
}

/** Adds one to each document again and again, reloading after conflicts and failures. */
async function addUntilStopped(store: DocumentStore, ids: readonly string[], tally: Tally): Promise<void> {
  while (!tally.stop) {
    let sent = 0;
    try {
      const loaded = await store.getMany<{ n: number }>(COLLECTION, ids);
      const operations = ids.map((id) => {
        const { version = 0, doc } = loaded.get(id) ?? {};
        return {
          op: 'put',
          collection: COLLECTION,
          id,
          doc: { n: (doc?.n ?? 0) + 1 },
          expectedVersion: version,
        } as const;
      });
      sent = operations.length;
      const outcomes = await store.bulkWrite(operations);
      tally.confirmed += outcomes.filter(({ ok }) => ok).length;
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      tally.failures += 1;
      tally.unknown += sent;
    }
  }
}

describe('documents MongoDB cannot hold', () => {
  it('are refused as such, before anything of the call is written, or by the server when a patch makes them so', async () => {
    const { store } = await storageOn(freshDatabase((await server()).uri));
    const tooLarge = expect.objectContaining({ code: 'document_too_large', family: 'permanent' });
    const half = 'x'.repeat(9_000_000);
    const put = (id: string, doc: object) =>
      ({ op: 'put', collection: COLLECTION, id, doc, expectedVersion: 0 }) as const;
    await expect(store.bulkWrite([put('a', { n: 1 }), put('b', { half, more: half })])).rejects.toThrow(tooLarge);
    expect(await store.get(COLLECTION, 'a')).toBeNull();
    await store.bulkWrite([put('a', { half })]);
    const patch = { op: 'patch', collection: COLLECTION, id: 'a', set: { more: half }, expectedVersion: 1 } as const;
    await expect(store.bulkWrite([patch])).rejects.toThrow(tooLarge);
    expect((await store.get(COLLECTION, 'a'))?.version).toBe(1);
  });
});

describe('a closed storage', () => {
  it('refuses every call', async () => {
    const { uri } = await server();
    const storage = await openMongoStorage({ uri: freshDatabase(uri), collections, clock: new SystemClock() });
    await storage.close();
    await storage.close();
    const closed = expect.objectContaining({ code: 'storage_closed' });
    await expect(storage.store.get(COLLECTION, 'a')).rejects.toThrow(closed);
    await expect(storage.store.count(COLLECTION)).rejects.toThrow(closed);
    await expect(storage.check()).rejects.toThrow(closed);
    const put = { op: 'put', collection: COLLECTION, id: 'a', doc: {}, expectedVersion: 0 } as const;
    await expect(storage.store.bulkWrite([put])).rejects.toThrow(closed);
  });
});
