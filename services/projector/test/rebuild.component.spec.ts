import {
  allTopicDefinitions,
  COLLECTIONS,
  type DocumentReadModel,
  type RebuildView,
  type RunReadModel,
} from '@tillstream/contracts';
import type { DocumentStore } from '@tillstream/document-store';
import { NO_CRASH_POINTS, SystemClock, SystemIds } from '@tillstream/kernel';
import { SILENT_LOGGER } from '@tillstream/observability';
import { eventually, openTempStorage, type TempStorage } from '@tillstream/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createProjector, type Projector, Rebuilds, SHADOW_COLLECTIONS } from '../src/index.js';
import * as make from './events.js';

const { runs, documents, failures } = COLLECTIONS;
const ORDERS = Array.from({ length: 300 }, (_, index) => `woo:${index}`);

async function dump(store: DocumentStore): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const { name } of [runs, documents, failures]) {
    const { items } = await store.find<object>(name, { limit: 1_000 });
    for (const { id, doc } of items) found[`${name}/${id}`] = doc;
  }
  return found;
}

describe('a rebuild of the read models', () => {
  const clock = new SystemClock();
  let s: TempStorage;
  let projector: Projector;
  let f: make.EventFactory;
  beforeEach(async () => {
    const collections = [...Object.values(COLLECTIONS), ...SHADOW_COLLECTIONS];
    s = openTempStorage({ topics: allTopicDefinitions(), collections });
    f = new make.EventFactory();
    projector = createProjector({ log: s.log, store: s.store, crash: NO_CRASH_POINTS, logger: SILENT_LOGGER });
    await projector.start();
  });
  afterEach(async () => {
    await projector.stop();
    await s.close();
  });

  const rebuilds = () =>
    new Rebuilds({ log: s.log, store: s.store, clock, ids: new SystemIds(clock), logger: SILENT_LOGGER, projector });

  async function append(ids: readonly string[], version: number): Promise<void> {
    const events = ids.flatMap((id) => [
      f.record(id, `record_state/${id}`, 'RecordObserved', make.observed(id, version)),
      f.record(id, `record_state/${id}`, 'RecordSynced', make.synced(id, 'created')),
      f.record(id, `record_state/${id}`, 'FailureRecorded', make.failureRecorded(id, 'tax_unmapped')),
    ]);
    await s.log.append(events.map(make.toRecord));
  }

  const caughtUp = (version: number) =>
    eventually(
      async () => {
        const last = await s.store.get<DocumentReadModel>(documents.name, `demo:orders:${ORDERS.at(-1)}`);
        return last?.doc.source?.sourceVersion === version && (await s.store.count(documents.name)) === ORDERS.length;
      },
      { timeoutMs: 20_000 },
    );

  async function rebuilt(): Promise<RebuildView> {
    const all = rebuilds();
    const { rebuildId } = all.start();
    expect(all.start()).toEqual({ rebuildId });
    await all.settled();
    return all.view(rebuildId) as RebuildView;
  }

  it('finds what is in use equal to the fold of the log and leaves it alone', async () => {
    await append(ORDERS, 1);
    await caughtUp(1);
    const before = await s.store.get(documents.name, 'demo:orders:woo:7');
    expect(await rebuilt()).toMatchObject({
      status: 'completed',
      differences: [],
      differenceCount: 0,
      compared: 2 * ORDERS.length,
      switched: true,
    });
    expect((await s.store.get(documents.name, 'demo:orders:woo:7'))?.version).toBe(before?.version);
  });

  it('names what was damaged and mends it: a field, a document gone, one that no event made', async () => {
    await append(ORDERS, 1);
    await caughtUp(1);
    const sound = await dump(s.store);
    const found = await s.store.get<DocumentReadModel>(documents.name, 'demo:orders:woo:7');
    const source = { ...found?.doc.source, status: 'tampered' };
    await s.store.bulkWrite([
      {
        op: 'patch',
        collection: documents.name,
        id: 'demo:orders:woo:7',
        set: { source },
        expectedVersion: found?.version ?? 0,
      },
      { op: 'delete', collection: documents.name, id: 'demo:orders:woo:8', expectedVersion: null },
      { op: 'put', collection: runs.name, id: 'run_ghost', doc: { tenantId: 'demo' }, expectedVersion: 0 },
    ]);
    const view = await rebuilt();
    expect(view.differences.toSorted((a, b) => a.id.localeCompare(b.id))).toEqual([
      { collection: documents.name, id: 'demo:orders:woo:7', path: 'source.status' },
      { collection: documents.name, id: 'demo:orders:woo:8', path: '' },
      { collection: runs.name, id: 'run_ghost', path: '' },
    ]);
    expect(await dump(s.store)).toEqual(sound);
    expect((await s.store.get<RunReadModel>(documents.name, 'demo:orders:woo:7'))?.version).toBeGreaterThan(
      (found?.version ?? 0) + 1,
    );
  });

  it('under writes and queries loses no document, takes none back, and ends equal to a fold of everything', async () => {
    await append(ORDERS, 1);
    await caughtUp(1);
    const all = rebuilds();
    const newest = new Map<string, { readonly version: number; readonly sourceVersion: number }>();
    const backwards: string[] = [];
    let version = 1;
    let queries = 0;
    const { rebuildId } = all.start();
    while (all.view(rebuildId)?.status === 'running') {
      version += 1;
      await append(ORDERS.slice(0, 20), version);
      for (const id of ORDERS.slice(0, 40)) {
        const found = await s.store.get<DocumentReadModel>(documents.name, `demo:orders:${id}`);
        queries += 1;
        const now = { version: found?.version ?? 0, sourceVersion: found?.doc.source?.sourceVersion ?? 0 };
        const before = newest.get(id) ?? { version: 0, sourceVersion: 0 };
        if (now.version < before.version || now.sourceVersion < before.sourceVersion) backwards.push(id);
        newest.set(id, now);
      }
    }
    expect(backwards).toEqual([]);
    expect(queries).toBeGreaterThan(0);
    expect(all.view(rebuildId)).toMatchObject({ status: 'completed', differenceCount: 0 });
    await eventually(async () => {
      const last = await s.store.get<DocumentReadModel>(documents.name, 'demo:orders:woo:0');
      return last?.doc.source?.sourceVersion === version;
    });
    expect(await rebuilt()).toMatchObject({ status: 'completed', differenceCount: 0 });
  }, 60_000);

  it('leaves no shadow behind, also of one that was killed', async () => {
    await append(ORDERS.slice(0, 5), 1);
    const [first] = SHADOW_COLLECTIONS;
    const name = first?.name ?? '';
    await s.store.bulkWrite([{ op: 'put', collection: name, id: 'left', doc: { seen: {} }, expectedVersion: 0 }]);
    expect(await rebuilt()).toMatchObject({ status: 'completed', differenceCount: 0 });
    const left = await Promise.all(SHADOW_COLLECTIONS.map((shadow) => s.store.count(shadow.name)));
    expect(left.every((count) => count === 0)).toBe(true);
  });
});
