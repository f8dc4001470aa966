import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attribute, type Seen, type Sent } from './bulk-attribution.js';

const found = (...seen: Seen[]) => new Map(seen.map((one) => [one._id, one]));
const untold = (id: string, expectedVersion: number): Sent => ({ id, expectedVersion, answer: 'not_told' });
const conflict = (actualVersion: number) => ({ ok: false, reason: 'version_conflict', actualVersion });

describe('attributing a bulk write of which some operations lost', () => {
  it('takes a version that carries our name for ours, the same version under another name for theirs', () => {
    const sent = [untold('a', 4), untold('b', 4), untold('c', 4)];
    const stored = found(
      { _id: 'a', version: 5, writer: 'us' },
      { _id: 'b', version: 5, writer: 'them' },
      { _id: 'c', version: 3, writer: 'them' },
    );
    expect(attribute(sent, { found: stored, writer: 'us', applied: 1 })).toEqual([
      { ok: true, version: 5 },
      conflict(5),
      conflict(3),
    ]);
  });

  it.each([
    [0, conflict(9)],
    [1, { ok: true, version: 5 }],
  ])('asks the count of the server (%s) about a document that was written again meanwhile', (applied, outcome) => {
    const stored = found({ _id: 'a', version: 9, writer: 'them' });
    expect(attribute([untold('a', 4)], { found: stored, writer: 'us', applied })).toEqual([outcome]);
  });

  it('says that it does not know rather than guess', () => {
    const stored = found({ _id: 'a', version: 9, writer: 'them' }, { _id: 'b', version: 9, writer: 'them' });
    expect(attribute([untold('a', 4), untold('b', 4)], { found: stored, writer: 'us', applied: 1 })).toBeNull();
  });

  it('knows its own insert that the driver sent twice', () => {
    const sent: Sent[] = [{ id: 'a', expectedVersion: 0, answer: 'refused' }];
    const seen = (writer: string) => found({ _id: 'a', version: 1, writer });
    expect(attribute(sent, { found: seen('us'), writer: 'us', applied: 0 })).toEqual([{ ok: true, version: 1 }]);
    expect(attribute(sent, { found: seen('them'), writer: 'us', applied: 0 })).toEqual([conflict(1)]);
  });

  it('never tells a winner from a loser wrongly, whatever others write in between', () => {
    // What happened to a document: did we win, and how many writes of others came after ours or theirs (0 deletes it).
    const fates = fc.record({ expected: fc.nat(5), won: fc.boolean(), later: fc.nat(3), deleted: fc.boolean() });
    fc.assert(
      fc.property(fc.array(fates, { minLength: 1, maxLength: 6 }), (documents) => {
        const sent = documents.map(
          ({ expected }, n): Sent => ({ id: `d${n}`, expectedVersion: expected, answer: 'not_told' }),
        );
        const stored = documents.flatMap(({ expected, won, later, deleted }, n): Seen[] => {
          const writer = won && later === 0 ? 'us' : 'them';
          return deleted ? [] : [{ _id: `d${n}`, version: expected + 1 + later, writer }];
        });
        const applied = documents.filter(({ won }) => won).length;
        const outcomes = attribute(sent, { found: found(...stored), writer: 'us', applied });
        outcomes?.forEach((outcome, n) => expect(outcome.ok).toBe(documents[n]?.won));
        const unsure = documents.filter(({ later, deleted }) => later > 0 || deleted);
        expect(unsure.length < 2 && outcomes === null).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});
