import type { Problem } from '@tillstream/contracts';

/** Records whose next attempt lies further ahead are final for a run (contract section 5). */
const RUN_WAITS_MS = 5 * 60_000;

/** Why a project's work waits, and until when. */
export interface Trouble {
  readonly problem: Problem;
  /** What results say; null = until somebody puts it right. */
  readonly nextAttemptAtMs: number | null;
  /** When it is tried. */
  readonly tryAtMs: number;
  /** Runs do not wait for it any more. */
  readonly far: boolean;
}

export function troubleAfter(
  problem: Problem,
  attempt: number,
  nowMs: number,
  options: { readonly backoffMs: readonly number[]; readonly parkedRecheckMs: number },
): Trouble {
  if (problem.category === 'held') {
    return { problem, nextAttemptAtMs: null, tryAtMs: nowMs + options.parkedRecheckMs, far: true };
  }
  const { backoffMs } = options;
  const waitMs = backoffMs[Math.min(attempt, backoffMs.length) - 1] ?? options.parkedRecheckMs;
  const tryAtMs = nowMs + waitMs;
  return { problem, nextAttemptAtMs: tryAtMs, tryAtMs, far: waitMs > RUN_WAITS_MS };
}
