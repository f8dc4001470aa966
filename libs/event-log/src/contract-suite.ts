import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { partitionOf } from './partition.js';
import type { Assignment, EventLog, LogRecord, RecordBatch, RecordToAppend, TopicDefinition } from './port.js';

/** A fresh, empty log with the given topics, and the way to lose and regain the connection to it. */
export interface EventLogSubject {
  readonly log: EventLog;
  /** Closes and opens again over the same data; `log` is the new instance afterwards. */
  reopen(): Promise<void>;
  dispose(): Promise<void>;
}

export interface EventLogFeatures {
  /** Offsets of a partition are 0, 1, 2 … (SQLite: true; Kafka may have gaps). Default true. */
  readonly gaplessOffsets?: boolean;
  /** How long a delivery may take, real milliseconds (default 5000; a broker's rebalance needs more). */
  readonly deliveryMs?: number;
}

const TOPICS: readonly TopicDefinition[] = [
  { name: 'contract.many.v1', partitions: 4, retentionMs: null },
  { name: 'contract.one.v1', partitions: 1, retentionMs: null },
];
const MANY = 'contract.many.v1';
const ONE = 'contract.one.v1';

const record = (key: string, value: string, topic = MANY): RecordToAppend => ({ topic, key, value });
const numbered = (count: number, key: string, topic = MANY, from = 0) =>
  Array.from({ length: count }, (_, index) => record(key, String(from + index), topic));
const partition = (key: string) => partitionOf(key, 4);
/** Two keys of different partitions. */
const [LEFT, RIGHT] = [
  'left',
  ['r1', 'r2', 'r3', 'r4', 'r5'].find((key) => partition(key) !== partition('left')) ?? '',
];

