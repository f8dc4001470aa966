import type { FactsOf, RunFinished, Target } from '@tillstream/contracts';
import { countMarks, countTarget, isComplete } from './outcomes.js';
import type { RunState } from './state.js';

type FinalStatus = RunFinished['status'];

/** D6: over when nothing more is read and every record has its outcome. */
export function isOver(state: RunState): boolean {
  return state.accepted !== null && !state.scan.open && isComplete(state.outcomes);
}

/** `failed` = the scan itself did not finish; records that failed make it `completed_with_errors`. */
export function finalStatus(state: RunState): FinalStatus {
  if (state.cancelled) return 'cancelled';
  if (state.scan.failure !== null) return 'failed';
  const { failed, held } = countMarks(state.outcomes);
  return failed + held > 0 ? 'completed_with_errors' : 'completed';
}

/** Cursors move only for unfiltered scanning runs that read everything (D7). */
export function newCursors(state: RunState, status: FinalStatus): RunFinished['cursors'] {
  const { cursor } = state.scan;
  if (state.accepted?.movesCursors !== true || cursor === null) return {};
  if (status !== 'completed' && status !== 'completed_with_errors') return {};
  return Object.fromEntries(state.accepted.targets.map((target) => [target, cursor]));
}

/** Where reading begins: the oldest of the targets' cursors; null = from the start, since one target has none (D7). */
export function readsFrom(state: RunState): string | null {
  const cursors = Object.values(state.accepted?.cursors ?? {});
  let oldest: string | null = null;
  for (const cursor of cursors) {
    if (cursor === null) return null;
    if (oldest === null || cursor.modifiedAfter < oldest) oldest = cursor.modifiedAfter;
  }
  return oldest;
}

/** The facts of RunProgressed: what the read model of the run shows. */
export function snapshot(state: RunState, now: string): FactsOf<'RunProgressed'> {
  const over = isOver(state);
  const status = over ? finalStatus(state) : 'running';
  const moved = over ? Object.values(newCursors(state, finalStatus(state)))[0] : undefined;
  const perTarget = Object.entries(state.outcomes).map(([target, text]) => [target as Target, countTarget(text)]);
  return {
    syncId: state.syncId,
    entity: state.entity,
    status,
    counts: countMarks(state.outcomes),
    perTarget: Object.fromEntries(perTarget),
    errors: [...state.errors],
    cursor: { from: readsFrom(state), to: moved?.modifiedAfter ?? null },
    remoteCalls: { ...state.remoteCalls },
    startedAt: state.accepted?.acceptedAt ?? now,
    finishedAt: over ? now : null,
    failure: over ? state.scan.failure : null,
  };
}
