import { eventId, type StoredEvent } from '@tillstream/contracts';
import type { DocumentStore } from '@tillstream/document-store';
import { ManualClock, SystemClock } from '@tillstream/kernel';
import { CrashRecorder, eventually, openTempStorage, SILENT_LOGGER, type TempStorage } from '@tillstream/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ALERTS,
  COLLECTION_DEFINITIONS,
  COUNTS,
  counter,
  INPUTS,
  inputRecord,
  TOPIC_DEFINITIONS,
} from '../test/counter.js';
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

function parts(some: Partial<AggregateRuntimeParts> = {}): AggregateRuntimeParts {
  const { log, store } = storage;
  const onAlarm = (alarm: Alarm) => void alarms.push(alarm);
  return { log, store, clock: new SystemClock(), crash, logger: SILENT_LOGGER, onAlarm, ...some };
}

function start(some: Partial<AggregateRuntimeParts> = {}) {
  return createAggregateRuntime(counter, parts(some));
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

  it('raises event_gap where a document receives all events of a producer, also after a restart, and only there', async () => {
    const zero = (seq: number) => ({ id: 'a:1', input: { add: 0 }, source: from(seq, true) });
    await start().handle([{ id: 'a:1', input: { add: 1 }, source: from(1, true) }, zero(2)]);
    await start().handle([zero(3), add(1, 9, 'a:2')]);
    expect(alarms).toEqual([]);
    await start().handle([zero(6)]);
    expect(alarms).toMatchObject([
      { code: 'event_gap', detail: { document: 'counter_state/a:1', lastSeen: 3, seq: 6 } },
    ]);
  });

  it('takes several inputs of one event for one document as one occurrence', async () => {
    const runtime = start();
    const twins = [add(1, 1), add(2, 1)];
    expect((await runtime.handle(twins)).map((result) => result.repeated)).toEqual([false, false]);
    expect((await runtime.handle(twins)).map((result) => result.repeated)).toEqual([true, true]);
    expect((await runtime.state('a:1'))?.applied).toEqual([1, 2]);
  });

  it('writes nothing when nothing was decided', async () => {
    const runtime = start();
    const [result] = await runtime.handle([add(0, 1)]);
    expect(result).toMatchObject({ version: 0, events: [], repeated: false });
    expect(await document()).toBeUndefined();
    expect(await runtime.state('a:1')).toBeNull();
    expect((await runtime.handle([add(0, 1)]))[0]?.repeated).toBe(true);
  });

  it('refuses an event that is published nowhere: its state could not be rebuilt (I5)', async () => {
    const { log, store } = storage;
    const silent = { ...counter, publish: () => [] };
    const runtime = createAggregateRuntime(silent, {
      log,
      store,
      clock: new SystemClock(),
      crash,
      logger: SILENT_LOGGER,
    });
    const refused = expect.objectContaining({ code: 'event_unpublished', family: 'invariant' });
    await expect(runtime.execute('a:1', { add: 1 })).rejects.toThrow(refused);
    expect(await document()).toBeUndefined();
  });

  it('handles inputs of one document in order, however many calls run at once', async () => {
    const runtime = start();
    const ids = ['a:1', 'a:2', 'a:3'];
    const amounts = Array.from({ length: 20 }, (_, index) => index + 1);
    await Promise.all(
      amounts.map((amount) => runtime.handle([...ids, ...ids].map((id) => ({ id, input: { add: amount } })))),
    );
    for (const id of ids) {
      expect((await runtime.state(id))?.applied).toEqual(amounts.flatMap((amount) => [amount, amount]));
    }
    const seqs = (await published(COUNTS)).filter((event) => event.producer === 'counter_state/a:1').map((e) => e.seq);
    expect(seqs).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  });

  it('decides again on the newer state when several writers race, losing and doubling nothing', async () => {
    const writers = [start(), start(), start()];
    await Promise.all(
      writers.flatMap((writer, index) =>
        Array.from({ length: 6 }, (_, n) =>
          writer.handle(['a:1', 'a:2'].map((id) => ({ id, input: { add: index * 10 + n + 1 } }))),
        ),
      ),
    );
    const rebuilt = await rebuildStates(counter, storage.log, [COUNTS, ALERTS]);
    for (const id of ['a:1', 'a:2']) {
      const stored = await document(id);
      expect(stored?.state).toMatchObject({ total: 3 * 21 + 6 * 30 });
      expect(rebuilt.get(id)?.state).toEqual(stored?.state);
    }
  });

  it('publishes on the next try what could not be appended, also when the input was no repeat', async () => {
    const runtime = start();
    const [append, refused] = [storage.log.append.bind(storage.log), new TypeError('log is away')];
    storage.log.append = () => Promise.reject(refused);
    await expect(runtime.execute('a:1', { add: 1 })).rejects.toThrow(refused);
    storage.log.append = append;
    await runtime.execute('a:1', { add: 2 });
    expect((await published(COUNTS)).map((event) => event.seq)).toEqual([1, 2]);
  });

  it('looks at the store again when it is unknown whether a write arrived', async () => {
    const runtime = start();
    await runtime.execute('a:1', { add: 1 });
    const write = storage.store.bulkWrite.bind(storage.store);
    storage.store.bulkWrite = async (operations) => {
      await write(operations);
      throw new TypeError('answer lost');
    };
    await expect(runtime.handle([add(2, 1)])).rejects.toThrow('answer lost');
    storage.store.bulkWrite = write;
    expect(await runtime.handle([add(2, 1)])).toMatchObject([{ repeated: true, state: { applied: [1, 2] } }]);
    expect((await published(COUNTS)).map((event) => event.seq)).toEqual([1, 2]);
  });

  it('clears published outboxes in bulk about a second later, or when told to, and then repeats nothing', async () => {
    const clock = new ManualClock();
    const runtime = start({ clock });
    await runtime.handle([add(1, 1, 'a:1'), add(2, 1, 'a:2')]);
    expect(await storage.store.count(counter.name, { outboxPending: true })).toBe(2);
    clock.advance(1000);
    await eventually(async () => (await storage.store.count(counter.name, { outboxPending: true })) === 0);
    expect(clock.nextTimerAt()).toBeUndefined();
    await runtime.handle([add(3, 2, 'a:1')]);
    await runtime.settleOutboxes();
    expect(await document()).toMatchObject({ outbox: [], outboxPending: false, state: { applied: [1, 3] } });
    expect(await start().recover()).toBe(0);
    expect((await published(COUNTS)).length).toBe(3);
  });

  it('leaves outboxes alone while work goes on, which clears them with the next write anyway', async () => {
    const clock = new ManualClock();
    const runtime = start({ clock });
    const pending = () => storage.store.count(counter.name, { outboxPending: true });
    await runtime.execute('a:1', { add: 1 });
    clock.advance(500);
    await runtime.execute('a:2', { add: 1 });
    clock.advance(500);
    await storage.log.append([inputRecord('a:3', 1, 1)]); // a later commit: whatever was queued is stored now
    expect(await pending()).toBe(2);
    clock.advance(1000);
    await eventually(async () => (await pending()) === 0);
  });

  it('asks the store once for a document that is not there, and finds out by its version when that is old news', async () => {
    const reads = vi.spyOn(storage.store, 'getMany');
    const runtime = start();
    expect([await runtime.state('a:1'), await runtime.state('a:1')]).toEqual([null, null]);
    expect(reads).toHaveBeenCalledTimes(1);
    reads.mockRestore();
    await start().execute('a:1', { add: 4 });
    expect((await runtime.execute('a:1', { add: 1 })).state.total).toBe(5);
    expect((await runtime.state('a:1'))?.total).toBe(5);
  });

  it('keeps only so many documents in memory, and needs none of them', async () => {
    const runtime = start({ cacheEntries: 2 });
    const ids = ['a:1', 'a:2', 'a:3', 'a:4'];
    for (const amount of [1, 2]) await runtime.handle(ids.map((id) => ({ id, input: { add: amount } })));
    for (const id of ids) expect((await document(id))?.state).toMatchObject({ applied: [1, 2] });
    expect((await published(COUNTS)).length).toBe(8);
  });

  it('recovers more documents than fit one page', async () => {
    const ids = Array.from({ length: 1203 }, (_, index) => `a:${index}`);
    crash.crashAt('outbox.append.before');
    await expect(start().handle(ids.map((id) => ({ id, input: { add: 1 } })))).rejects.toThrow('planned crash');
    expect(await start().recover()).toBe(1203);
    expect(new Set((await published(COUNTS)).map((event) => event.producer)).size).toBe(1203);
  });

  it('GUARD nothing-on-old-state: where others write, too, never concludes from memory that there is nothing to do', async () => {
    /** Finishes once its total is ten: nothing before, which another process may have changed. */
    const finishing: typeof counter = {
      ...counter,
      decide: ({ add }, state) => (add < 0 && state.total < 10 ? [] : counter.decide({ add }, state, CONTEXT)),
    };
    const store = sharedBy(storage.store);
    const one = createAggregateRuntime(finishing, parts({ store }));
    const other = createAggregateRuntime(finishing, parts({ store }));
    await one.execute('a:1', { add: 1 });
    await other.execute('a:1', { add: 9 });
    expect((await one.execute('a:1', { add: -1 })).events).toMatchObject([{ type: 'Added' }]);
    expect((await other.state('a:1'))?.total).toBe(9);
  });
});

const CONTEXT = { now: 0, tenantId: 'a' };

/** The same documents as another process sees them. */
function sharedBy(store: DocumentStore): DocumentStore {
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'exclusive') return false;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
