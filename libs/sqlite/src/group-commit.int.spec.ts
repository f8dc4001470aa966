import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../test/open.js';
import { GroupCommitter } from './group-committer.js';
import { type Db, openDatabase } from './schema.js';

let folder: ReturnType<typeof temporaryFolder>;
let db: Db;
let reader: Db;
let committer: GroupCommitter;
beforeEach(() => {
  folder = temporaryFolder();
  const file = path.join(folder.path, 'group.db');
  db = openDatabase(file);
  db.exec('CREATE TABLE rows (value TEXT NOT NULL)');
  reader = new Database(file, { readonly: true });
  committer = new GroupCommitter(db);
});
afterEach(() => {
  reader.close();
  db.close();
  folder.remove();
});

const stored = () => reader.prepare<[], string>('SELECT value FROM rows ORDER BY rowid').pluck().all();
const insert = (value: string | null) =>
  committer.run(() => db.prepare('INSERT INTO rows (value) VALUES (?)').run(value));

describe('the group commit', () => {
  it('GUARD group-commit-fsync: syncs the write-ahead log with every commit', () => {
    expect(db.pragma('synchronous', { simple: true })).toBe(2);
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
  });

  it('resolves only when another connection can see the rows', async () => {
    const writing = insert('a').then(() => stored());
    expect(stored()).toEqual([]);
    expect(await writing).toEqual(['a']);
  });

  it('commits everything queued in the same turns at once, in order', async () => {
    const commits: number[] = [];
    committer.observe({ committed: () => commits.push(stored().length), rolledBack: () => {} });
    const later = Promise.resolve().then(() => insert('c'));
    await Promise.all([insert('a'), insert('b'), later]);
    expect(commits).toEqual([3]);
    expect(stored()).toEqual(['a', 'b', 'c']);
  });

  it('waits while the group still grows, but not for ever', async () => {
    const commits: number[] = [];
    committer.observe({ committed: () => commits.push(stored().length), rolledBack: () => {} });
    const writes: Promise<unknown>[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      writes.push(insert(`early ${turn}`));
      await nextTurn();
    }
    await Promise.all(writes);
    expect(commits).toEqual([3]);
    for (let turn = 0; commits.length === 1; turn += 1) {
      writes.push(insert(`busy ${turn}`));
      await nextTurn();
    }
    await Promise.all(writes);
    expect(stored()).toHaveLength(writes.length);
  });

  it('lets the one operation fail that cannot be stored, and stores the others', async () => {
    const outcomes = await Promise.allSettled([insert('a'), insert(null), insert('c')]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'storage_failed', family: 'transient' } });
    expect(stored()).toEqual(['a', 'c']);
  });

  it('rejects the whole group with storage_full when the disk is full, storing none of it', async () => {
    await insert('a');
    db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true })) + 2}`);
    let rollbacks = 0;
    committer.observe({ committed: () => {}, rolledBack: () => (rollbacks += 1) });
    const outcomes = await Promise.allSettled([insert('b'), insert('x'.repeat(100_000)), insert('c')]);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ reason: { code: 'storage_full', family: 'transient' } });
    expect([rollbacks, stored()]).toEqual([1, ['a']]);
    db.pragma('max_page_count = 1000000');
    await insert('d');
    expect(stored()).toEqual(['a', 'd']);
  });

  it('refuses with storage_closed after close, having committed what was queued', async () => {
    const queued = insert('a');
    committer.close();
    await queued;
    expect(stored()).toEqual(['a']);
    await expect(insert('b')).rejects.toThrow(expect.objectContaining({ code: 'storage_closed' }));
  });
});
