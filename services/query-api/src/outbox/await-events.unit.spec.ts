import { encodeEvent, eventId, type StoredEvent, TOPICS } from '@tillstream/contracts';
import type { EventLog, LogRecord, TailOptions } from '@tillstream/event-log';
import { ManualClock } from '@tillstream/kernel';
import { SILENT_LOGGER } from '@tillstream/observability';
import { beforeEach, describe, expect, it } from 'vitest';
import { createEventWaiter, type EventWaiter } from './await-events.js';

const topic = TOPICS.runs.name;

function replayed(syncId: string, value?: string): LogRecord {
  const event: StoredEvent = {
    id: eventId('p', topic, 1),
    type: 'RunReplayed',
    schemaVersion: 1,
    producer: 'p',
    seq: 1,
    eventNumber: 1,
    tenantId: 'demo',
    occurredAt: '2026-01-05T12:00:00.000Z',
    facts: { syncId, originalSyncId: 'run_0' },
  };
  return { topic, partition: 0, offset: 0, key: 'k', headers: {}, value: value ?? encodeEvent(event), time: 0 };
}

describe('waiting for an event', () => {
  const clock = new ManualClock();
  let deliver: TailOptions['onRecord'];
  let waiter: EventWaiter;
  beforeEach(async () => {
    const tail: EventLog['tail'] = async ({ onRecord }) => {
      deliver = onRecord;
      return { stop: async () => {}, lastError: undefined };
    };
    const log = { tail } as EventLog;
    const answers = (event: { type: string; facts: object }) =>
      event.type === 'RunReplayed' && 'syncId' in event.facts ? String(event.facts.syncId) : null;
    waiter = createEventWaiter({ log, clock, logger: SILENT_LOGGER, topics: [topic], answers });
    await waiter.start();
  });

  it('ends with the one that answers it, whatever else comes by', async () => {
    const answer = waiter.wait('run_1', 5_000);
    deliver(replayed('run_2'));
    deliver(replayed('run_1', 'not an event'));
    deliver(replayed('run_1'));
    expect(await answer).toMatchObject({ type: 'RunReplayed', facts: { syncId: 'run_1' } });
  });

  it('ends with nothing after its time, not before', async () => {
    const answer = waiter.wait('run_1', 5_000);
    const first = await Promise.race([answer, Promise.resolve('waiting')]);
    clock.advance(4_999);
    expect(first).toBe('waiting');
    expect(clock.nextTimerAt()).toBe(clock.now() + 1);
    clock.advance(1);
    expect(await answer).toBeNull();
  });

  it('ends at once when the service stops, also for who comes later', async () => {
    const before = waiter.wait('run_1', 5_000);
    await waiter.stop();
    expect(await before).toBeNull();
    expect(await waiter.wait('run_2', 5_000)).toBeNull();
    expect(clock.nextTimerAt()).toBeUndefined();
  });
});
