import { eventId, type StoredEvent } from '@tillstream/contracts';
import { SystemClock } from '@tillstream/kernel';
import { CrashRecorder, openTempStorage, SILENT_LOGGER, type TempStorage } from '@tillstream/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ALERTS, COLLECTION_DEFINITIONS, COUNTS, counter, INPUTS, TOPIC_DEFINITIONS } from '../test/counter.js';
import { type AggregateRuntimeParts, createAggregateRuntime } from './aggregate-runtime.js';
import { rebuildStates } from './rebuild.js';
import type { Alarm, InputSource, StateDocument } from './types.js';

let storage: TempStorage;
let crash: CrashRecorder;
let alarms: Alarm[];

beforeEach(() => {
  crash = new CrashRecorder();
  alarms = [];
  storage = openTempStorage({ topics: TOPIC_DEFINITIONS, collections: COLLECTION_DEFINITIONS });
});
afterEach(() => storage.close());

function start(parts: Partial<AggregateRuntimeParts> = {}) {
  const { log, store } = storage;
  const onAlarm = (alarm: Alarm) => alarms.push(alarm);
  const clock = new SystemClock();
  return createAggregateRuntime(counter, { log, store, clock, crash, logger: SILENT_LOGGER, onAlarm, ...parts });
}

const from = (seq: number, gapless = false): InputSource => ({ producer: 'p/1', topic: INPUTS, seq, gapless });
const add = (amount: number, seq: number, id = 'a:1') => ({ id, input: { add: amount }, source: from(seq) });

async function published(topic: string): Promise<StoredEvent[]> {
  const ends = await storage.log.endOffsets(topic);
  const pages = await Promise.all(ends.map((end, partition) => storage.log.read(topic, partition, 0, end + 1)));
  return pages.flat().map((record) => JSON.parse(record.value) as StoredEvent);
}

const document = async (id = 'a:1') => (await storage.store.get<StateDocument<unknown>>(counter.name, id))?.doc;

describe('an aggregate runtime', () => {
  it('stores the state and publishes each event with gapless seq per topic and eventNumber over all topics', async () => {
    const [first, second] = await start().handle([add(3, 1), add(2, 2)]);
    expect([first?.state.total, second?.state.total]).toEqual([3, 5]);
    const [counts, alerts] = [await published(COUNTS), await published(ALERTS)];
    expect(counts.map(({ seq, eventNumber }) => [seq, eventNumber])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(alerts).toMatchObject([
      { type: 'Alerted', producer: 'counter_state/a:1', seq: 1, eventNumber: 3, tenantId: 'a', facts: { total: 5 } },
    ]);
    expect(alerts[0]?.id).toBe(eventId('counter_state/a:1', ALERTS, 1));
  });

  it('GUARD seq-check: counts the same event once, and an old event after newer ones not at all', async () => {
    const runtime = start();
    await runtime.handle([add(1, 1), add(2, 2)]);
    const [again, old] = await runtime.handle([add(2, 2), add(1, 1)]);
    expect([again?.repeated, old?.repeated]).toEqual([true, true]);
    expect(await start().handle([add(2, 2)])).toMatchObject([{ repeated: true, state: { total: 3 }, events: [] }]);
    expect(new Set((await published(COUNTS)).map((event) => event.id)).size).toBe(2);
  });

  it('GUARD outbox-reappend: publishes by recover() what no input will ever repeat', async () => {
    crash.crashAt('outbox.append.before');
    await expect(start().execute('a:1', { add: 4 })).rejects.toThrow('planned crash');
    expect(await published(COUNTS)).toEqual([]);
    expect(await start().recover()).toBe(1);
    expect(await published(COUNTS)).toMatchObject([{ seq: 1, facts: { amount: 4 } }]);
    expect(await document()).toMatchObject({ outboxPending: false, outbox: [] });
    expect(await start().recover()).toBe(0);
  });

  it('publishes again when the input is repeated after a crash between store and log', async () => {
    crash.crashAt('outbox.append.before');
    await expect(start().handle([add(4, 1)])).rejects.toThrow('planned crash');
    expect(await start().handle([add(4, 1)])).toMatchObject([{ repeated: true, state: { total: 4 } }]);
    expect((await published(COUNTS)).map((event) => event.seq)).toEqual([1]);
  });

  it('GUARD version-check: loses no update to another writer of the same document', async () => {
    const [one, other] = [start(), start()];
    await one.execute('a:1', { add: 1 });
    await other.execute('a:1', { add: 2 });
    await one.execute('a:1', { add: 4 });
    expect((await other.execute('a:1', { add: 8 })).state).toMatchObject({ total: 15, applied: [1, 2, 4, 8] });
  });

  it('rebuilds every document from the log (I5)', async () => {
    const runtime = start();
    await Promise.all([1, 2, 3, 4, 5].map((n) => runtime.execute(`a:${n % 2}`, { add: n })));
    const rebuilt = await rebuildStates(counter, storage.log, [COUNTS, ALERTS]);
    expect(rebuilt.size).toBe(2);
    for (const [id, { state }] of rebuilt) expect(state).toEqual(await runtime.state(id));
  });
});
