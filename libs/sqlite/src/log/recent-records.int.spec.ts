import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LogRecord } from '@tillstream/event-log';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { open, temporaryFolder } from '../../test/open.js';
import { RecentRecords } from './recent-records.js';
import type { Stream } from './streams.js';

const stream = (id: number): Stream => ({ id, topic: 't.v1', partition: id, base: 0, next: 0, committed: 0 });
const record = (offset: number, value = `v${offset}`): LogRecord => ({
  topic: 't.v1',
  partition: 0,
  offset,
  key: 'k',
  headers: {},
  value,
  time: 1,
});
const offsets = (records: readonly LogRecord[] | undefined) => records?.map(({ offset }) => offset);

describe('records of a moment ago', () => {
  it('are remembered once committed, never before and never after a rollback', () => {
    const recent = new RecentRecords();
    const one = stream(1);
    recent.add(one, record(7));
    expect(recent.from(one, 7, 10)).toBeUndefined();
    recent.rolledBack();
    recent.committed();
    expect(recent.from(one, 7, 10)).toBeUndefined();
    recent.add(one, record(7));
    recent.committed();
    expect(offsets(recent.from(one, 7, 10))).toEqual([7]);
  });

  it('are answered from any remembered offset on, up to the limit; what is older or elsewhere is not known', () => {
    const recent = new RecentRecords();
    const one = stream(1);
    for (let offset = 3; offset < 9; offset += 1) recent.add(one, record(offset));
    recent.committed();
    expect(offsets(recent.from(one, 4, 3))).toEqual([4, 5, 6]);
    expect(recent.from(one, 2, 3)).toBeUndefined();
    expect(recent.from(one, 9, 3)).toBeUndefined();
    expect(recent.from(stream(2), 3, 3)).toBeUndefined();
  });

  it('are forgotten in order of age, and nothing between two remembered ones is left out', () => {
    const recent = new RecentRecords();
    const one = stream(1);
    const value = 'x'.repeat(1024 * 1024);
    for (let offset = 0; offset < 30; offset += 1) recent.add(one, record(offset, value));
    recent.committed();
    const known = Array.from({ length: 30 }, (_, offset) => offset).filter((offset) => recent.from(one, offset, 1));
    expect(known.at(-1)).toBe(29);
    expect(known[0]).toBeGreaterThan(10);
    expect(known).toEqual(Array.from({ length: known.length }, (_, index) => index + (known[0] ?? 0)));
  });
});

describe('a follower', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  it('gets from memory exactly what a restart reads from the file', async () => {
    const topics = [{ name: 't.v1', partitions: 1, retentionMs: null }];
    const headers = { a: 'b' };
    const texts = ['plain', 'nul \0 inside', 'broken \ud800 surrogate', 'ü 😀', ''];
    const follow = async (storage: ReturnType<typeof open>, group: string) => {
      const got: LogRecord[] = [];
      const handler = async ({ records }: { readonly records: readonly LogRecord[] }) => void got.push(...records);
      await storage.log.subscribe({ group, topics: ['t.v1'], handler });
      return got;
    };
    const first = open(folder.path, { topics });
    const live = await follow(first, 'live');
    await first.log.append(
      texts.map((value, index) => ({ topic: 't.v1', key: value, value, ...(index ? { headers } : {}) })),
    );
    while (live.length < texts.length) await nextTurn();
    await first.close();
    const second = open(folder.path, { topics });
    const read = await follow(second, 'later');
    while (read.length < texts.length) await nextTurn();
    await second.close();
    expect(live).toEqual(read);
  });
});
