import { NO_CRASH_POINTS, SystemClock } from '@tillstream/kernel';
import { SILENT_LOGGER } from '@tillstream/observability';
import { openTempStorage, type TempStorage } from '@tillstream/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ALERTS,
  COLLECTION_DEFINITIONS,
  COUNTS,
  counter,
  inputOf,
  inputRecord,
  TOPIC_DEFINITIONS,
} from '../test/counter.js';
import { createAggregateRuntime } from './aggregate-runtime.js';
import { reviewStates } from './review-states.js';
import type { StateDocument } from './types.js';

const IDS = Array.from({ length: 12 }, (_, index) => `demo:${index}`);
const topics = [COUNTS, ALERTS];

describe('a review of states', () => {
  let s: TempStorage;
  const runtime = () =>
    createAggregateRuntime(counter, {
      store: s.store,
      log: s.log,
      clock: new SystemClock(),
      crash: NO_CRASH_POINTS,
      logger: SILENT_LOGGER,
    });
  beforeEach(async () => {
    s = openTempStorage({ topics: TOPIC_DEFINITIONS, collections: COLLECTION_DEFINITIONS });
    const counters = runtime();
    for (let seq = 1; seq <= 3; seq += 1) await counters.handle(IDS.map((id) => inputOf(inputRecord(id, seq, 5))));
    await counters.settleOutboxes();
  });
  afterEach(() => s.close());

  const review = (options: { readonly repair?: boolean; readonly passes?: number } = {}) =>
    reviewStates(counter, { log: s.log, store: s.store, topics, ...options });

  it.each([1, 4])('finds states equal to the fold of their events in %i passes', async (passes) => {
    expect(await review({ passes })).toEqual({ documents: IDS.length, differences: [], movedOn: 0, repaired: 0 });
  });

  it('names a tampered state, a lost one and one without events, and repairs what events can tell', async () => {
    const found = await s.store.get<StateDocument<{ total: number }>>(counter.name, 'demo:3');
    const { doc, version } = found ?? { doc: null, version: 0 };
    const put = (id: string, document: object, expectedVersion: number) =>
      ({ op: 'put', collection: counter.name, id, doc: document, expectedVersion }) as const;
    await s.store.bulkWrite([
      put('demo:3', { ...doc, state: { ...doc?.state, total: 99 } }, version),
      { op: 'delete', collection: counter.name, id: 'demo:4', expectedVersion: null },
      put('demo:ghost', { ...doc }, 0),
    ]);
    const differences = [
      { collection: counter.name, id: 'demo:3', path: 'state.total' },
      { collection: counter.name, id: 'demo:4', path: '' },
      { collection: counter.name, id: 'demo:ghost', path: '' },
    ];
    expect(await review()).toMatchObject({ differences, repaired: 0 });
    expect(await review({ repair: true })).toMatchObject({ differences, repaired: 2 });
    expect((await review()).differences).toEqual([{ collection: counter.name, id: 'demo:ghost', path: '' }]);
    const mended = await s.store.get<StateDocument<{ total: number }>>(counter.name, 'demo:3');
    expect(mended?.doc.seen).toEqual(doc?.seen);
    expect(mended?.version).toBe(version + 2);
  });

  it('repaired beside its owner is noticed by it: nothing is counted twice, nothing is lost', async () => {
    const owner = runtime();
    await owner.handle(IDS.map((id) => inputOf(inputRecord(id, 4, 1))));
    const found = await s.store.get<StateDocument<object>>(counter.name, 'demo:5');
    const { doc, version } = found ?? { doc: null, version: 0 };
    const tampered = { ...doc, state: { ...doc?.state, total: 0 } };
    await s.store.bulkWrite([
      { op: 'put', collection: counter.name, id: 'demo:5', doc: tampered, expectedVersion: version },
    ]);
    expect(await review({ repair: true })).toMatchObject({ repaired: 1 });
    // The same input again and a new one: the owner's memory of the document is two versions old.
    await owner.handle([inputOf(inputRecord('demo:5', 4, 1)), inputOf(inputRecord('demo:5', 5, 1))]);
    expect(await owner.state('demo:5')).toMatchObject({ total: 17 });
    expect(await review()).toMatchObject({ differences: [], repaired: 0 });
  });

  it('leaves a document alone whose events are not all in the log yet', async () => {
    const found = await s.store.get<StateDocument<object>>(counter.name, 'demo:1');
    const ahead = { ...found?.doc, eventNumber: (found?.doc.eventNumber ?? 0) + 1 };
    await s.store.bulkWrite([
      { op: 'put', collection: counter.name, id: 'demo:1', doc: ahead, expectedVersion: found?.version ?? 0 },
    ]);
    expect(await review({ repair: true })).toMatchObject({ differences: [], movedOn: 1, repaired: 0 });
  });
});
