import type { FactsOf, Outcome, Problem, Target, WorkDeferred, WorkSettled } from '@tillstream/contracts';
import { TARGET_RULES } from '../targets/table.js';
import { errorSample, failureFor, failureRecorded, failureResolved, problemOf, recordSynced } from './facts.js';
import type { RecordEvent } from './inputs.js';
import { GONE, isWithWriter, targetOf, type OpenFailure, type RecordState } from './state.js';

/** A run waits this long for a next attempt; beyond it the record goes on outside the run (contract section 5). */
export const RUN_WAITS_MS = 5 * 60_000;

/** What the writer says about the latest work; results of an older version are outdated and ignored (I8). */
export function decideSettled(result: WorkSettled, state: RecordState, causedBy?: string): readonly RecordEvent[] {
  const { target, outcome, problem } = result;
  if (!isExpected(result, state)) return [];
  if (outcome === 'held' || outcome === 'failed') {
    return finishWithProblem(result, state, outcome, problem ?? problemOf('internal_error'), causedBy);
  }
  const { syncId } = targetOf(state, target);
  const { sourceVersion, contentHash, documents, remoteCalls } = result;
  const reason = outcome === 'skipped' ? (problem?.code ?? null) : null;
  const synced = recordSynced(state, target, { outcome, reason, sourceVersion, contentHash, documents, syncId });
  const events = [synced, ...failureResolved(state, target, syncId)];
  const problemNow = outcome === 'skipped' ? null : TARGET_RULES[target].writtenThoughGone(state);
  if (problemNow !== null) {
    const held = { target, sourceVersion, contentHash: GONE, documents: [], attempts: 0, remoteCalls };
    const written = {
      ...state,
      targets: { ...state.targets, [target]: { ...targetOf(state, target), failure: null } },
    };
    return [...events, ...finishWithProblem(held, written, 'held', problemNow)];
  }
  return [...events, ...settleWaiting(state, target, outcome, { remoteCalls, failure: null })];
}

/** About the latest work? A writer without memory of it is heard while the record is in its hands. */
function isExpected({ target, sourceVersion }: WorkSettled | WorkDeferred, state: RecordState): boolean {
  const current = targetOf(state, target);
  return current.workVersion === sourceVersion && (TARGET_RULES[target].remembersWork || isWithWriter(current));
}

type Finished = Pick<
  WorkSettled,
  'target' | 'sourceVersion' | 'contentHash' | 'documents' | 'attempts' | 'remoteCalls'
>;

/**
 * A discard silences what was discarded, as long as the content stays; two documents of one order are always news (D14).
 */
function finishWithProblem(
  result: Finished,
  state: RecordState,
  outcome: 'held' | 'failed',
  problem: Problem,
  causedBy?: string,
): readonly RecordEvent[] {
  const { target, sourceVersion, contentHash, documents, attempts, remoteCalls } = result;
  const { syncId, discardedHash } = targetOf(state, target);
  if (discardedHash === contentHash && problem.code !== 'duplicate_document') return finishDiscarded(result, state);
  const failure = failureFor(state, target, problem, attempts, causedBy);
  return [
    recordSynced(state, target, { outcome, reason: problem.code, sourceVersion, contentHash, documents, syncId }),
    failureRecorded(state, target, failure, { state: 'open', nextAttemptAt: null, syncId }),
    ...settleWaiting(state, target, outcome, { remoteCalls, failure }),
  ];
}

/** Somebody discarded the failure of this content while the writer still had it: it does not come back. */
function finishDiscarded(result: Finished, state: RecordState): readonly RecordEvent[] {
  const { target, sourceVersion, contentHash, remoteCalls } = result;
  const { syncId } = targetOf(state, target);
  return [
    recordSynced(state, target, { outcome: 'skipped', reason: 'discarded', sourceVersion, contentHash, syncId }),
    ...settleWaiting(state, target, 'skipped', { remoteCalls, failure: null }),
  ];
}

/**
 * Trouble that goes on by itself. A run waits for a near attempt, not for a far one or a parked connection, and for no
 * record longer than five minutes after it was first put off: whatever a remote answers, every run ends (D9).
 */
export function decideDeferred(
  result: WorkDeferred,
  state: RecordState,
  now: number,
  causedBy?: string,
): readonly RecordEvent[] {
  const { target, problem, attempts, nextAttemptAt, remoteCalls } = result;
  const current = targetOf(state, target);
  if (!isExpected(result, state)) return [];
  if (current.discardedHash === result.contentHash) {
    return settleWaiting(state, target, 'skipped', { remoteCalls, failure: null });
  }
  const failure = failureFor(state, target, problem, attempts, causedBy);
  const { syncId } = current;
  const standing = nextAttemptAt === null ? 'open' : 'retrying';
  const retryingSince = current.retryingSince ?? new Date(now).toISOString();
  const recorded = failureRecorded(state, target, failure, { state: standing, nextAttemptAt, syncId, retryingSince });
  if (nextAttemptAt === null) return [recorded, ...settleWaiting(state, target, 'held', { remoteCalls, failure })];
  if (!isFar(nextAttemptAt, now) && !isFar(nextAttemptAt, Date.parse(retryingSince))) return [recorded];
  return [recorded, ...settleWaiting(state, target, 'failed', { remoteCalls, failure })];
}

export const isFar = (nextAttemptAt: string | null, now: number): boolean =>
  nextAttemptAt !== null && Date.parse(nextAttemptAt) - now > RUN_WAITS_MS;

/** Tells every waiting run; the remote calls count for the first of them only. */
function settleWaiting(
  state: RecordState,
  target: Target,
  outcome: Outcome,
  { remoteCalls, failure }: { readonly remoteCalls: number; readonly failure: OpenFailure | null },
): RecordEvent[] {
  return targetOf(state, target).waiting.map(({ syncId, ordinal }, index) => {
    const facts: FactsOf<'RecordSettled'> = {
      syncId,
      ordinal,
      target,
      outcome,
      remoteCalls: index === 0 ? remoteCalls : 0,
      error: failure === null ? null : errorSample(state, target, failure),
    };
    return { type: 'RecordSettled', facts };
  });
}
