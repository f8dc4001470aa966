import { fileURLToPath } from 'node:url';
import type { StoredEvent } from '@tillstream/contracts';
import { type CrashPoint, SystemClock } from '@tillstream/kernel';
import { openEmbeddedStorage } from '@tillstream/sqlite';
import { startTypeScript, tempDir } from '@tillstream/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ALERTS, COLLECTION_DEFINITIONS, COUNTS, counter, inputRecord, TOPIC_DEFINITIONS } from '../test/counter.js';
import { rebuildStates } from './rebuild.js';
import type { StateDocument } from './types.js';

const CHILD = fileURLToPath(new URL('../test/crash-child.ts', import.meta.url));
const IDS = ['a:1', 'a:2', 'b:1', 'b:2', 'b:3'];
const AMOUNTS = Array.from({ length: 12 }, (_, index) => index + 1);
const POINTS: readonly CrashPoint[] = [
  'log.append.before',
  'log.append.after',
  'store.write.before',
  'store.write.after',
  'outbox.append.before',
  'outbox.append.after',
  'offset.commit.before',
  'offset.commit.after',
];

let folder: ReturnType<typeof tempDir>;
beforeEach(() => {
  folder = tempDir();
});
afterEach(() => folder.remove());

function open() {
  const options = { topics: TOPIC_DEFINITIONS, collections: COLLECTION_DEFINITIONS, clock: new SystemClock() };
  return openEmbeddedStorage({ dataDir: folder.path, ...options });
}

async function appendInputs(): Promise<void> {
  const storage = open();
  await storage.log.append(AMOUNTS.flatMap((amount) => IDS.map((id) => inputRecord(id, amount, amount))));
  await storage.close();
}

const run = (point: CrashPoint | 'none', hit: number) =>
  startTypeScript(CHILD, [folder.path, point, String(hit)]).ended;

describe('a process killed with SIGKILL', () => {
  it.each(POINTS.flatMap((point) => [1, 5].map((hit) => [point, hit] as const)))(
    'at %s (hit %i) counts every input once and publishes every event, gapless',
    async (point, hit) => {
      await appendInputs();
      expect(await run(point, hit)).toBe('SIGKILL');
      expect(await run('none', 0)).toBe(0);

      const storage = open();
      const documents = await storage.store.getMany<StateDocument<{ applied: number[] }>>(counter.name, IDS);
      const rebuilt = await rebuildStates(counter, storage.log, [COUNTS, ALERTS]);
      const pending = await storage.store.count(counter.name, { outboxPending: true });
      const published = new Map<string, Set<number>>();
      for (const topic of [COUNTS, ALERTS]) {
        for (const partition of (await storage.log.endOffsets(topic)).keys()) {
          for (const record of await storage.log.read(topic, partition, 0, 10_000)) {
            const { producer, seq } = JSON.parse(record.value) as StoredEvent;
            const stream = `${producer}|${topic}`;
            published.set(stream, (published.get(stream) ?? new Set()).add(seq));
          }
        }
      }
      await storage.close();
      for (const id of IDS) {
        const { doc } = documents.get(id) ?? {};
        expect(doc?.state.applied).toEqual(AMOUNTS);
        expect(rebuilt.get(id)).toEqual({ state: doc?.state, eventNumber: doc?.eventNumber, seqs: doc?.seqs });
        expect(Math.max(...(published.get(`counter_state/${id}|${COUNTS}`) ?? []))).toBe(AMOUNTS.length);
      }
      // The timer fired in both lives or only in the second; whatever it decided is in the log (D3).
      const timer = rebuilt.get('timer:1')?.state.applied.length ?? 0;
      expect([1, 2]).toContain(timer);
      for (const seqs of published.values()) expect(Math.max(...seqs)).toBe(seqs.size);
      expect(pending).toBe(0);
    },
  );
});
