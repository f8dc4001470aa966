import type { ErrorSample, Outcome, Target } from '@tillstream/contracts';
import { errorSample } from './facts.js';
import type { Observation, RecordEvent } from './inputs.js';
import { requested, type Request } from './request.js';
import { targetOf, type OpenFailure, type RecordState } from './state.js';

/** What an observation leads to in one target. */
export interface Verdict {
  /** For the run: final now, or `waits` for the writer. */
  readonly mark: Outcome | 'not_counted' | 'waits';
  readonly failure?: OpenFailure;
  /** Facts besides the run's outcome; any makes the observation a new state worth recording. */
  readonly events: readonly RecordEvent[];
  /** What the target's writer is to be given. */
  readonly work?: Request;
}

export const final = (mark: Verdict['mark'], events: readonly RecordEvent[] = [], failure?: OpenFailure): Verdict =>
  failure === undefined ? { mark, events } : { mark, events, failure };

/** The facts of a verdict, the work among them. */
export function eventsOf(state: RecordState, target: Target, { events, work }: Verdict): readonly RecordEvent[] {
  return work === undefined ? events : [...events, requested(state, target, work)];
}

export function settledFor(
  { syncId, ordinal, readBeganAt }: Observation,
  target: Target,
  outcome: Outcome | 'not_counted',
  error: ErrorSample | null,
  options: { readonly mark: boolean },
): RecordEvent {
  const facts = { syncId, ordinal, target, outcome, remoteCalls: 0, error };
  return { type: 'RecordSettled', facts: options.mark ? { ...facts, readBeganAt } : facts };
}

/** RecordSettled of a verdict; nothing while the run waits. `mark` = this observation is the newest (D8). */
export function tellRun(
  observation: Observation,
  state: RecordState,
  target: Target,
  { mark, failure }: Verdict,
  options: { readonly mark: boolean },
): RecordEvent[] {
  if (mark === 'waits') return [];
  const known = failure ?? targetOf(state, target).failure;
  const needsError = (mark === 'held' || mark === 'failed') && known !== null;
  return [settledFor(observation, target, mark, needsError ? errorSample(state, target, known) : null, options)];
}
