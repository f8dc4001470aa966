import { ManualClock } from '@tillstream/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUDGET_LANES, type BudgetLane, SlidingWindowBudget } from './sliding-window-budget.js';

const window = fc.record({ limit: fc.integer({ min: 1, max: 12 }), windowMs: fc.integer({ min: 1, max: 200 }) });
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('acquire' as const), lane: fc.constantFrom(...BUDGET_LANES) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 120 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pause' as const), ms: fc.integer({ min: 0, max: 300 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('abort' as const), pick: fc.nat(20) }) },
);

interface Call {
  readonly lane: BudgetLane;
  readonly stop: AbortController;
  askedAt: number;
  grantedAt?: number;
  aborted?: boolean;
}

function most(times: readonly number[], windowMs: number): number {
  return Math.max(0, ...times.map((start) => times.filter((at) => at >= start && at < start + windowMs).length));
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Advances timer by timer, so that every grant's time is seen exactly. */
async function advance(clock: ManualClock, ms: number): Promise<void> {
  const end = clock.now() + ms;
  for (let due = clock.nextTimerAt(); due !== undefined && due <= end; due = clock.nextTimerAt()) {
    clock.advance(due - clock.now());
    await settle();
  }
  clock.advance(end - clock.now());
  await settle();
}

describe('SlidingWindowBudget', () => {
  it('never grants more than the limit in any window, serves everybody, and leaves no timer', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(window, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 0, max: 20 }),
        fc.array(step, { maxLength: 60 }),
        async (windows, marginMs, steps) => {
          const clock = new ManualClock(0);
          const budget = new SlidingWindowBudget({ clock, windows, marginMs });
          const calls: Call[] = [];
          const pauses: [number, number][] = [];
          for (const { ...one } of steps) {
            if (one.kind === 'acquire') {
              const call: Call = { lane: one.lane, stop: new AbortController(), askedAt: clock.now() };
              calls.push(call);
              budget.acquire(call.lane, call.stop.signal).then(
                () => {
                  call.grantedAt = clock.now();
                },
                () => {
                  call.aborted = true;
                },
              );
              await settle();
            } else if (one.kind === 'advance') await advance(clock, one.ms);
            else if (one.kind === 'pause') {
              budget.pause(one.ms);
              pauses.push([clock.now(), clock.now() + one.ms]);
            } else calls[one.pick]?.stop.abort();
          }
          await settle();
          await advance(clock, 1_000_000);

          const granted = calls.flatMap(({ grantedAt }) => (grantedAt === undefined ? [] : [grantedAt]));
          for (const { limit, windowMs } of windows) {
            expect(most(granted, windowMs + marginMs)).toBeLessThanOrEqual(limit);
          }
          expect(calls.every(({ grantedAt, aborted }) => grantedAt !== undefined || aborted === true)).toBe(true);
          for (const [from, to] of pauses) {
            expect(
              calls.some(({ askedAt, grantedAt = -1 }) => askedAt > from && grantedAt > from && grantedAt < to),
            ).toBe(false);
          }
          expect(clock.nextTimerAt()).toBeUndefined();
          expect(budget.waiting()).toEqual({ live: 0, retry: 0, backfill: 0 });
        },
      ),
      { numRuns: 150 },
    );
  });

  it('is as fast as the limits allow: 10 per second within 500 per minute', async () => {
    const clock = new ManualClock(0);
    const windows = [
      { limit: 500, windowMs: 60_000 },
      { limit: 10, windowMs: 1_000 },
    ];
    const budget = new SlidingWindowBudget({ clock, windows, marginMs: 0 });
    const times: number[] = [];
    for (let i = 0; i < 620; i += 1) void budget.acquire('backfill').then(() => times.push(clock.now()));
    await settle();
    expect(times).toHaveLength(10);
    await advance(clock, 49_000);
    expect(times).toHaveLength(500);
    await advance(clock, 10_999);
    expect(times).toHaveLength(500);
    await advance(clock, 1);
    expect(times).toHaveLength(510);
  });

  it('serves live before retry before backfill, and each lane in order of arrival', async () => {
    const clock = new ManualClock(0);
    const budget = new SlidingWindowBudget({ clock, windows: [{ limit: 1, windowMs: 100 }], marginMs: 0 });
    const served: string[] = [];
    const ask = (lane: BudgetLane, name: string) => void budget.acquire(lane).then(() => served.push(name));
    ask('backfill', 'at once');
    ask('backfill', 'b1');
    ask('retry', 'r1');
    ask('live', 'l1');
    ask('live', 'l2');
    expect(budget.waiting()).toEqual({ live: 2, retry: 1, backfill: 1 });
    await advance(clock, 1_000);
    expect(served).toEqual(['at once', 'l1', 'l2', 'r1', 'b1']);
  });

  it('grants nothing during a pause, and a shorter one does not shorten it', async () => {
    const clock = new ManualClock(0);
    const budget = new SlidingWindowBudget({ clock, windows: [{ limit: 5, windowMs: 1_000 }] });
    let grantedAt: number | undefined;
    budget.pause(60_000);
    budget.pause(1_000);
    void budget.acquire('live').then(() => {
      grantedAt = clock.now();
    });
    await advance(clock, 120_000);
    expect(grantedAt).toBe(60_000);
  });

  it('lets an aborted caller go without a grant or a timer', async () => {
    const clock = new ManualClock(0);
    const budget = new SlidingWindowBudget({ clock, windows: [{ limit: 1, windowMs: 1_000 }] });
    await budget.acquire('live');
    const stop = new AbortController();
    const waiting = budget.acquire('live', stop.signal);
    expect(clock.nextTimerAt()).toBeDefined();
    stop.abort(new Error('stopping'));
    await expect(waiting).rejects.toThrow('stopping');
    expect(clock.nextTimerAt()).toBeUndefined();
    await expect(budget.acquire('live', stop.signal)).rejects.toThrow('stopping');
  });
});
