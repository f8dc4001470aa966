import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTenthFurther, paceOf, progressOf, progressText, type Sample, withSample } from './pace.js';

function watched(...points: readonly (readonly [atMs: number, done: number])[]): readonly Sample[] {
  return points.reduce<readonly Sample[]>((samples, [atMs, done]) => withSample(samples, { atMs, done }), []);
}

describe('the pace of a run', () => {
  it('is not known from one look, nor while nothing moves', () => {
    expect(paceOf([], 10)).toEqual({ perSecond: null, leftMs: null });
    expect(paceOf(watched([0, 5]), 10)).toEqual({ perSecond: null, leftMs: null });
    expect(paceOf(watched([0, 5], [1_000, 5]), 10)).toEqual({ perSecond: null, leftMs: null });
  });

  it('is what was done by the time it took, and tells the time left', () => {
    expect(paceOf(watched([0, 0], [2_000, 16]), 40)).toEqual({ perSecond: 8, leftMs: 5_000 });
  });

  it('forgets what lies longer back than half a minute: a pause shows, and so does its end', () => {
    const samples = watched([0, 0], [1_000, 100], [40_000, 100], [41_000, 110]);
    expect(paceOf(samples, 100)).toEqual({ perSecond: 10, leftMs: 10_000 });
  });

  it('is never negative, infinite or NaN, whatever is seen', () => {
    const look = fc.record({ step: fc.nat(60_000), done: fc.nat(1_000) });
    fc.assert(
      fc.property(fc.array(look, { maxLength: 30 }), fc.nat(10_000), (looks, left) => {
        let atMs = 0;
        let samples: readonly Sample[] = [];
        for (const { step, done } of looks) samples = withSample(samples, { atMs: (atMs += step), done });
        const { perSecond, leftMs } = paceOf(samples, left);
        for (const figure of [perSecond, leftMs]) expect(figure === null || Number.isFinite(figure)).toBe(true);
        expect(Math.min(perSecond ?? 0, leftMs ?? 0)).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('lines of progress', () => {
  it('come at every tenth and at the end, however the run moves', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 200 }), (steps) => {
        const found = steps.reduce((sum, step) => sum + step, 0);
        let [done, printed, lines] = [0, 0, 0];
        for (const step of steps) {
          done += step;
          if (!isTenthFurther(printed, { done, found })) continue;
          printed = done;
          lines += 1;
        }
        expect(lines).toBeLessThanOrEqual(10);
        expect(found - printed).toBeLessThan(found / 10);
      }),
    );
  });

  it('say how far it is, how fast, and how long it takes', () => {
    const progress = progressOf({ discovered: 300, pending: 180 });
    expect(progressText(progress, { perSecond: 7.86, leftMs: 1 }, '23 s')).toBe('120 of 300 (40 %), 7.9/s, 23 s left');
    expect(progressText({ done: 0, found: 0 }, { perSecond: null, leftMs: null }, null)).toBe('0 of 0');
  });
});
