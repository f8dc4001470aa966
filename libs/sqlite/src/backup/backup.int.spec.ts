import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ManualClock } from '@tillstream/kernel';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BUSY, contents, fill } from '../../test/busy.js';
import { startChild } from '../../test/child.js';
import { open, temporaryFolder } from '../../test/open.js';
import { backupEmbedded, restoreEmbedded } from '../index.js';
import { SCHEMA_VERSION } from '../schema.js';

const coded = (code: string, family = 'permanent') => expect.objectContaining({ code, family });

let folder: ReturnType<typeof temporaryFolder>;
let dataDir: string;
let file: string;
beforeEach(() => {
  folder = temporaryFolder();
  dataDir = path.join(folder.path, 'data');
  file = path.join(folder.path, 'copies', 'monday.backup');
  mkdirSync(path.dirname(file));
});
afterEach(() => folder.remove());

const backup = (includeKeys = false) => backupEmbedded({ dataDir, file, includeKeys });

describe('a backup of a folder that another process writes to', () => {
  it('ends, holds what was acknowledged before it, and is consistent; the writer goes on', async () => {
    await fill(dataDir, 2000, 'x'.repeat(5000)); // some 12,000 pages: several steps of the copy
    const writer = startChild('busy-child.ts', [dataDir]);
    await writer.printed(20);
    const acknowledged = Number(writer.lines.at(-1)) + 1;
    const report = await backup();
    await writer.printed(writer.lines.length + 20);
    await writer.kill();

    const restored = path.join(folder.path, 'restored');
    await restoreEmbedded({ dataDir: restored, file, force: false });
    const { records, documents } = report;
    expect(await contents(restored)).toEqual({ records, documents, consistent: true });
    expect(documents).toBeGreaterThanOrEqual(acknowledged);
    expect(documents).toBeLessThan((await contents(dataDir)).documents);
  });

  it('is itself a database that opens', async () => {
    const writer = startChild('busy-child.ts', [dataDir]);
    await writer.printed(50);
    const { records, documents } = await backup();
    await writer.kill();
    const direct = path.join(folder.path, 'direct');
    mkdirSync(direct);
    copyFileSync(file, path.join(direct, 'tillstream.db'));
    expect(await contents(direct)).toEqual({ records, documents, consistent: true });
  });

  it('also runs in the process of the owner, whose folder stays locked', async () => {
    await fill(dataDir, 2000, 'x'.repeat(5000));
    const storage = open(dataDir, BUSY);
    const copied = backup();
    let done = false;
    void copied.then(() => (done = true));
    let appended = 0;
    while (!done) {
      await storage.log.append([{ topic: 'busy.v1', key: 'later', value: String(appended) }]);
      appended += 1;
    }
    expect(appended).toBeGreaterThan(1);
    expect((await copied).records).toBe(6000);
    const other = startChild('hold-child.ts', [dataDir]);
    await other.ended;
    expect(other.lines).toEqual(['data_in_use']);
    await storage.close();
  });
});

describe('a backup', () => {
  it('reports what is in it, is private, and is all that is left in its folder', async () => {
    await fill(dataDir, 3);
    const clock = new ManualClock();
    const report = await backupEmbedded({ dataDir, file, includeKeys: true, clock });
    const createdAt = new Date(clock.now()).toISOString();
    expect(report).toEqual({
      file,
      bytes: statSync(file).size,
      records: 9,
      documents: 3,
      createdAt,
      keysIncluded: [],
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(path.dirname(file))).toEqual(['monday.backup']);
  });

  it('never overwrites a file', async () => {
    await fill(dataDir, 1);
    writeFileSync(file, 'precious');
    await expect(backup()).rejects.toThrow(coded('backup_exists'));
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });

  it('does not overwrite a file that came into being meanwhile either', async () => {
    await fill(dataDir, 1);
    const both = await Promise.allSettled([backup(), backupEmbedded({ dataDir, file, includeKeys: false })]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(readdirSync(path.dirname(file))).toEqual(['monday.backup']);
  });

  it('has the keys only when asked for, and secrets as they are stored', async () => {
    const storage = open(dataDir, BUSY);
    const doc = { n: 1, secret: { keyVersion: 'v', sealed: 'c2VhbGVkIHNlY3JldA==' } };
    await storage.store.bulkWrite([{ op: 'put', collection: 'docs', id: 'c', doc, expectedVersion: 0 }]);
    await storage.close();
    writeFileSync(path.join(dataDir, 'master.key'), 'the-master-key\n');
    writeFileSync(path.join(dataDir, 'admin.key'), 'the-admin-key\n');
    expect((await backup()).keysIncluded).toEqual([]);
    expect(readFileSync(file, 'latin1')).not.toMatch(/the-(master|admin)-key/);
    expect(readFileSync(file, 'latin1')).toContain(JSON.stringify(doc));
    file = `${file}-with-keys`;
    expect((await backup(true)).keysIncluded).toEqual(['master.key', 'admin.key']);
    expect(readFileSync(file, 'latin1')).toMatch(/the-master-key/);
  });

  it('leaves the file of the data as it was', async () => {
    await fill(dataDir, 3);
    const before = readFileSync(path.join(dataDir, 'tillstream.db'));
    await backup();
    expect(readFileSync(path.join(dataDir, 'tillstream.db')).equals(before)).toBe(true);
  });
});

describe('no backup, and no file, of', () => {
  const refusal = async () => {
    const code = await backup().then(
      () => 'made',
      (error: { code: string }) => error.code,
    );
    return { code, files: readdirSync(path.dirname(file)) };
  };

  it('a folder without data, which stays as it is', async () => {
    expect(await refusal()).toEqual({ code: 'data_not_found', files: [] });
    mkdirSync(dataDir);
    expect(await refusal()).toEqual({ code: 'data_not_found', files: [] });
    writeFileSync(path.join(dataDir, 'tillstream.db'), '');
    expect(await refusal()).toEqual({ code: 'data_not_found', files: [] });
  });

  it('damaged data', async () => {
    await fill(dataDir, 500, 'x'.repeat(500));
    const database = path.join(dataDir, 'tillstream.db');
    const bytes = readFileSync(database);
    bytes.fill(0xff, 4096 * 40, 4096 * 44);
    writeFileSync(database, bytes);
    expect(await refusal()).toEqual({ code: 'data_damaged', files: [] });
    writeFileSync(database, 'somebody’s diary. '.repeat(500));
    expect(await refusal()).toEqual({ code: 'data_damaged', files: [] });
  });

  it('data of a newer version', async () => {
    await fill(dataDir, 1);
    const raw = new Database(path.join(dataDir, 'tillstream.db'));
    raw.pragma(`user_version = ${SCHEMA_VERSION + 1}`);
    raw.close();
    expect(await refusal()).toEqual({ code: 'data_newer_version', files: [] });
  });

  it('a folder into a place that is not there', async () => {
    await fill(dataDir, 1);
    const nowhere = path.join(folder.path, 'nowhere', 'x');
    await expect(backupEmbedded({ dataDir, file: nowhere, includeKeys: false })).rejects.toThrow(
      coded('backup_not_writable'),
    );
  });
});
