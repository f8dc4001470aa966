import type { Target } from '@tillstream/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anObservation,
  NOW,
  NOW_MICROS,
  sighting,
  unreadable,
  workDeferred,
  workSettled,
} from '../../../test/support/builders.js';
import { record } from './aggregate.js';
import type { Observation, RecordEvent, RecordInput, Sighting } from './inputs.js';
import { planObserved } from './plan-observed.js';
import { targetOf, type RecordState } from './state.js';

const context = { now: NOW, tenantId: 'demo' };
const TARGETS: readonly Target[] = ['quickbooks', 'supabase'];
const identities = { quickbooks: '4620816365#1', supabase: 'https://project.example#1' };

const anySighting: fc.Arbitrary<Sighting> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.constantFrom('a', 'b'), fc.constantFrom('processing', 'on-hold', 'cancelled', 'trash'))
      .map(([hash, status]) => sighting(`${hash}-${status}`, { status })),
  },
  { weight: 1, arbitrary: fc.constant<Sighting>({ kind: 'missing' }) },
  { weight: 1, arbitrary: fc.constant(unreadable()) },
);

/** One thing that happened to the record before the dry run. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('see' as const), sighting: anySighting }),
  fc.record({
    kind: fc.constant('answer' as const),
    target: fc.constantFrom(...TARGETS),
    say: fc.constantFrom(
      'created' as const,
      'held' as const,
      'failed' as const,
      'skipped' as const,
      'far' as const,
      'parked' as const,
    ),
  }),
  fc.record({ kind: fc.constant('discard' as const), target: fc.constantFrom(...TARGETS) }),
);

function observed(ordinal: number, seen: Sighting, over: Partial<Observation> = {}): Observation {
  const readBeganAt = NOW_MICROS + ordinal;
  const run = { syncId: `run_${ordinal}`, ordinal, readBeganAt, targets: TARGETS, targetIdentities: identities };
  return { ...anObservation(run), sighting: seen, ...over };
}

function inputOf(
  one: typeof step extends fc.Arbitrary<infer S> ? S : never,
  ordinal: number,
  state: RecordState,
): RecordInput | null {
  if (one.kind === 'see') return observed(ordinal, one.sighting);
  const { workVersion, contentHash, failure } = targetOf(state, one.target);
  if (one.kind === 'discard') {
    return failure && { type: 'Discard', target: one.target, failureId: failure.id, reason: 'x' };
  }
  if (workVersion === null) return null;
  const about = { target: one.target, sourceVersion: workVersion, contentHash: contentHash ?? 'a' };
  if (one.say === 'far') return workDeferred({ ...about, nextAttemptAt: new Date(NOW + 3_600_000).toISOString() });
  if (one.say === 'parked') return workDeferred({ ...about, nextAttemptAt: null });
  return workSettled({ ...about, outcome: one.say });
}

/** What a real run would hear and ask, by target: the words of a plan for it. */
function happens(events: readonly RecordEvent[], target: Target): string {
  const asks = events.some(({ type }) => type === (target === 'quickbooks' ? 'WorkRequested' : 'RowsRequested'));
  if (asks) return 'ask';
  const settled = events.find((event) => event.type === 'RecordSettled' && event.facts.target === target);
  if (settled?.type !== 'RecordSettled') return 'ask';
  const words = { unchanged: 'none', held: 'hold', failed: 'hold', skipped: 'skip', not_counted: 'not_counted' };
  return words[settled.facts.outcome as keyof typeof words];
}

describe('the plan for a record', () => {
  it('says in every state what the run would do, in each target, and changes nothing', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), anySighting, (history, seen) => {
        let state = record.initial('demo:orders:woo:1042');
        history.forEach((one, index) => {
          const input = inputOf(one, index, state);
          if (input) state = record.decide(input, state, context).reduce(record.evolve, state);
        });
        const before = structuredClone(state);
        const input = observed(history.length, seen);
        const planned = planObserved(input, state, NOW);
        const events = record.decide(input, state, context);
        expect(state).toEqual(before);
        for (const one of planned) {
          // Already with the writer: the run waits for it, and the writer is asked.
          expect([one.target, one.kind === 'line' ? one.action : one.kind]).toEqual([
            one.target,
            happens(events, one.target),
          ]);
        }
        const speechless = planned.filter((one) => one.kind === 'line' && one.action !== 'none' && one.reason === null);
        expect(speechless).toEqual([]);
        expect(planned.map(({ target }) => target)).toEqual(TARGETS);
      }),
      { numRuns: 1000 },
    );
  });

  it('of a cancelled run or filtered out is no question to anybody', () => {
    const state = record.initial('demo:orders:woo:1042');
    const cancelled = planObserved(observed(1, sighting('a'), { runCancelled: true }), state, NOW);
    expect(cancelled.map((one) => one.kind === 'line' && one.reason)).toEqual(['run_cancelled', 'run_cancelled']);
    const filtered = planObserved(observed(1, sighting('a'), { statusFilter: ['completed'] }), state, NOW);
    expect(filtered.map(({ kind }) => kind)).toEqual(['not_counted', 'not_counted']);
  });
});
