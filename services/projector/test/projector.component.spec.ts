import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { allTopicDefinitions, COLLECTIONS, type RunReadModel, TOPICS } from '@tillstream/contracts';
import type { DocumentStore } from '@tillstream/document-store';
import { NO_CRASH_POINTS, SystemClock } from '@tillstream/kernel';
import { SILENT_LOGGER } from '@tillstream/observability';
import { LruCache } from '@tillstream/processor';
import { type EmbeddedStorage, openEmbeddedStorage } from '@tillstream/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyBatch, createProjector, type ProjectedEvent, type ReadModelCache } from '../src/index.js';
import * as make from './events.js';

const READ_MODELS = [COLLECTIONS.runs, COLLECTIONS.failures, COLLECTIONS.documents].map(({ name }) => name);

async function dump(store: DocumentStore): Promise<unknown> {
  const found = await Promise.all(READ_MODELS.map((name) => store.find<object>(name, { limit: 1_000 })));
  return found.map(({ items }) => items.map(({ id, doc }) => ({ id, doc })));
}

/** A run over three orders, one of them held and later resolved. */
function history(): ProjectedEvent[] {
  const f = new make.EventFactory();
  const request = make.runRequest('run_1', f.now);
  return [
    f.run('entity_sync/demo:orders', 'RunAccepted', {
      request,
      targets: ['quickbooks'],
      scanning: true,
      movesCursors: true,
      cursors: {},
      sourceIdentity: 'https://shop#1',
      acceptedAt: f.now,
      selection: { statuses: ['processing'], createdFrom: null },
      targetIdentities: { quickbooks: '1#1' },
    }),
    ...['woo:1', 'woo:2', 'woo:3'].flatMap((id, index) => [
      f.record(id, `record_state/${id}`, 'RecordObserved', make.observed(id, 1)),
      f.record(id, `quickbooks_ledger/${id}`, 'EffectConfirmed', make.confirmed(id, 'invoice', String(100 + index))),
      f.record(id, `record_state/${id}`, 'RecordSynced', make.synced(id, 'created')),
      f.run('run_state/demo:run_1', 'RunProgressed', make.progress('run_1', 'running', 3, index + 1)),
    ]),
    f.record('woo:3', 'record_state/woo:3', 'FailureRecorded', make.failureRecorded('woo:3', 'tax_unmapped')),
    f.record('woo:3', 'record_state/woo:3', 'FailureResolved', make.failureResolved('woo:3')),
    f.run('run_state/demo:run_1', 'RunProgressed', make.progress('run_1', 'completed', 3, 3)),
  ];
}

describe('projector', () => {
  const dirs: string[] = [];
  const open: EmbeddedStorage[] = [];
  function storage(): EmbeddedStorage {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'tillstream-projector-'));
    dirs.push(dataDir);
    const collections = Object.values(COLLECTIONS);
    const made = openEmbeddedStorage({ dataDir, topics: allTopicDefinitions(), collections, clock: new SystemClock() });
    open.push(made);
    return made;
  }
  let s: EmbeddedStorage;
  beforeEach(() => {
    s = storage();
  });
  afterEach(async () => {
    for (const made of open.splice(0)) await made.close();
    for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
  });

  const projector = () =>
    createProjector({ log: s.log, store: s.store, crash: NO_CRASH_POINTS, logger: SILENT_LOGGER });
  const run = async () => (await s.store.get<RunReadModel>(COLLECTIONS.runs.name, 'run_1'))?.doc;

  it('follows the log into the read models and goes on where it stopped', async () => {
    const events = history();
    const first = projector();
    await first.start();
    await s.log.append(events.slice(0, 5).map(make.toRecord));
    await expect.poll(async () => (await run())?.counts.created).toBe(1);
    await first.stop();
    expect(first.health().ok).toBe(false);
    await s.log.append(events.slice(5).map(make.toRecord));
    const second = projector();
    await second.start();
    expect(second.health()).toEqual({ ok: true, reasons: [] });
    await expect.poll(async () => (await run())?.status).toBe('completed');
    await expect.poll(() => s.store.count(COLLECTIONS.documents.name)).toBe(3);
    await second.stop();
  });

  it('a record that cannot be decoded goes to the dead letters, the others go on (I7)', async () => {
    const one = projector();
    await one.start();
    const accepted = history().slice(0, 1).map(make.toRecord);
    await s.log.append([...accepted.map((record) => ({ ...record, value: '{"broken":' })), ...accepted]);
    await expect.poll(async () => (await run())?.status).toBe('queued');
    const dead = await s.log.read(`${TOPICS.runs.name}.dlq`, 0, 0, 10);
    expect(dead).toMatchObject([{ value: '{"broken":' }]);
    await one.stop();
  });

  it('batches cut and repeated at any place end in the same documents (I4, I5)', async () => {
    const events = history();
    await applyBatch(s.store, events);
    const other = storage();
    for (const size of [1, 3, 5]) {
      for (let at = 0; at < events.length; at += size) await applyBatch(other.store, events.slice(at, at + size + 2));
    }
    expect(await dump(other.store)).toEqual(await dump(s.store));
  });

  it('a batch that was applied before writes nothing', async () => {
    const events = history();
    expect(await applyBatch(s.store, events)).toBeGreaterThan(0);
    const before = await s.store.get(COLLECTIONS.runs.name, 'run_1');
    expect(await applyBatch(s.store, events)).toBe(0);
    expect((await s.store.get(COLLECTIONS.runs.name, 'run_1'))?.version).toBe(before?.version);
  });

  it('never overwrites what another projector wrote meanwhile', async () => {
    const events = history();
    await applyBatch(s.store, events.slice(0, 1));
    const racing: DocumentStore = {
      ...s.store,
      getMany: async (collection, ids) => {
        const found = await s.store.getMany(collection, ids);
        await applyBatch(s.store, events);
        return found as never;
      },
      bulkWrite: (operations) => s.store.bulkWrite(operations),
    };
    await expect(applyBatch(racing, events)).rejects.toMatchObject({ code: 'read_model_contended' });
    expect((await run())?.status).toBe('completed');
  });

  it('remembers what it wrote, and looks again when somebody else wrote meanwhile', async () => {
    const events = history();
    const cache: ReadModelCache = new LruCache(100);
    await applyBatch(s.store, events.slice(0, 2), cache);
    const blind: DocumentStore = {
      ...s.store,
      getMany: async () => new Map(),
      bulkWrite: (operations) => s.store.bulkWrite(operations),
    };
    await applyBatch(blind, events.slice(2, 4), cache);
    await applyBatch(s.store, events.slice(4, 6));
    await expect(applyBatch(s.store, events, cache)).rejects.toMatchObject({ code: 'read_model_contended' });
    await applyBatch(s.store, events, cache);
    const other = storage();
    await applyBatch(other.store, events);
    expect(await dump(s.store)).toEqual(await dump(other.store));
  });
});
