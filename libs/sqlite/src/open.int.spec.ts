import { statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startChild } from '../test/child.js';
import { open, temporaryFolder } from '../test/open.js';
import { openError } from './errors.js';
import { SCHEMA_VERSION } from './schema.js';

const coded = (code: string, family = 'permanent') => expect.objectContaining({ code, family });

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());
const dataDir = () => path.join(folder.path, 'nested', 'data');

describe('opening a data folder', () => {
  it('creates it for its owner only, and reports its size', async () => {
    const storage = open(dataDir());
    expect(statSync(dataDir()).mode & 0o777).toBe(0o700);
    expect(storage.sizes().databaseBytes + storage.sizes().walBytes).toBeGreaterThan(0);
    await storage.close();
  });

  it('keeps the file private even in a folder that others may read', async () => {
    await open(folder.path).close();
    expect(statSync(path.join(folder.path, 'tillstream.db')).mode & 0o777).toBe(0o600);
  });

  it('runs no timer while nothing happens: a process that only follows a topic has nothing left to do', async () => {
    const child = startChild('idle-child.ts', [dataDir()]);
    expect(await child.ended).toBe(0);
    expect(child.lines).toEqual(['handled']);
  });

  it('refuses a second owner while the first lives, in this process and in others', async () => {
    const storage = open(dataDir());
    expect(() => open(dataDir())).toThrow(coded('data_in_use'));
    await storage.close();
    const child = startChild('hold-child.ts', [dataDir()]);
    await child.printed(1);
    expect(() => open(dataDir())).toThrow(coded('data_in_use'));
    await child.kill();
    await open(dataDir()).close();
  });

  it('refuses data of a newer version with both versions named, and changes nothing', async () => {
    await open(dataDir()).close();
    const file = path.join(dataDir(), 'tillstream.db');
    const raw = new Database(file);
    raw.pragma(`user_version = ${SCHEMA_VERSION + 6}`);
    raw.close();
    const before = statSync(file);
    expect(() => open(dataDir())).toThrow(coded('data_newer_version'));
    expect(() => open(dataDir())).toThrow(`data version ${SCHEMA_VERSION + 6}`);
    expect(statSync(file).mtimeMs).toBe(before.mtimeMs);
    const again = new Database(file);
    expect(again.pragma('user_version', { simple: true })).toBe(SCHEMA_VERSION + 6);
    again.close();
  });

  it('refuses a path that is or leads through a file', () => {
    writeFileSync(path.join(folder.path, 'file'), '');
    expect(() => open(path.join(folder.path, 'file'))).toThrow(coded('data_not_writable'));
    expect(() => open(path.join(folder.path, 'file', 'below'))).toThrow(coded('data_not_writable'));
  });

  it.each([
    ['EACCES', 'data_not_writable', 'permanent'],
    ['EROFS', 'data_not_writable', 'permanent'],
    ['SQLITE_READONLY_DIRECTORY', 'data_not_writable', 'permanent'],
    ['SQLITE_CANTOPEN', 'data_not_writable', 'permanent'],
    ['SQLITE_CORRUPT_INDEX', 'data_damaged', 'permanent'],
    ['ENOSPC', 'storage_full', 'transient'],
    ['SQLITE_FULL', 'storage_full', 'transient'],
    ['SQLITE_IOERR_FSYNC', 'storage_failed', 'transient'],
  ])('says of %s while opening: %s', (code, expected, family) => {
    expect(openError(Object.assign(new TypeError('below'), { code }), '/data')).toEqual(coded(expected, family));
  });

  it('refuses a file that is no database and leaves it as it is', async () => {
    await open(dataDir()).close();
    const file = path.join(dataDir(), 'tillstream.db');
    writeFileSync(file, 'this is somebody’s diary, and not a database at all. '.repeat(100));
    const { size } = statSync(file);
    expect(() => open(dataDir())).toThrow(coded('data_damaged'));
    expect(statSync(file).size).toBe(size);
  });

  it('frees the folder again when opening fails half way', async () => {
    const topics = [{ name: 't.v1', partitions: 4, retentionMs: null }];
    await open(dataDir(), { topics }).close();
    const changed = [{ name: 't.v1', partitions: 8, retentionMs: null }];
    expect(() => open(dataDir(), { topics: changed })).toThrow(coded('topic_partitions_changed'));
    await open(dataDir(), { topics }).close();
  });

  it('answers storage_closed to everything asked after close', async () => {
    const topics = [{ name: 't.v1', partitions: 1, retentionMs: null }];
    const storage = open(dataDir(), { topics, collections: [{ name: 'c', indexes: [] }] });
    const { log, store } = storage;
    await storage.close();
    await storage.close();
    const closed = coded('storage_closed', 'transient');
    const handler = async () => {};
    await expect(log.append([{ topic: 't.v1', key: '', value: '' }])).rejects.toThrow(closed);
    await expect(log.read('t.v1', 0, 0, 1)).rejects.toThrow(closed);
    await expect(log.committedOffsets('g', 't.v1')).rejects.toThrow(closed);
    await expect(log.subscribe({ group: 'g', topics: ['t.v1'], handler })).rejects.toThrow(closed);
    await expect(store.get('c', 'x')).rejects.toThrow(closed);
    await expect(store.find('c', {})).rejects.toThrow(closed);
    await expect(store.bulkWrite([{ op: 'delete', collection: 'c', id: 'x', expectedVersion: null }])).rejects.toThrow(
      closed,
    );
  });
});
