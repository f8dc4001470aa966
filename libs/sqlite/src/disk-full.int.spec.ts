import path from 'node:path';
import type { LogRecord } from '@tillstream/event-log';
import { NO_CRASH_POINTS, SystemClock } from '@tillstream/kernel';
import { SILENT_LOGGER } from '@tillstream/observability';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../test/open.js';
import { GroupCommitter } from './group-committer.js';
import { SqliteEventLog } from './log/sqlite-event-log.js';
import { type Db, openDatabase } from './schema.js';
import { SqliteDocumentStore } from './store/sqlite-document-store.js';

const TOPIC = 'full.v1';
const full = expect.objectContaining({ code: 'storage_full', family: 'transient' });

let folder: ReturnType<typeof temporaryFolder>;
let db: Db;
let log: SqliteEventLog;
let store: SqliteDocumentStore;
beforeEach(() => {
  folder = temporaryFolder();
  db = openDatabase(path.join(folder.path, 'full.db'));
  const committer = new GroupCommitter(db);
  const topics = [{ name: TOPIC, partitions: 1, retentionMs: null }];
  log = new SqliteEventLog({
    db,
    committer,
    topics,
    clock: new SystemClock(),
    crash: NO_CRASH_POINTS,
    logger: SILENT_LOGGER,
  });
  store = new SqliteDocumentStore(db, committer, [{ name: 'docs', indexes: [] }]);
});
afterEach(async () => {
  await log.close();
  db.close();
  folder.remove();
});

const fillDisk = () => db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true }))}`);
const freeDisk = () => db.pragma('max_page_count = 1000000');
const append = (...values: string[]) => log.append(values.map((value) => ({ topic: TOPIC, key: 'k', value })));
const large = 'x'.repeat(50_000);

describe('a full disk', () => {
  it('refuses appends and document writes together, keeps reading, and goes on gapless once there is room', async () => {
    const seen: LogRecord[] = [];
    await log.subscribe({ group: 'g', topics: [TOPIC], handler: async ({ records }) => void seen.push(...records) });
    await append('a');
    fillDisk();
    const put = { op: 'put', collection: 'docs', id: 'd', doc: { n: 1 }, expectedVersion: 0 } as const;
    const [appending, writing] = [append('lost', large), store.bulkWrite([put])];
    await expect(appending).rejects.toThrow(full);
    await expect(writing).rejects.toThrow(full);
    expect(await log.endOffsets(TOPIC)).toEqual([1]);
    expect(await store.get('docs', 'd')).toBeNull();
    freeDisk();
    expect(await append('b', large)).toEqual([
      { partition: 0, offset: 1 },
      { partition: 0, offset: 2 },
    ]);
    expect(await store.bulkWrite([put])).toEqual([{ ok: true, version: 1 }]);
    await vi.waitFor(() => expect(seen.map((record) => record.value)).toEqual(['a', 'b', large]));
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  });
});
