import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance, FIRST_WINDOW, isUsable, type ScanWindow } from './scan-window.js';

/** What happens to the list between two pages: rows go, come back, are added at the end. */
const change = fc.record({
  kind: fc.constantFrom('delete' as const, 'insert' as const, 'append' as const),
  id: fc.integer({ min: 1, max: 400 }),
  times: fc.integer({ min: 1, max: 12 }),
});

function apply(list: Set<number>, { kind, id, times }: { kind: string; id: number; times: number }): Set<number> {
  const changed = new Set(list);
  for (let i = 0; i < times; i += 1) {
    if (kind === 'delete') changed.delete(id + i);
    else if (kind === 'insert') changed.add(id + i);
    else changed.add(Math.max(0, ...changed) + 1);
  }
  return changed;
}

function scan(
  start: readonly number[],
  perPages: readonly number[],
  changes: readonly { kind: string; id: number; times: number }[],
  knowsTotal: boolean,
) {
  let list = new Set(start);
  const always = new Set(start);
  const handedOver: number[] = [];
  let pages = 0;
  for (let window: ScanWindow | null = FIRST_WINDOW; window !== null; pages += 1) {
    if (pages > 5_000) throw new Error('the scan does not end');
    const sorted = [...list].sort((a, b) => a - b);
    const perPage = perPages[pages % perPages.length] ?? 10;
    const ids = sorted.slice(window.offset, window.offset + perPage);
    const page = { ids, perPage, total: knowsTotal ? sorted.length : null };
    expect(isUsable(page, window.offset)).toBe(true);
    const step = advance(window, page);
    handedOver.push(...step.fresh);
    window = step.next;
    const next = changes[pages];
    if (next !== undefined) {
      list = apply(list, next);
      for (const id of always) if (!list.has(id)) always.delete(id);
    }
  }
  return { handedOver, always, pages };
}

describe('advance', () => {
  const ids = fc.uniqueArray(fc.integer({ min: 1, max: 400 }), { maxLength: 120 });

  it('hands over every row that was there all the time, each once and in order, whatever comes and goes', () => {
    fc.assert(
      fc.property(
        ids,
        fc.array(fc.integer({ min: 2, max: 30 }), { minLength: 1, maxLength: 5 }),
        fc.array(change, { maxLength: 60 }),
        fc.boolean(),
        (start, perPages, changes, knowsTotal) => {
          const { handedOver, always } = scan(start, perPages, changes, knowsTotal);
          expect([...always].filter((id) => !handedOver.includes(id))).toEqual([]);
          expect(handedOver).toEqual([...new Set(handedOver)].sort((a, b) => a - b));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('reads a quiet list in as few pages as one overlapping row allows', () => {
    const start = Array.from({ length: 1_000 }, (_, index) => index + 1);
    expect(scan(start, [100], [], true)).toMatchObject({ handedOver: start, pages: 11 });
  });

  it('goes back when rows before the window have gone, and loses none', () => {
    const window = { offset: 9, lastId: 10, stride: 0 };
    const step = advance(window, { ids: [12, 13, 14], perPage: 10, total: 12 });
    expect(step).toEqual({ fresh: [], next: { offset: 0, lastId: 10, stride: 20 } });
  });

  it('does not take an empty page for the end before it has looked back', () => {
    expect(advance({ offset: 40, lastId: 90, stride: 0 }, { ids: [], perPage: 10, total: 0 }).next).toMatchObject({
      offset: 30,
      lastId: 90,
    });
    expect(advance(FIRST_WINDOW, { ids: [], perPage: 10, total: 0 })).toEqual({ fresh: [], next: null });
  });

  it('goes on behind rows that the shop counts but cannot show', () => {
    const step = advance(FIRST_WINDOW, { ids: [1, 2, 5], perPage: 5, total: 20 });
    expect(step).toEqual({ fresh: [1, 2, 5], next: { offset: 2, lastId: 5, stride: 0 } });
  });

  it('does not trust an unsorted page, nor one that shows a single row of many', () => {
    expect(isUsable({ ids: [3, 2], perPage: 5, total: 20 }, 0)).toBe(false);
    expect(isUsable({ ids: [3, 3], perPage: 5, total: 20 }, 0)).toBe(false);
    expect(isUsable({ ids: [3], perPage: 5, total: 20 }, 0)).toBe(false);
    expect(isUsable({ ids: [3], perPage: 5, total: 1 }, 0)).toBe(true);
  });
});
