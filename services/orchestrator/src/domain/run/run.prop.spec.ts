import type { Outcome, RunCounts, Target } from '@tillstream/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anAccepted, aPage, NOW, settledRecord } from '../../../test/support/builders.js';
import { run } from './aggregate.js';
import type { RunEvent, RunInput } from './inputs.js';
import { countMarks, countTarget } from './outcomes.js';
import type { RunState } from './state.js';

const context = { now: NOW, tenantId: 'demo' };
const targets: Target[] = ['quickbooks', 'supabase'];
const outcome = fc.constantFrom<Outcome | 'not_counted'>(
  'created',
  'updated',
  'unchanged',
  'skipped',
  'failed',
  'held',
  'not_counted',
);

function play(inputs: readonly RunInput[]): { state: RunState; history: RunEvent[] } {
  let state = run.initial('demo:run_1');
  const history: RunEvent[] = [];
  for (const input of inputs) {
    const events = run.decide(input, state, context);
    history.push(...events);
    state = events.reduce(run.evolve, state);
  }
  return { state, history };
}

const sum = (counts: RunCounts) => Object.values(counts).reduce((a, b) => a + b, 0) - counts.discovered;
const start: RunInput[] = [{ type: 'Open', accepted: anAccepted({ targets }) }];

describe('counts', () => {
  it('sum to discovered, in every target and at the top, at any time', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(outcome, outcome), { maxLength: 30 }), fc.nat(60), (pairs, known) => {
        const settled = pairs
          .flatMap(([a, b], ordinal) => [settledRecord(ordinal, a), settledRecord(ordinal, b, { target: 'supabase' })])
          .slice(0, known);
        const page = aPage(
          0,
          pairs.map((_, id) => id),
        );
        const { history } = play([...start, page, { type: 'Outcomes', settled }]);
        for (const event of history) {
          if (event.type !== 'RunProgressed') continue;
          expect(sum(event.facts.counts)).toBe(event.facts.counts.discovered);
          for (const counts of Object.values(event.facts.perTarget)) expect(sum(counts)).toBe(counts.discovered);
        }
      }),
    );
  });

  it('count a record once by its worst state', () => {
    const order = ['failed', 'held', 'pending', 'skipped', 'created', 'updated', 'unchanged'] as const;
    const code = { failed: 'f', held: 'h', pending: '.', skipped: 's', created: 'c', updated: 'u', unchanged: '=' };
    fc.assert(
      fc.property(fc.constantFrom(...order), fc.constantFrom(...order), (a, b) => {
        const worse = order.indexOf(a) < order.indexOf(b) ? a : b;
        expect(countMarks({ quickbooks: code[a], supabase: code[b] })).toMatchObject({ discovered: 1, [worse]: 1 });
        expect(countTarget(code[a])).toMatchObject({ discovered: 1, [a]: 1 });
      }),
    );
  });
});

describe('a run', () => {
  const feed = fc.array(fc.tuple(outcome, outcome), { minLength: 1, maxLength: 12 }).chain((pairs) => {
    const settled = pairs.flatMap(([a, b], ordinal) => [
      settledRecord(ordinal, a, { remoteCalls: 1 }),
      settledRecord(ordinal, b, { target: 'supabase', remoteCalls: 2 }),
    ]);
    return fc.record({
      size: fc.constant(pairs.length),
      settled: fc.constant(settled),
      /** Every outcome at least once, in any order, with repeats. */
      order: fc
        .tuple(
          fc.shuffledSubarray(settled, { minLength: settled.length }),
          fc.array(fc.constantFrom(...settled), { maxLength: 20 }),
        )
        .chain(([all, repeats]) =>
          fc.shuffledSubarray([...all, ...repeats], { minLength: all.length + repeats.length }),
        ),
      batch: fc.integer({ min: 1, max: 7 }),
    });
  });

  it('ends in the same state and exactly once, however outcomes are ordered, repeated and batched', () => {
    fc.assert(
      fc.property(feed, ({ size, settled, order, batch }) => {
        const page = aPage(
          0,
          Array.from({ length: size }, (_, id) => id),
        );
        const batches: RunInput[] = [];
        for (let at = 0; at < order.length; at += batch) {
          batches.push({ type: 'Outcomes', settled: order.slice(at, at + batch) });
        }
        const plain = play([...start, page, { type: 'Outcomes', settled }]);
        const shuffled = play([...start, page, ...batches]);
        expect(shuffled.state).toEqual(plain.state);
        expect(shuffled.history.filter(({ type }) => type === 'RunFinished')).toHaveLength(1);
        expect(shuffled.history.reduce(run.evolve, run.initial('demo:run_1'))).toEqual(shuffled.state);
      }),
    );
  });

  it('ends at most once under any interleaving of pages, cancel, failure and outcomes', () => {
    const input = fc.oneof(
      fc.record({ step: fc.nat(3), count: fc.nat(3), done: fc.boolean() }).map(
        ({ step, count, done }): RunInput =>
          aPage(
            step,
            Array.from({ length: count }, (_, id) => `${step}-${id}`),
            { next: done ? null : { step } },
          ),
      ),
      fc.constant<RunInput>({ type: 'Cancel', entity: 'orders' }),
      fc.nat(3).map((step): RunInput => ({ type: 'ScanFailed', step, code: 'c', message: 'm', remoteCalls: 1 })),
      fc.array(fc.tuple(fc.nat(8), outcome, fc.constantFrom(...targets)), { maxLength: 6 }).map(
        (list): RunInput => ({
          type: 'Outcomes',
          settled: list.map(([ordinal, mark, target]) => settledRecord(ordinal, mark, { target })),
        }),
      ),
      fc.constant<RunInput>({ type: 'Open', accepted: anAccepted({ targets }) }),
    );
    fc.assert(
      fc.property(fc.array(input, { maxLength: 25 }), (inputs) => {
        const { state, history } = play(inputs);
        const ends = history.filter(({ type }) => type === 'RunFinished').length;
        expect(ends).toBe(state.finishedAt === null ? 0 : 1);
        expect(history.reduce(run.evolve, run.initial('demo:run_1'))).toEqual(state);
        const ordinals = history.flatMap((event) =>
          event.type === 'RecordsDiscovered' ? event.facts.records.map(({ ordinal }) => ordinal) : [],
        );
        expect(ordinals).toEqual(ordinals.map((_, index) => index));
      }),
    );
  });
});
