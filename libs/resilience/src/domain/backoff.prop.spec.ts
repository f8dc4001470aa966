import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoff, backoffCeiling } from './backoff.js';

describe('backoff', () => {
  it('has the documented ceilings', () => {
    const ceilings = [1, 2, 3, 4, 5, 6, 7, 50].map((attempt) =>
      backoffCeiling({ attempt, baseMs: 1_000, maxMs: 60_000 }),
    );
    expect(ceilings).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it('lies in [0, ceiling) and uses the whole of it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000 }),
        fc.integer({ min: 1, max: 100_000 }),
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.double({ min: 0, max: 0.999_999, noNaN: true }),
        (attempt, baseMs, maxMs, random) => {
          const wait = backoff({ attempt, baseMs, maxMs, random });
          const ceiling = backoffCeiling({ attempt, baseMs, maxMs });
          expect(Number.isInteger(wait) && wait >= 0 && wait < ceiling).toBe(true);
          expect(ceiling).toBeLessThanOrEqual(maxMs);
        },
      ),
    );
    expect(backoff({ attempt: 3, baseMs: 100, maxMs: 10_000, random: 0.5 })).toBe(200);
  });
});
