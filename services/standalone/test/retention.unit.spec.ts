import { TOPICS } from '@tillstream/contracts';
import { describe, expect, it } from 'vitest';
import { ALL_STATES } from '../src/rebuild-check/check.js';

describe('what states are folded from', () => {
  it('is kept for ever, or a state could not be made anew (D4, I5)', () => {
    const retention = new Map<string, number | null>(
      Object.values(TOPICS).map(({ name, retentionMs }) => [name, retentionMs]),
    );
    expect(ALL_STATES.length).toBeGreaterThanOrEqual(7);
    for (const { collection, topics } of ALL_STATES) {
      expect(topics.length).toBeGreaterThan(0);
      for (const topic of topics) expect([collection, topic, retention.get(topic)]).toEqual([collection, topic, null]);
    }
  });
});
