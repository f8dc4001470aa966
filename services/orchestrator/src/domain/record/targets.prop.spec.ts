import type { Target } from '@tillstream/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anObservation,
  NOW,
  NOW_MICROS,
  REALM,
  sighting,
  unreadable,
  workDeferred,
  workSettled,
} from '../../../test/support/builders.js';
import { record } from './aggregate.js';
import { problemOf } from './facts.js';
import type { RecordEvent, RecordInput, Sighting } from './inputs.js';

const id = 'demo:orders:woo:1042';
const context = { now: NOW, tenantId: 'demo' };
const BOTH: Readonly<Record<Target, string>> = { quickbooks: REALM, supabase: 'proj#1' };

type Say = 'created' | 'held' | 'failed' | 'far' | 'parked' | 'discard';
type Step =
  | { readonly kind: 'see'; readonly run: number; readonly at: number; readonly sighting: Sighting }
  | { readonly kind: 'answer'; readonly target: Target; readonly say: Say };

const anySighting: fc.Arbitrary<Sighting> = fc.oneof(
  fc
    .tuple(fc.constantFrom('a', 'b'), fc.constantFrom('processing', 'completed', 'on-hold', 'cancelled', 'trash'))
    .map(([hash, status]) => sighting(`${hash}-${status}`, { status })),
  fc.constant<Sighting>({ kind: 'missing' }),
  fc.constant(unreadable()),
);
const see: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('see' as const),
  run: fc.nat(5),
  at: fc.nat(20),
  sighting: anySighting,
});
const answer = (target: Target): fc.Arbitrary<Step> =>
  fc.record({
    kind: fc.constant('answer' as const),
    target: fc.constant(target),
    say: fc.constantFrom<Say>('created', 'held', 'failed', 'far', 'parked', 'discard'),
  });
const steps = fc.array(fc.oneof(see, answer('quickbooks'), answer('supabase')), { maxLength: 25 });

const targetOfEvent = ({ type, facts }: RecordEvent): Target | null => {
  if (type === 'WorkRequested') return 'quickbooks';
  if (type === 'RowsRequested') return 'supabase';
  return 'target' in facts ? facts.target : null;
};

/** What is decided for `kept`; versions apart, which both targets share. */
function decisionsFor(kept: Target, list: readonly (Step | null)[]): unknown[] {
  let state = record.initial(id);
  const decisions: unknown[] = [];
  list.forEach((one, ordinal) => {
    // A step left out keeps the ordinals of the others.
    const input = one === null ? null : inputOf(one, ordinal);
    if (input === null) return;
    const events = record.decide(input, state, context);
    state = events.reduce(record.evolve, state);
    for (const event of events) {
      if (targetOfEvent(event) !== kept) continue;
      const { sourceVersion: _version, ...facts } = event.facts as Readonly<Record<string, unknown>>;
      decisions.push({ type: event.type, facts });
    }
  });
  return decisions;

  function inputOf(one: Step, ordinal: number): RecordInput | null {
    if (one.kind === 'see') {
      const run = { syncId: `run_${one.run}_${ordinal}`, ordinal, readBeganAt: NOW_MICROS + one.at };
      const targets: Target[] = ['quickbooks', 'supabase'];
      return anObservation({ ...run, targets, targetIdentities: BOTH, sighting: one.sighting });
    }
    const { target, say } = one;
    const known = state.targets[target];
    if (say === 'discard') {
      if (!known?.failure) return null;
      return { type: 'Discard', failureId: known.failure.id, target, reason: 'r' };
    }
    if (known === undefined || known.workVersion === null || known.contentHash === null) return null;
    const about = { target, sourceVersion: known.workVersion, contentHash: known.contentHash };
    if (say === 'created') return workSettled({ ...about, outcome: say });
    if (say === 'held' || say === 'failed') {
      return workSettled({ ...about, outcome: say, problem: problemOf('row_rejected') });
    }
    return workDeferred({ ...about, nextAttemptAt: say === 'far' ? new Date(NOW + 3_600_000).toISOString() : null });
  }
}

describe('two targets', () => {
  it.each(['quickbooks', 'supabase'] as const)('what the other answers changes no decision for %s', (kept) => {
    fc.assert(
      fc.property(steps, (list) => {
        const alone = list.map((one) => (one.kind === 'answer' && one.target !== kept ? null : one));
        expect(decisionsFor(kept, list)).toEqual(decisionsFor(kept, alone));
      }),
      { numRuns: 300 },
    );
  });
});
