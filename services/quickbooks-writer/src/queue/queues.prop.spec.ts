import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DueHeap } from './due-heap.js';
import { CALL_LANES, LaneQueue } from './lane-queue.js';
import { LaneSemaphore } from './lane-semaphore.js';

describe('DueHeap', () => {
  it('gives what is due, earliest first, and keeps the rest', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 })), fc.integer({ min: 0, max: 50 }), (times, now) => {
        const heap = new DueHeap<number>();
        for (const at of times) heap.push(at, at);
        const out: number[] = [];
        for (let due = heap.popDue(now); due !== undefined; due = heap.popDue(now)) out.push(due);
        expect(out).toEqual(times.filter((at) => at <= now).sort((a, b) => a - b));
        const later = times.filter((at) => at > now).sort((a, b) => a - b);
        expect(heap.nextAt).toBe(later[0]);
      }),
    );
  });
});

describe('LaneQueue', () => {
  it('is first in, first out per lane, the most urgent lane first', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...CALL_LANES), { maxLength: 3_000 }), (lanes) => {
        const queue = new LaneQueue<string>();
        for (const [index, lane] of lanes.entries()) queue.push(lane, `${CALL_LANES.indexOf(lane)}:${index}`);
        const expected = CALL_LANES.flatMap((lane, rank) =>
          lanes.flatMap((other, index) => (other === lane ? [`${rank}:${index}`] : [])),
        );
        expect(queue.peek(lanes.length)).toEqual(expected);
        expect(lanes.map(() => queue.shift())).toEqual(expected);
        expect(queue.size).toBe(0);
      }),
      { numRuns: 50 },
    );
  });
});

describe('LaneSemaphore', () => {
  it('never runs more than its capacity, whatever fails, and lets the urgent in first', async () => {
    const semaphore = new LaneSemaphore(2);
    let running = 0;
    let peak = 0;
    const order: string[] = [];
    const work =
      (name: string, fail = false) =>
      async () => {
        running += 1;
        peak = Math.max(peak, running);
        order.push(name);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        if (fail) throw new TypeError('fails');
      };
    await Promise.allSettled([
      semaphore.run('backfill', work('b1', true)),
      semaphore.run('backfill', work('b2')),
      semaphore.run('backfill', work('b3')),
      semaphore.run('retry', work('r1')),
      semaphore.run('command', work('c1')),
      semaphore.run('live', work('l1')),
    ]);
    expect(peak).toBe(2);
    expect(order).toEqual(['b1', 'b2', 'c1', 'l1', 'r1', 'b3']);
  });
});
