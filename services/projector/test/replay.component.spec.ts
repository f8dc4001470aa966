import { allTopicDefinitions, COLLECTIONS } from '@tillstream/contracts';
import type { DocumentStore } from '@tillstream/document-store';
import { openTempStorage, type TempStorage } from '@tillstream/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { History } from '../bench/history.js';
import { applyBatch, type ProjectedEvent, SHADOW_COLLECTIONS } from '../src/index.js';
import { AT_THE_START, endsOf, replay } from '../src/rebuild/replay.js';
import { READ_MODELS, shadowOf } from '../src/rebuild/shadows.js';

const EVENTS = 6000;

describe('a replay', () => {
  const records = [...new History().records(EVENTS)].flat();
  let s: TempStorage;
  beforeEach(async () => {
    s = openTempStorage({
      topics: allTopicDefinitions(),
      collections: [...Object.values(COLLECTIONS), ...SHADOW_COLLECTIONS],
    });
    await s.log.append(records.slice(0, EVENTS / 2));
    await applyBatch(s.store, records.map(projected));
  });
  afterEach(() => s.close());

  async function dump(store: DocumentStore, placeOf: (collection: string) => string): Promise<Map<string, object>> {
    const found = new Map<string, object>();
    for (const collection of READ_MODELS) {
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof store.find<object>>> = await store.find<object>(placeOf(collection), {
          limit: 1000,
          ...(cursor === null ? {} : { cursor }),
        });
        for (const { id, doc } of page.items) found.set(`${collection}/${id}`, doc);
        cursor = page.nextCursor;
      } while (cursor !== null);
    }
    return found;
  }

  // 20 records and 5000 characters: documents are made, forgotten and read again all the time.
  it.each([{}, { page: 20, mostCharacters: 5_000 }])(
    'gives the documents of the live fold, with limits %j, in two parts',
    async (limits) => {
      const parts = { log: s.log, store: s.store, placeOf: shadowOf, ...limits };
      const middle = await endsOf(s.log);
      await replay(AT_THE_START, middle, parts);
      await s.log.append(records.slice(EVENTS / 2));
      await replay(middle, await endsOf(s.log), parts);
      const replayed = await dump(s.store, shadowOf);
      expect(replayed.size).toBeGreaterThan(500);
      expect(replayed).toEqual(await dump(s.store, (collection) => collection));
    },
  );

  it('leaves out what cannot be decoded, and refuses to write over documents that are there already', async () => {
    const [first] = records;
    await s.log.append([{ topic: 'sync.events.v1', key: first?.key ?? '', value: '{"type":"Nobody knows"}' }]);
    const parts = { log: s.log, store: s.store, placeOf: shadowOf };
    await replay(AT_THE_START, await endsOf(s.log), parts);
    await expect(replay(AT_THE_START, await endsOf(s.log), parts)).rejects.toMatchObject({
      code: 'read_model_contended',
    });
  });
});

function projected({ topic, key, value }: { topic: string; key: string; value: string }): ProjectedEvent {
  return { topic, key, event: JSON.parse(value) as ProjectedEvent['event'] };
}
