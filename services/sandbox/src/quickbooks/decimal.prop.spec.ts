import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimal, divide, minorOf, places, toNumber } from './decimal.js';

describe("the sandbox's own arithmetic", () => {
  it('reads any amount of cents exactly and prints it back', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), (minor) => {
        const number = toNumber(minor, 2);
        expect(minorOf(decimal(number) ?? 0n, 2, 'halfUp')).toBe(BigInt(minor));
      }),
    );
  });

  it('sums in any order to the same figure', () => {
    const cents = fc.array(fc.integer({ min: -1e6, max: 1e6 }), { maxLength: 50 });
    fc.assert(
      fc.property(cents, (list) => {
        const sum = (values: readonly number[]) =>
          values.reduce((total, value) => total + (decimal(value / 100) ?? 0n), 0n);
        expect(sum(list)).toBe(sum(list.toReversed()));
        expect(minorOf(sum(list), 2, 'halfUp')).toBe(BigInt(list.reduce((total, value) => total + value, 0)));
      }),
    );
  });

  it('rounds halves away from zero or to even', () => {
    expect([5n, 15n, 25n, -5n].map((value) => divide(value, 10n, 'halfUp'))).toEqual([1n, 2n, 3n, -1n]);
    expect([5n, 15n, 25n, -5n].map((value) => divide(value, 10n, 'halfEven'))).toEqual([0n, 2n, 2n, 0n]);
  });

  it('counts decimal places and refuses what is no decimal', () => {
    expect(places(decimal(1.0005) ?? 0n)).toBe(4);
    expect(decimal(1e-7)).toBe(1000n);
    expect(decimal(Number.NaN)).toBeUndefined();
    expect(decimal('1,5')).toBeUndefined();
  });
});
