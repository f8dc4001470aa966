import { deadLetterTopic, encodeEvent, TOPICS } from '@tillstream/contracts';
import { NO_CRASH_POINTS, TransientError } from '@tillstream/kernel';
import { eventually, openTempStorage, SILENT_LOGGER, type TempStorage } from '@tillstream/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { consume, type DecodedRecord, sourceOf } from './consume.js';

const TOPIC = TOPICS.progress.name;

const settled = (seq: number) =>
  encodeEvent({
    id: `e${seq}`,
    type: 'RecordSettled',
    schemaVersion: 1,
    producer: 'record_state/demo:orders:woo:1',
    seq,
    eventNumber: seq,
    tenantId: 'demo',
    occurredAt: '2026-01-05T12:00:00.000Z',
    facts: { syncId: 'run_1', ordinal: seq, target: 'quickbooks', outcome: 'created', remoteCalls: 2, error: null },
  });

let storage: TempStorage;
beforeEach(() => {
  const topics = [TOPIC, deadLetterTopic(TOPIC)].map((name) => ({ name, partitions: 1, retentionMs: null }));
  storage = openTempStorage({ topics });
});
afterEach(() => storage.close());

const append = (...values: string[]) => storage.log.append(values.map((value) => ({ topic: TOPIC, key: 'k', value })));

function start(handle: (events: readonly DecodedRecord[]) => Promise<void>) {
  const { log } = storage;
  return consume({ log, group: 'g', topics: [TOPIC], handle, logger: SILENT_LOGGER, crash: NO_CRASH_POINTS });
}

describe('consume', () => {
  it('hands over decoded events in order, with what says where they lie', async () => {
    const seen: DecodedRecord[] = [];
    await start(async (events) => void seen.push(...events));
    await append(settled(1), settled(2));
    await eventually(() => seen.length === 2);
    expect(seen[1]).toMatchObject({ topic: TOPIC, partition: 0, offset: 1, key: 'k', event: { seq: 2, id: 'e2' } });
    const [first] = seen;
    expect(first && sourceOf(first.event, first.topic, { gapless: true })).toEqual({
      producer: 'record_state/demo:orders:woo:1',
      topic: TOPIC,
      seq: 1,
      gapless: true,
    });
  });

  it('moves what cannot be decoded to the dead-letter topic with its place and reason, and goes on', async () => {
    const seen: number[] = [];
    await start(async (events) => void seen.push(...events.map(({ event }) => event.seq)));
    await append(settled(1), 'no JSON', settled(2), settled(3).replace('RecordSettled', 'Unheard'));
    await eventually(async () => (await storage.log.committedOffsets('g', TOPIC))[0] === 4);
    expect(seen).toEqual([1, 2]);
    expect(await storage.log.read(deadLetterTopic(TOPIC), 0, 0, 9)).toMatchObject([
      { key: 'k', value: 'no JSON', headers: { topic: TOPIC, partition: '0', offset: '1' } },
      { headers: { offset: '3', reason: 'event cannot be decoded: unknown event type Unheard' } },
    ]);
  });

  it('gives the batch again when handling failed, and never commits what was not handled', async () => {
    let calls = 0;
    await start(async () => {
      calls += 1;
      if (calls < 3) throw new TypeError('not yet');
    });
    await append(settled(1));
    await eventually(async () => (await storage.log.committedOffsets('g', TOPIC))[0] === 1);
    expect(calls).toBe(3);
  });

  it('parks the record that makes the handler throw for ever, and handles those around it', async () => {
    const seen: number[] = [];
    await start(async (events) => {
      if (events.some(({ event }) => event.seq === 2)) throw new RangeError('Maximum call stack size exceeded');
      seen.push(...events.map(({ event }) => event.seq));
    });
    await append(settled(1), settled(2), settled(3));
    await eventually(async () => (await storage.log.committedOffsets('g', TOPIC))[0] === 3, { timeoutMs: 15_000 });
    expect(seen).toEqual([1, 3]);
    expect(await storage.log.read(deadLetterTopic(TOPIC), 0, 0, 9)).toMatchObject([
      { value: settled(2), headers: { offset: '1', reason: expect.stringContaining('Maximum call stack') } },
    ]);
  });

  it('parks nothing for trouble from outside, however long it lasts', async () => {
    let calls = 0;
    await start(async () => {
      calls += 1;
      if (calls < 8) throw new TransientError('storage_failed', 'the disk is full');
    });
    await append(settled(1));
    await eventually(async () => (await storage.log.committedOffsets('g', TOPIC))[0] === 1, { timeoutMs: 30_000 });
    expect(await storage.log.read(deadLetterTopic(TOPIC), 0, 0, 9)).toEqual([]);
  });
});
