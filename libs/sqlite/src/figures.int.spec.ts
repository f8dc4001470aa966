import { readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { StorageView } from '@tillstream/contracts';
import { ManualClock } from '@tillstream/kernel';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { open, temporaryFolder } from '../test/open.js';
import { storageFigures } from './figures.js';

const HOUR = 3_600_000;
const topics = [
  { name: 'facts.v1', partitions: 4, retentionMs: null },
  { name: 'work.v1', partitions: 1, retentionMs: 36 * HOUR },
];

let folder: ReturnType<typeof temporaryFolder>;
let clock: ManualClock;
let storage: ReturnType<typeof open>;
beforeEach(() => {
  folder = temporaryFolder();
  clock = new ManualClock();
  storage = open(folder.path, { topics, clock });
});
afterEach(async () => {
  await storage.close();
  folder.remove();
});

const append = (topic: string, count: number, length: (n: number) => number) =>
  storage.log.append(Array.from({ length: count }, (_, n) => ({ topic, key: `k${n}`, value: 'x'.repeat(length(n)) })));
const iso = () => new Date(clock.now()).toISOString();
const topic = (name: string) => storage.figures().topics.find((each) => each.topic === name);
const folderBytes = () =>
  readdirSync(folder.path).reduce((sum, name) => sum + statSync(path.join(folder.path, name)).size, 0);

describe('the figures of a storage', () => {
  it('are zero for one in which nothing happened, apart from its files', () => {
    const figures = storage.figures();
    expect(StorageView.parse(figures)).toEqual({
      dataBytes: folderBytes(),
      logBytes: 4096,
      walBytes: storage.sizes().walBytes,
      records: 0,
      topics: [
        { topic: 'facts.v1', records: 0, bytes: 0, retentionDays: null, oldestAt: null },
        { topic: 'work.v1', records: 0, bytes: 0, retentionDays: 1.5, oldestAt: null },
      ],
    });
    expect(figures.walBytes).toBeGreaterThan(0);
  });

  it('count every file of the folder', () => {
    const before = storage.figures().dataBytes;
    writeFileSync(path.join(folder.path, 'master.key'), 'x'.repeat(44));
    expect(storage.figures().dataBytes).toBe(before + 44);
  });

  it('count records over all partitions and name the oldest', async () => {
    const oldestAt = iso();
    await append('facts.v1', 10, () => 100);
    clock.advance(HOUR);
    await append('facts.v1', 10, () => 100);
    await append('work.v1', 1, () => 100);
    expect(storage.figures().records).toBe(21);
    expect(topic('facts.v1')).toEqual({
      topic: 'facts.v1',
      records: 20,
      bytes: 20 * (2 + 100 + 24),
      retentionDays: null,
      oldestAt,
    });
    expect(topic('work.v1')).toMatchObject({ records: 1, oldestAt: iso() });
  });

  it('do not count what has expired', async () => {
    await append('work.v1', 300, () => 10);
    clock.advance(37 * HOUR);
    await append('work.v1', 3, () => 10);
    await vi.waitFor(async () => {
      await append('facts.v1', 1, () => 10);
      expect(topic('work.v1')).toMatchObject({ records: 3, oldestAt: iso() });
    });
  });

  it('estimate bytes of many records within a tenth of those of the file', async () => {
    await append('facts.v1', 4000, (n) => (n * 7919) % 1500);
    const raw = new Database(path.join(folder.path, 'tillstream.db'), { readonly: true });
    const exact = Number(raw.prepare('SELECT sum(length(key) + length(value) + 24) FROM log').pluck().get());
    const estimate = topic('facts.v1')?.bytes ?? 0;
    expect(Math.abs(estimate - exact) / exact).toBeLessThan(0.1);

    const counted = storage.figures();
    expect(counted.logBytes).toBeGreaterThan(exact);
    expect(counted.logBytes).toBeLessThan(counted.dataBytes);
    const few = { topic: 'facts.v1', records: 4000, bytes: estimate, retentionMs: null, oldestTime: null };
    const { logBytes } = storageFigures(raw, path.join(folder.path, 'tillstream.db'), [few], 1);
    raw.close();
    expect(logBytes).toBe(estimate);
    expect(logBytes / counted.logBytes).toBeGreaterThan(0.6);
  });

  it('are refused after close', async () => {
    await storage.close();
    expect(() => storage.figures()).toThrow(expect.objectContaining({ code: 'storage_closed' }));
  });
});
