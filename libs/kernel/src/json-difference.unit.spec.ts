import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './hash.js';
import { firstDifference } from './json-difference.js';

describe('the first difference of two JSON values', () => {
  it.each([
    [{ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 }, null],
    [{ a: { b: 1 } }, { a: { b: 2 } }, 'a.b'],
    [{ a: [1, 2] }, { a: [1] }, 'a.1'],
    [{ a: 1 }, {}, 'a'],
    [{ a: undefined }, {}, null],
    [{ a: null }, {}, 'a'],
    [1, '1', ''],
    [[], {}, ''],
    [null, null, null],
  ])('of %j and %j is at %j', (a, b, path) => {
    expect(firstDifference(a, b)).toBe(path);
  });

  it('is there exactly when the canonical texts differ', () => {
    const pairs = fc.tuple(fc.jsonValue(), fc.jsonValue(), fc.boolean());
    fc.assert(
      fc.property(pairs, ([a, other, same]) => {
        const b: unknown = same ? JSON.parse(JSON.stringify(a)) : other;
        expect(firstDifference(JSON.parse(JSON.stringify(a)), b) === null).toBe(canonicalJson(a) === canonicalJson(b));
      }),
    );
  });
});
