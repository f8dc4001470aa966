import { partitionOf } from '@tillstream/event-log';
import fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import { describe, expect, it } from 'vitest';

describe('partition of a key', () => {
  it('is the one other Kafka producers choose, for any key that is not empty', () => {
    const partitioner = Partitioners.DefaultPartitioner();
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), fc.integer({ min: 1, max: 48 }), (key, count) => {
        const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
          partitionId,
          leader: 1,
          partitionErrorCode: 0,
          replicas: [1],
          isr: [1],
        }));
        const theirs = partitioner({ topic: 't', partitionMetadata, message: { key, value: '' } });
        expect(partitionOf(key, count)).toBe(theirs);
      }),
    );
  });
});
