import type { SyncEvent } from '@tillstream/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyAll, applyOnce, type Folded, type Step } from './read-model.js';

interface Doc extends Partial<Folded> {
  readonly taken: readonly number[];
}

/** Takes note of the event; every seventh seq keeps nothing, also of a document that was there. */
function content(document: object | null, { seq }: SyncEvent): Doc | null {
  if (seq % 7 === 0) return null;
  return { ...document, taken: [...((document as Doc | null)?.taken ?? []), seq] };
}

const step = fc
  .record({ producer: fc.constantFrom('a', 'b'), seq: fc.integer({ min: 1, max: 15 }) })
  .map((event): Step => ({ event: event as SyncEvent, content }));
const before = fc.option(
  fc.record({
    taken: fc.array(fc.nat()),
    seen: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 9 }), { noNullPrototype: true }),
  }),
);

describe('events of one document', () => {
  it('give the same together as one after the other; and the same document when none is new', () => {
    fc.assert(
      fc.property(before, fc.array(step), (document, steps) => {
        const one = steps.reduce<(Doc & Folded) | null>((doc, { event }) => applyOnce(doc, event, content), document);
        const all = applyAll(document, steps);
        expect(all).toEqual(one);
        expect(all === document).toBe(one === document);
      }),
    );
  });
});
