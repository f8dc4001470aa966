import { describe, expect, it } from 'vitest';
import { waves } from './waves.js';

describe('waves', () => {
  it('puts operations on different documents into one round, and a second one on the same document into the next', () => {
    const operation = (collection: string, id: string) => ({ collection, id });
    const operations = [
      operation('runs', 'a'),
      operation('runs', 'b'),
      operation('runs', 'a'),
      operation('keys', 'a'),
      operation('runs', 'a'),
    ];
    expect(waves(operations).map((wave) => wave.map(({ index }) => index))).toEqual([[0, 1, 3], [2], [4]]);
    expect(waves([])).toEqual([]);
  });
});
