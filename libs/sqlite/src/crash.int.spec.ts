import { copyFileSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startChild } from '../test/child.js';
import { open, temporaryFolder } from '../test/open.js';

const TOPIC = 'crash.v1';
const options = {
  topics: [{ name: TOPIC, partitions: 3, retentionMs: null }],
  collections: [{ name: 'docs', indexes: [['n']] }],
};

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

/** What a folder holds after reopening it: the appends found complete, and whether anything contradicts itself. */
async function inspect(dataDir: string) {
  const storage = open(dataDir, options);
  const parts = new Map<number, number>();
  let gapless = true;
  for (const [partition, end] of (await storage.log.endOffsets(TOPIC)).entries()) {
    const records = await storage.log.read(TOPIC, partition, 0, 1_000_000);
    gapless &&= records.length === end && records.every((record, index) => record.offset === index);
    for (const record of records) {
      const { n, filler } = JSON.parse(record.value) as { n: number; filler: string };
      expect([record.key.startsWith(`${n}:`), filler.length]).toEqual([true, (n * 37) % 3000]);
      parts.set(n, (parts.get(n) ?? 0) + 1);
    }
  }
  const complete = [...parts].filter(([, count]) => count === 3).map(([n]) => n);
  const documents = await storage.store.count('docs');
  await storage.log.append([{ topic: TOPIC, key: 'later', value: '{}' }]);
  await storage.close();
  const raw = new Database(path.join(dataDir, 'tillstream.db'), { readonly: true });
  const integrity = raw.pragma('integrity_check', { simple: true });
  raw.close();
  return {
    complete: complete.sort((a, b) => a - b),
    torn: parts.size - complete.length,
    gapless,
    documents,
    integrity,
  };
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

describe('kill -9 in the middle of appending', () => {
  it.each([5, 60, 250])('keeps every acknowledged record, whole, after %i appends', async (count) => {
    const child = startChild('append-child.ts', [folder.path]);
    await child.printed(count);
    await child.kill();
    const acknowledged = Number(child.lines.at(-1)) + 1;
    const { complete, torn, gapless, documents, integrity } = await inspect(folder.path);
    expect(complete.length).toBeGreaterThanOrEqual(acknowledged);
    expect(complete).toEqual(upTo(complete.length));
    expect({ torn, gapless, integrity, documents }).toEqual({
      torn: 0,
      gapless: true,
      integrity: 'ok',
      documents: complete.length,
    });
  });
});

describe('a damaged write-ahead log', () => {
  let copy: string;
  let wal: string;
  beforeEach(async () => {
    const child = startChild('append-child.ts', [path.join(folder.path, 'live')]);
    // Few enough that SQLite has not begun the file anew (it does after 8000 pages): every byte counts.
    await child.printed(40);
    await child.kill();
    copy = path.join(folder.path, 'copy');
    mkdirSync(copy);
    for (const name of ['tillstream.db', 'tillstream.db-wal']) {
      copyFileSync(path.join(folder.path, 'live', name), path.join(copy, name));
    }
    wal = path.join(copy, 'tillstream.db-wal');
  });

  async function expectPrefix() {
    const { complete, torn, gapless, documents, integrity } = await inspect(copy);
    expect(complete).toEqual(upTo(complete.length));
    expect({ torn, gapless, integrity, documents }).toEqual({
      torn: 0,
      gapless: true,
      integrity: 'ok',
      documents: complete.length,
    });
    return complete.length;
  }

  it.each([0.9, 0.5, 0.1])(
    'cut off at %f of its length leaves the transactions before the cut, whole',
    async (share) => {
      expect(statSync(wal).size).toBeGreaterThan(100_000);
      const whole = (await inspect(path.join(folder.path, 'live'))).complete.length;
      truncateSync(wal, Math.floor(statSync(wal).size * share));
      const kept = await expectPrefix();
      expect(kept).toBeLessThan(whole);
      expect(kept).toBeGreaterThan(share > 0.4 ? 0 : -1);
    },
  );

  it.each([0.85, 0.4])(
    'with a flipped bit at %f of its length leaves the transactions before it, whole',
    async (share) => {
      const bytes = readFileSync(wal);
      const at = Math.floor(bytes.length * share);
      bytes[at] = (bytes[at] ?? 0) ^ 0x10;
      writeFileSync(wal, bytes);
      expect(await expectPrefix()).toBeGreaterThan(0);
    },
  );
});