/** Proves the guarantees of EventLog (port.ts) for one adapter. */
export function eventLogContract(
  name: string,
  factory: (topics: readonly TopicDefinition[]) => Promise<EventLogSubject>,
  { gaplessOffsets = true, deliveryMs = 5000 }: EventLogFeatures = {},
): void {
  describe(`${name}: EventLog contract`, () => {
    let subject: EventLogSubject;
    beforeEach(async () => {
      subject = await factory(TOPICS);
    });
    afterEach(() => subject.dispose());
    const until = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: deliveryMs, interval: 5 });

    async function all(topic: string, index: number): Promise<readonly LogRecord[]> {
      return subject.log.read(topic, index, 0, 10_000);
    }

    /** Collects what a group receives; `fail` decides per batch whether the handler rejects. */
    async function follow(group: string, fail: (batch: RecordBatch) => boolean = () => false, maxBatch = 200) {
      const seen: LogRecord[] = [];
      const batches: RecordBatch[] = [];
      const handler = async (batch: RecordBatch) => {
        batches.push(batch);
        await Promise.resolve();
        if (fail(batch)) throw new TypeError('handler refuses');
        seen.push(...batch.records);
      };
      const subscription = await subject.log.subscribe({ group, topics: [MANY, ONE], maxBatch, handler });
      return {
        seen,
        batches,
        subscription,
        values: (topic = MANY) => seen.filter((r) => r.topic === topic).map((r) => r.value),
      };
    }

    describe('assignment', () => {
      it('names every partition that is delivered, before the first batch', async () => {
        await subject.log.append([...numbered(3, LEFT), ...numbered(3, RIGHT), record('x', 'one', ONE)]);
        const told: Assignment[] = [];
        const early: RecordBatch[] = [];
        const seen: string[] = [];
        const subscription = await subject.log.subscribe({
          group: 'assigned',
          topics: [MANY, ONE],
          onAssigned: async (assignment) => {
            await new Promise((resolve) => setImmediate(resolve));
            told.push(assignment);
          },
          handler: async (batch) => {
            if (!told.at(-1)?.get(batch.topic)?.includes(batch.partition)) early.push(batch);
            seen.push(...batch.records.map(({ value }) => value));
          },
        });
        await until(() => expect(seen.length).toBe(7));
        await subscription.stop();
        expect(early).toEqual([]);
        const partitions = [...(told.at(-1) ?? [])].map(([topic, own]) => [topic, own.toSorted((a, b) => a - b)]);
        expect(new Map(partitions as [string, number[]][])).toEqual(
          new Map([
            [MANY, [0, 1, 2, 3]],
            [ONE, [0]],
          ]),
        );
      });
    });

    describe('append and read', () => {
      it('gives back key, value, headers and time of every record', async () => {
        const before = Date.now() - 60_000;
        const headers = { traceparent: '00-ab-cd-01', ключ: 'значение' };
        const value = `{"name":"Zoë 🧾","nul":"\\u0000","quote":"'\\""}`;
        const [position] = await subject.log.append([{ topic: MANY, key: 'käse:1', value, headers }]);
        expect(position?.partition).toBe(partition('käse:1'));
        const [read] = await all(MANY, position?.partition ?? 0);
        expect(read).toMatchObject({ topic: MANY, key: 'käse:1', value, headers, ...position });
        expect(Number.isInteger(read?.time)).toBe(true);
        expect(read?.time).toBeGreaterThan(before);
      });

      it('stores records without headers, with an empty value and an empty key', async () => {
        await subject.log.append([{ topic: ONE, key: '', value: '', headers: {} }, record('k', 'plain', ONE)]);
        expect(await all(ONE, 0)).toMatchObject([
          { key: '', value: '', headers: {} },
          { value: 'plain', headers: {} },
        ]);
      });

      it('keeps values of several megabytes', async () => {
        const value = JSON.stringify({ note: 'ä'.repeat(700_000) });
        await subject.log.append([record('big', value, ONE), record('small', 'x', ONE)]);
        const records = await all(ONE, 0);
        expect(records.map((each) => each.value.length)).toEqual([value.length, 1]);
        expect(records[0]?.value === value).toBe(true);
      });

      it('appends to several topics and partitions at once, answering in the order of the records', async () => {
        const records = [record(LEFT, '1'), record(RIGHT, '2'), record('x', '3', ONE), record(LEFT, '4')];
        const positions = await subject.log.append(records);
        expect(positions.map((each) => each.partition)).toEqual([
          partition(LEFT),
          partition(RIGHT),
          0,
          partition(LEFT),
        ]);
        for (const [index, position] of positions.entries()) {
          const { topic, value } = records[index] ?? record('', '');
          expect(await subject.log.read(topic, position.partition, position.offset, 1)).toMatchObject([{ value }]);
        }
      });

      it('keeps the order of one key when many appends run at once, and gives no position twice', async () => {
        const writes = Array.from({ length: 50 }, (_, index) => subject.log.append(numbered(2, LEFT, MANY, index * 2)));
        const positions = (await Promise.all(writes)).flat();
        const values = (await all(MANY, partition(LEFT))).map((each) => Number(each.value));
        expect(values).toEqual(Array.from({ length: 100 }, (_, index) => index));
        expect(new Set(positions.map((each) => each.offset)).size).toBe(100);
        const offsets = positions.map((each) => each.offset);
        expect(offsets).toEqual(gaplessOffsets ? values : [...offsets].sort((a, b) => a - b));
      });

      it('reads from an offset up to a limit, and nothing beyond the end', async () => {
        const positions = await subject.log.append(numbered(10, 'k', ONE));
        const offset = positions[4]?.offset ?? -1;
        const page = await subject.log.read(ONE, 0, offset, 3);
        expect(page.map((each) => each.value)).toEqual(['4', '5', '6']);
        const [end = 0] = await subject.log.endOffsets(ONE);
        expect(end).toBeGreaterThan(positions.at(-1)?.offset ?? end);
        expect(await subject.log.read(ONE, 0, end, 3)).toEqual([]);
      });

      it('refuses topics that were never declared, storing nothing of that append', async () => {
        await expect(subject.log.append([record('k', 'v', ONE), record('k', 'v', 'contract.none.v1')])).rejects.toThrow(
          expect.objectContaining({ code: 'topic_unknown' }),
        );
        expect(await all(ONE, 0)).toEqual([]);
        expect(await subject.log.append([])).toEqual([]);
      });

      it('still has every acknowledged record after a reopen, and goes on behind them', async () => {
        await subject.log.append(numbered(3, 'k', ONE));
        await subject.reopen();
        await subject.log.append(numbered(1, 'k', ONE, 3));
        expect((await all(ONE, 0)).map((each) => each.value)).toEqual(['0', '1', '2', '3']);
      });
    });

    describe('subscribe', () => {
      it('delivers what was there before and what comes later, each partition in order', async () => {
        await subject.log.append([...numbered(5, LEFT), ...numbered(5, RIGHT)]);
        const { seen, values } = await follow('g');
        await until(() => expect(seen.length).toBe(10));
        await subject.log.append([...numbered(5, LEFT, MANY, 5), ...numbered(5, 'k', ONE)]);
        await until(() => expect(seen.length).toBe(20));
        for (const key of [LEFT, RIGHT]) {
          const own = seen.filter((each) => each.key === key).map((each) => Number(each.value));
          expect(own).toEqual([...own].sort((a, b) => a - b));
        }
        expect(values(ONE)).toEqual(['0', '1', '2', '3', '4']);
      });

      it('gives batches of one partition, never longer than maxBatch, one at a time', async () => {
        await subject.log.append([...numbered(25, LEFT), ...numbered(25, RIGHT)]);
        const running = new Map<number, number>();
        let overlapping = 0;
        let received = 0;
        const handler = async ({ partition: index, records }: RecordBatch) => {
          overlapping = Math.max(overlapping, (running.get(index) ?? 0) + 1);
          running.set(index, (running.get(index) ?? 0) + 1);
          expect(records.every((each) => each.partition === index)).toBe(true);
          expect(records.length).toBeLessThanOrEqual(4);
          await new Promise((resolve) => setTimeout(resolve, 1));
          received += records.length;
          running.set(index, (running.get(index) ?? 0) - 1);
        };
        const subscription = await subject.log.subscribe({ group: 'g', topics: [MANY], maxBatch: 4, handler });
        await until(() => expect(received).toBe(50));
        expect(overlapping).toBe(1);
        expect(subscription.lastError).toBeUndefined();
      });

      it('keeps a pace when asked: the first batch at once, the next one when it is full', async () => {
        const sizes: number[] = [];
        const handler = async ({ records }: RecordBatch) => void sizes.push(records.length);
        await subject.log.subscribe({ group: 'g', topics: [ONE], maxBatch: 3, paceMs: 3_600_000, handler });
        await subject.log.append(numbered(1, 'k', ONE));
        await until(() => expect(sizes).toEqual([1]));
        for (let index = 1; index < 4; index += 1) await subject.log.append(numbered(1, 'k', ONE, index));
        await until(() => expect(sizes).toEqual([1, 3]));
      });

      it('lets no more than the pace pass before a batch that is not full', async () => {
        const began: number[] = [];
        const handler = async () => void began.push(performance.now());
        await subject.log.subscribe({ group: 'g', topics: [ONE], paceMs: 40, handler });
        await subject.log.append(numbered(1, 'k', ONE));
        await until(() => expect(began.length).toBe(1));
        await subject.log.append(numbered(1, 'k', ONE, 1));
        await until(() => expect(began.length).toBe(2));
        expect((began[1] ?? 0) - (began[0] ?? 0)).toBeGreaterThanOrEqual(30);
      });

      it('delivers a batch again while its handler rejects, without moving the offset, and goes on elsewhere', async () => {
        const failing = { now: true };
        const { seen, batches, subscription } = await follow(
          'g',
          (b) => failing.now && b.partition === partition(LEFT) && b.topic === MANY,
        );
        await subject.log.append([...numbered(3, LEFT), ...numbered(3, RIGHT)]);
        const failed = () => batches.filter((each) => each.partition === partition(LEFT));
        await until(() => {
          expect(failed().length).toBeGreaterThan(1);
          expect(seen.map((each) => each.key)).toEqual([RIGHT, RIGHT, RIGHT]);
        });
        expect(subscription.lastError?.message).toBe('handler refuses');
        expect((await subject.log.committedOffsets('g', MANY))[partition(LEFT)]).toBe(0);
        expect(failed()[1]?.records.map((each) => each.value)).toEqual(failed()[0]?.records.map((each) => each.value));
        failing.now = false;
        await until(() =>
          expect(seen.filter((each) => each.key === LEFT).map((each) => each.value)).toEqual(['0', '1', '2']),
        );
        await until(() => expect(subscription.lastError).toBeUndefined());
      });

      it('continues behind the last committed batch after a reopen, missing nothing', async () => {
        await subject.log.append(numbered(6, 'k', ONE));
        const first = await follow('g', () => false, 2);
        await until(async () =>
          expect(await subject.log.committedOffsets('g', ONE)).toEqual(await subject.log.endOffsets(ONE)),
        );
        await first.subscription.stop();
        await subject.log.append(numbered(2, 'k', ONE, 6));
        await subject.reopen();
        const second = await follow('g');
        await until(() => expect(second.values(ONE)).toEqual(['6', '7']));
      });

      it('delivers to every group on its own', async () => {
        await subject.log.append(numbered(3, 'k', ONE));
        const blocked = await follow('blocked', () => true);
        const free = await follow('free');
        await until(() => expect(free.values(ONE)).toEqual(['0', '1', '2']));
        await until(async () =>
          expect(await subject.log.committedOffsets('free', ONE)).toEqual(await subject.log.endOffsets(ONE)),
        );
        expect(await subject.log.committedOffsets('blocked', ONE)).toEqual([0]);
        await blocked.subscription.stop();
      });

      it('stops: waits for the running handler, tells it by its signal, delivers nothing more, and can begin again', async () => {
        const entered = Promise.withResolvers<RecordBatch>();
        const finish = Promise.withResolvers<void>();
        let calls = 0;
        const handler = async (batch: RecordBatch) => {
          calls += 1;
          entered.resolve(batch);
          await finish.promise;
        };
        const subscription = await subject.log.subscribe({ group: 'g', topics: [ONE], maxBatch: 1, handler });
        await subject.log.append(numbered(2, 'k', ONE));
        const batch = await entered.promise;
        let stopped = false;
        const stopping = subscription.stop().then(() => {
          stopped = true;
        });
        await new Promise((resolve) => setTimeout(resolve, 20));
        expect([stopped, batch.signal.aborted]).toEqual([false, true]);
        finish.resolve();
        await stopping;
        await subscription.stop();
        expect(calls).toBe(1);
        const again = await follow('g');
        await until(() => expect(again.values(ONE).at(-1)).toBe('1'));
      });
    });

    describe('tail', () => {
      it('follows from now on, keeps no offset, and ends with stop', async () => {
        await subject.log.append(numbered(2, 'k', ONE));
        const seen: LogRecord[] = [];
        const tail = await subject.log.tail({ topics: [ONE], onRecord: (each) => seen.push(each) });
        await subject.log.append([...numbered(2, 'k', ONE, 2), record(LEFT, 'other topic')]);
        await until(() => expect(seen.map((each) => each.value)).toEqual(['2', '3']));
        expect(seen).toEqual((await all(ONE, 0)).slice(2));
        await tail.stop();
        await subject.log.append(numbered(1, 'k', ONE, 4));
        await new Promise((resolve) => setTimeout(resolve, 20));
        expect(seen.length).toBe(2);
      });

      it('does not fail the producer when a follower throws', async () => {
        const onRecord = () => {
          throw new TypeError('follower is broken');
        };
        const tail = await subject.log.tail({ topics: [ONE], onRecord });
        await subject.log.append(numbered(1, 'k', ONE));
        await until(() => expect(tail.lastError?.message).toBe('follower is broken'));
        expect((await all(ONE, 0)).length).toBe(1);
      });
    });

    describe('offsets', () => {
      it('are 0 for a topic never written and a group never seen, one per partition', async () => {
        expect(await subject.log.endOffsets(MANY)).toEqual([0, 0, 0, 0]);
        expect(await subject.log.committedOffsets('nobody', MANY)).toEqual([0, 0, 0, 0]);
      });
    });
  });
}
