import type { Lane } from '@tillstream/contracts';
import { ManualClock } from '@tillstream/kernel';
import { describe, expect, it } from 'vitest';
import { type DeliveryEnd, type QueuedWork, RealmScheduler } from './realm-scheduler.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

function setUp(maxDeliveries = 2) {
  const clock = new ManualClock();
  const started: string[] = [];
  const running = new Map<string, (end: DeliveryEnd | Error) => void>();
  const defects: string[] = [];
  const scheduler = new RealmScheduler({
    clock,
    maxDeliveries,
    deliver: ({ id, lane }) =>
      new Promise((resolve, reject) => {
        started.push(`${id}:${lane}`);
        running.set(id, (end) => (end instanceof Error ? reject(end) : resolve(end)));
      }),
    onDefect: ({ id }) => defects.push(id),
  });
  const end = async (id: string, result: DeliveryEnd | Error = { kind: 'settled' }) => {
    running.get(id)?.(result);
    running.delete(id);
    await turn();
  };
  const enqueue = (id: string, lane: Lane = 'backfill') => scheduler.enqueue({ id, lane, number: id });
  return { clock, scheduler, started, running, defects, end, enqueue };
}

describe('RealmScheduler (D10)', () => {
  it('starts live before retry before backfill', async () => {
    const { enqueue, started, end } = setUp(1);
    enqueue('a', 'backfill');
    enqueue('b', 'backfill');
    enqueue('c', 'retry');
    enqueue('d', 'retry');
    await end('a');
    await end('c');
    await end('d');
    expect(started).toEqual(['a:backfill', 'c:retry', 'd:retry', 'b:backfill']);
  });

  it('starts a live record although the backfill fills every place', () => {
    const { enqueue, started } = setUp(2);
    for (const id of ['a', 'b', 'c']) enqueue(id);
    enqueue('now', 'live');
    expect(started).toEqual(['a:backfill', 'b:backfill', 'now:live']);
  });

  it('never delivers one record twice at a time; newer work follows when the older has ended', async () => {
    const { enqueue, started, end } = setUp();
    enqueue('a');
    enqueue('a', 'live');
    enqueue('a', 'retry');
    expect(started).toEqual(['a:backfill']);
    await end('a');
    expect(started).toEqual(['a:backfill', 'a:retry']);
    await end('a');
    expect(started).toHaveLength(2);
  });

  it('delivers deferred work when its time has come, with one timer for all', async () => {
    const { clock, enqueue, started, end } = setUp(3);
    for (const id of ['a', 'b', 'c']) enqueue(id);
    await end('a', { kind: 'deferred', atMs: clock.now() + 60_000 });
    await end('b', { kind: 'deferred', atMs: clock.now() + 5_000 });
    await end('c');
    clock.advance(4_999);
    expect(started).toHaveLength(3);
    clock.advance(1);
    expect(started.at(-1)).toBe('b:backfill');
    clock.advance(55_000);
    expect(started.at(-1)).toBe('a:backfill');
  });

  it('newer work does not wait for the deferral of older work', async () => {
    const { clock, enqueue, started, end } = setUp();
    enqueue('a');
    await end('a', { kind: 'deferred', atMs: clock.now() + 60_000 });
    enqueue('a', 'live');
    expect(started).toEqual(['a:backfill', 'a:live']);
    await end('a');
    clock.advance(120_000);
    expect(started).toHaveLength(2);
  });

  it('parked work waits until the connection is back', async () => {
    const { clock, scheduler, enqueue, started, end } = setUp();
    enqueue('a');
    await end('a', { kind: 'parked' });
    clock.advance(10 * 86_400_000);
    expect(started).toHaveLength(1);
    scheduler.resumeParked();
    expect(started).toHaveLength(2);
    await end('a');
    expect(scheduler.size).toBe(0);
  });

  it('work that parks after the connection came back while it was under way does not wait for ever', async () => {
    const { scheduler, enqueue, started, end } = setUp();
    enqueue('a');
    scheduler.resumeParked();
    await end('a', { kind: 'parked' });
    expect(started).toHaveLength(2);
    await end('a', { kind: 'parked' });
    expect(started).toHaveLength(2);
  });

  it('restores deferred and parked work after a start', () => {
    const { clock, scheduler, started } = setUp();
    const work = (id: string): QueuedWork => ({ id, lane: 'backfill', number: id });
    scheduler.restore(work('later'), { kind: 'deferred', atMs: clock.now() + 1_000 });
    scheduler.restore(work('due'), { kind: 'deferred', atMs: clock.now() - 1_000 });
    scheduler.restore(work('parked'), { kind: 'parked' });
    clock.advance(0);
    expect(started).toEqual(['due:backfill']);
    clock.advance(1_000);
    expect(started).toEqual(['due:backfill', 'later:backfill']);
  });

  it('a delivery that breaks is looked at again and blocks nobody', async () => {
    const { clock, enqueue, started, defects, end } = setUp(1);
    enqueue('bad');
    enqueue('good');
    await end('bad', new TypeError('broken'));
    expect(defects).toEqual(['bad']);
    expect(started.at(-1)).toBe('good:backfill');
    await end('good');
    clock.advance(30_000);
    expect(started.at(-1)).toBe('bad:backfill');
  });

  it('stops within its time and starts nothing more', async () => {
    const { clock, scheduler, enqueue, started, end } = setUp(1);
    enqueue('a');
    enqueue('b');
    const never = new Promise<void>(() => {});
    const stopped = scheduler.stop(1_000, never);
    await end('a');
    await stopped;
    expect(started).toEqual(['a:backfill']);
    const second = setUp(1);
    second.enqueue('hangs');
    const bounded = second.scheduler.stop(1_000, never);
    second.clock.advance(1_000);
    await bounded;
    expect(clock.nextTimerAt()).toBeUndefined();
  });

  it('does not wait for deliveries that wait for a call nobody will start', async () => {
    const { clock, scheduler, enqueue } = setUp(1);
    enqueue('waits at the gate');
    const stopped = scheduler.stop(60_000, Promise.resolve());
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(250);
    await stopped;
    expect(clock.now() - new ManualClock().now()).toBeLessThan(1_000);
  });

  it('shows the next works in line', () => {
    const { scheduler, enqueue } = setUp(1);
    for (const id of ['a', 'b', 'c']) enqueue(id);
    enqueue('d', 'retry');
    enqueue('c', 'retry');
    expect(scheduler.upcoming(10).map(({ id }) => id)).toEqual(['d', 'c', 'b']);
  });
});
