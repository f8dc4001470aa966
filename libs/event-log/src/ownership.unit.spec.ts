import { describe, expect, it } from 'vitest';
import { Ownership, partitionOf } from './index.js';

const TOPIC = { name: 'work.v1', partitions: 4 };

describe('Ownership', () => {
  it('has the keys of the partitions assigned last, and none before', () => {
    const ownership = new Ownership(TOPIC);
    expect(ownership.has('a')).toBe(false);
    ownership.update(new Map([['work.v1', [partitionOf('a', 4)]]]));
    expect(ownership.has('a')).toBe(true);
    ownership.update(new Map([['other.v1', [0, 1, 2, 3]]]));
    expect(ownership.has('a')).toBe(false);
  });
});
