import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BUSY, contents, fill } from '../../test/busy.js';
import { startChild } from '../../test/child.js';
import { open, temporaryFolder } from '../../test/open.js';
import { backupEmbedded, restoreEmbedded } from '../index.js';
import { SCHEMA_VERSION } from '../schema.js';
import type { RestoreStep } from './restore.js';

const coded = (code: string, family = 'permanent') => expect.objectContaining({ code, family });

let folder: ReturnType<typeof temporaryFolder>;
let source: string;
let file: string;
let dataDir: string;
beforeEach(async () => {
  folder = temporaryFolder();
  source = path.join(folder.path, 'source');
  file = path.join(folder.path, 'monday.backup');
  dataDir = path.join(folder.path, 'new', 'data');
  await fill(source, 5);
});
afterEach(() => folder.remove());

const withKeys = (dir: string, of: string) => {
  for (const name of ['master.key', 'admin.key']) writeFileSync(path.join(dir, name), `${name} of ${of}\n`);
};
const key = (name: string) => readFileSync(path.join(dataDir, `${name}.key`), 'utf8').trim();
const backup = (includeKeys = true) => backupEmbedded({ dataDir: source, file, includeKeys });
const restore = (force = false) => restoreEmbedded({ dataDir, file, force });
const OF_BACKUP = { records: 15, documents: 5, consistent: true };

describe('a restore into an empty place', () => {
  it('makes a private folder with data and keys of the backup, and nothing of the backup itself', async () => {
    withKeys(source, 'the source');
    const { createdAt } = await backup();
    expect(await restore()).toEqual({
      dataDir,
      records: 15,
      documents: 5,
      createdAt,
      keysRestored: ['admin.key', 'master.key'],
    });
    expect(readdirSync(dataDir).sort()).toEqual(['admin.key', 'master.key', 'tillstream.db', 'tillstream.lock']);
    const modes = ['.', 'admin.key', 'master.key', 'tillstream.db'].map(
      (name) => statSync(path.join(dataDir, name)).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o600, 0o600, 0o600]);
    expect([key('master'), key('admin')]).toEqual(['master.key of the source', 'admin.key of the source']);
    const raw = new Database(path.join(dataDir, 'tillstream.db'), { readonly: true });
    expect(raw.prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'backup%'").all()).toEqual([]);
    raw.close();
    expect(await contents(dataDir)).toEqual(OF_BACKUP);
  });

  it('leaves no key in the free pages of the database, where the next backup would find it', async () => {
    withKeys(source, 'the source');
    await backup();
    expect(readFileSync(file, 'latin1')).toContain('of the source');
    await restore();
    expect(readFileSync(path.join(dataDir, 'tillstream.db'), 'latin1')).not.toContain('of the source');
  });

  it('takes a folder that has only the same keys, or keys that the backup lacks', async () => {
    mkdirSync(dataDir, { recursive: true, mode: 0o755 });
    withKeys(dataDir, 'the folder');
    await backup(false);
    expect((await restore()).keysRestored).toEqual([]);
    expect(key('master')).toBe('master.key of the folder');
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  });
});

