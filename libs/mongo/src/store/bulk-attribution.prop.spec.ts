import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attribute, type Seen, type Sent } from './bulk-attribution.js';
import { REMEMBERED_WRITERS } from './stored-document.js';

const found = (...seen: Seen[]) => new Map(seen.map((one) => [one._id, one]));
const untold = (id: string, expectedVersion: number): Sent => ({ id, expectedVersion, answer: 'not_told' });

const conflictAt = (actualVersion: number) => ({ ok: false, reason: 'version_conflict', actualVersion });

describe('attributing a bulk write of which some operations lost', () => {
  it('takes the writes that a document remembers for ours, and no others', () => {
    const sent = [untold('a', 4), untold('b', 4), untold('c', 4), untold('d', 4)];
    const stored = found(
      { _id: 'a', version: 5, writers: ['x', 'us'] },
      { _id: 'b', version: 5, writers: ['x', 'them'] },
      { _id: 'c', version: 7, writers: ['x', 'us', 'them', 'others'] },
      { _id: 'd', version: 3, writers: ['x'] },
    );
    const won = { ok: true, version: 5 };
    expect(attribute(sent, { found: stored, writer: 'us', applied: 2 })).toEqual([
      won,
      conflictAt(5),
      won,
      conflictAt(3),
    ]);
  });

  it.each([
    [0, conflictAt(40)],
    [1, { ok: true, version: 5 }],
  ])('asks the count of the server (%s) about a document whose memory does not reach back', (applied, outcome) => {
    const stored = found({ _id: 'a', version: 40, writers: Array.from({ length: 8 }, () => 'them') });
    expect(attribute([untold('a', 4)], { found: stored, writer: 'us', applied })).toEqual([outcome]);
  });

  it('says that it does not know rather than guess', () => {
    expect(attribute([untold('a', 4), untold('b', 4)], { found: found(), writer: 'us', applied: 1 })).toBeNull();
  });

  it('knows its own insert that the driver sent twice', () => {
    const sent: Sent[] = [{ id: 'a', expectedVersion: 0, answer: 'refused' }];
    const seen = (writer: string) => found({ _id: 'a', version: 1, writers: [writer] });
    expect(attribute(sent, { found: seen('us'), writer: 'us', applied: 0 })).toEqual([{ ok: true, version: 1 }]);
    expect(attribute(sent, { found: seen('them'), writer: 'us', applied: 0 })).toEqual([conflictAt(1)]);
  });

  it('never tells a winner from a loser wrongly, whatever others write in between', () => {
    // What happened to a document: did our write win, how often did others write after it, was it deleted then.
    const fates = fc.record({ expected: fc.nat(5), won: fc.boolean(), later: fc.nat(12), deleted: fc.boolean() });
    fc.assert(
      fc.property(fc.array(fates, { minLength: 1, maxLength: 6 }), (documents) => {
        const sent = documents.map(({ expected }, n) => untold(`d${n}`, expected));
        const stored = documents.flatMap(({ expected, won, later, deleted }, n): Seen[] => {
          const writers = [won ? 'us' : 'them', ...Array.from({ length: later }, () => 'them')].slice(
            -REMEMBERED_WRITERS,
          );
          return deleted ? [] : [{ _id: `d${n}`, version: expected + 1 + later, writers }];
        });
        const applied = documents.filter(({ won }) => won).length;
        const outcomes = attribute(sent, { found: found(...stored), writer: 'us', applied });
        outcomes?.forEach((outcome, n) => expect(outcome.ok).toBe(documents[n]?.won));
        const unsure = documents.filter(({ later, deleted }) => later >= REMEMBERED_WRITERS || deleted);
        expect(unsure.length < 2 && outcomes === null).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});
