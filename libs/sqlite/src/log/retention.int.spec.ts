import { ManualClock } from '@tillstream/kernel';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { open, temporaryFolder } from '../../test/open.js';

const HOUR = 3_600_000;
const topics = [
  { name: 'work.v1', partitions: 1, retentionMs: 24 * HOUR },
  { name: 'facts.v1', partitions: 1, retentionMs: null },
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

const append = (topic: string, values: readonly string[]) =>
  storage.log.append(values.map((value) => ({ topic, key: 'k', value })));
const values = async (topic: string) => (await storage.log.read(topic, 0, 0, 10_000)).map((record) => record.value);
const many = Array.from({ length: 1200 }, (_, n) => `old ${n}`);

async function dayLater(): Promise<void> {
  clock.advance(25 * HOUR);
  await append('work.v1', ['new']);
}

describe('retention', () => {
  it('removes expired records of topics that expire, and keeps facts for ever', async () => {
    await append('work.v1', many);
    await append('facts.v1', many);
    await dayLater();
    await vi.waitFor(async () => expect(await values('work.v1')).toEqual(['new']));
    expect(await values('facts.v1')).toEqual(many);
  });

  it('keeps what a group has yet to read, and delivers it', async () => {
    let refuse = true;
    const seen: string[] = [];
    await storage.log.subscribe({
      group: 'slow',
      topics: ['work.v1'],
      handler: async ({ records }) => {
        if (refuse) throw new TypeError('not yet');
        seen.push(...records.map((record) => record.value));
      },
    });
    await append('work.v1', ['old 0', 'old 1']);
    await dayLater();
    await append('facts.v1', ['turn']);
    expect(await values('work.v1')).toEqual(['old 0', 'old 1', 'new']);
    refuse = false;
    await vi.waitFor(() => {
      clock.advance(60_000);
      expect(seen).toEqual(['old 0', 'old 1', 'new']);
    });
  });

  it('goes on counting offsets where it was, also after everything expired', async () => {
    await append('work.v1', ['a', 'b']);
    clock.advance(25 * HOUR);
    await vi.waitFor(async () => {
      await append('facts.v1', ['turn']);
      expect(await values('work.v1')).toEqual(['b']);
    });
    await storage.close();
    storage = open(folder.path, { topics, clock });
    expect(await storage.log.endOffsets('work.v1')).toEqual([2]);
    expect(await append('work.v1', ['c'])).toEqual([{ partition: 0, offset: 2 }]);
  });
});