describe('a restore over data', () => {
  beforeEach(async () => {
    dataDir = path.join(folder.path, 'old');
    await fill(dataDir, 2);
    withKeys(dataDir, 'the old');
  });
  const OLD = { records: 6, documents: 2, consistent: true };

  it('needs force', async () => {
    await backup();
    await expect(restore()).rejects.toThrow(coded('data_not_empty'));
    expect(await contents(dataDir)).toEqual(OLD);
    expect((await restore(true)).records).toBe(15);
    expect(await contents(dataDir)).toEqual(OF_BACKUP);
  });

  it('needs force for another key alone, too: it may be the only one that opens something', async () => {
    withKeys(source, 'the source');
    await backup();
    rmSync(path.join(dataDir, 'tillstream.db'));
    await expect(restore()).rejects.toThrow(coded('data_not_empty'));
    expect(key('master')).toBe('master.key of the old');
    await restore(true);
    expect(key('master')).toBe('master.key of the source');
  });

  it('leaves keys alone that the backup has not', async () => {
    withKeys(source, 'the source');
    await backup(false);
    await restore(true);
    expect([key('master'), key('admin')]).toEqual(['master.key of the old', 'admin.key of the old']);
  });

  it('does not mix in the write-ahead log of a process that was killed', async () => {
    await backup();
    await leaveWal();
    await restore(true);
    expect(readdirSync(dataDir).filter((name) => /-(wal|shm)$/.test(name))).toEqual([]);
    expect(await contents(dataDir)).toEqual(OF_BACKUP);
  });

  it('is what helps when the old database is damaged', async () => {
    await backup();
    await leaveWal();
    writeFileSync(path.join(dataDir, 'tillstream.db'), 'somebody’s diary. '.repeat(500));
    await restore(true);
    expect(await contents(dataDir)).toEqual(OF_BACKUP);
  });

  it('does not mix in a write-ahead log whose database is gone', async () => {
    await backup();
    const storage = open(dataDir, BUSY);
    await storage.store.bulkWrite([{ op: 'put', collection: 'docs', id: '0', doc: { n: 0 }, expectedVersion: 1 }]);
    const wal = readFileSync(path.join(dataDir, 'tillstream.db-wal'));
    await storage.close();
    rmSync(path.join(dataDir, 'tillstream.db'));
    writeFileSync(path.join(dataDir, 'tillstream.db-wal'), wal);
    await restore();
    expect(await contents(dataDir)).toEqual(OF_BACKUP);
  });

  it('is refused while the folder is in use, force or not', async () => {
    await backup();
    const storage = open(dataDir, BUSY);
    await expect(restore(true)).rejects.toThrow(coded('data_in_use'));
    await storage.close();
    const child = startChild('hold-child.ts', [dataDir]);
    await child.printed(1);
    await expect(restore()).rejects.toThrow(coded('data_in_use'));
    await expect(restore(true)).rejects.toThrow(coded('data_in_use'));
    await child.kill();
    expect(await contents(dataDir)).toEqual(OLD);
  });

  it('is refused while somebody reads data that is only in the write-ahead log', async () => {
    await backup();
    await leaveWal();
    const reader = new Database(path.join(dataDir, 'tillstream.db'), { readonly: true });
    reader.exec('BEGIN');
    const seen = reader.prepare('SELECT count(*) FROM log').pluck().get();
    await expect(restore(true)).rejects.toThrow(coded('data_in_use'));
    expect(reader.prepare('SELECT count(*) FROM log').pluck().get()).toBe(seen);
    reader.close();
    expect((await contents(dataDir)).consistent).toBe(true);
  });

  it.each<[RestoreStep, string]>([
    ['checkpointed', 'old'],
    ['copied', 'old'],
    ['staged', 'old'],
    ['swapped', 'source'],
    ['finished', 'source'],
  ])('killed when %s leaves the whole of the %s', async (step, whose) => {
    withKeys(source, 'the source');
    await backup();
    const before = await leaveWal();
    const child = startChild('restore-child.ts', [dataDir, file, step]);
    expect(await child.ended).toBeNull();
    expect(existsSync(path.join(dataDir, 'tillstream.db'))).toBe(true);

    const found = await contents(dataDir);
    const whole = whose === 'source' ? found.documents === OF_BACKUP.documents : found.documents >= before;
    expect({ whole, consistent: found.consistent }).toEqual({ whole: true, consistent: true });
    expect([key('master'), key('admin')]).toEqual([`master.key of the ${whose}`, `admin.key of the ${whose}`]);
    expect(readdirSync(dataDir).filter((name) => name.includes('restoring'))).toEqual([]);

    await restore(true);
    expect(await contents(dataDir)).toEqual(OF_BACKUP);
  });

  /** A process killed while it wrote: its last commits are in the write-ahead log only. Returns the acknowledged ones. */
  async function leaveWal(): Promise<number> {
    const child = startChild('busy-child.ts', [dataDir]);
    await child.printed(30);
    await child.kill();
    return Number(child.lines.at(-1)) + 1;
  }
});

describe('no restore, and no folder, from', () => {
  const UNREADABLE = { code: 'backup_unreadable', folder: false };
  const refusal = async (force: boolean) => {
    const code = await restore(force).then(
      () => 'restored',
      (error: { code: string }) => error.code,
    );
    return { code, folder: existsSync(dataDir) };
  };

  it('a file that is not there, a folder, a text, an empty file', async () => {
    expect(await refusal(true)).toEqual(UNREADABLE);
    mkdirSync(file);
    expect(await refusal(true)).toEqual(UNREADABLE);
    rmSync(file, { recursive: true });
    writeFileSync(file, 'somebody’s diary. '.repeat(500));
    expect(await refusal(true)).toEqual(UNREADABLE);
    writeFileSync(file, '');
    expect(await refusal(true)).toEqual(UNREADABLE);
  });

  it('a database that is no backup', async () => {
    symlinkSync(path.join(source, 'tillstream.db'), file);
    expect(await refusal(true)).toEqual(UNREADABLE);
    expect(await contents(source)).toEqual(OF_BACKUP);
  });

  it.each([0.1, 0.5, 0.95])('a backup cut off at %f of its length', async (share) => {
    await backup();
    truncateSync(file, Math.floor(statSync(file).size * share));
    expect(await refusal(true)).toEqual(UNREADABLE);
  });

  it('a damaged backup', async () => {
    await backup();
    const bytes = readFileSync(file);
    const page = bytes.readUInt16BE(16);
    for (let start = page; start < bytes.length; start += page) {
      const damaged = Buffer.from(bytes);
      damaged.fill(0xff, start, start + 200);
      writeFileSync(file, damaged);
      expect(await refusal(true)).toEqual(UNREADABLE);
    }
  });

  it('a backup of a newer format, or of data of a newer version', async () => {
    await backup();
    const raw = new Database(file);
    raw.pragma(`user_version = ${SCHEMA_VERSION + 1}`);
    expect(await refusal(false)).toEqual({ code: 'data_newer_version', folder: false });
    raw.exec('UPDATE backup_meta SET format_version = 2');
    expect(await refusal(true)).toEqual(UNREADABLE);
    raw.close();
  });
});

it('restores no other file than the keys, whatever a backup says', async () => {
  await backup();
  const raw = new Database(file);
  raw.prepare("INSERT INTO backup_keys VALUES ('../escaped', ?)").run(Buffer.from('x'));
  raw.close();
  expect((await restore()).keysRestored).toEqual([]);
  expect(existsSync(path.join(dataDir, '..', 'escaped'))).toBe(false);
});
