import {
  PROBLEM_CODES,
  type ErrorSample,
  type FactsOf,
  type Outcome,
  type Problem,
  type ProblemCodeName,
  type Target,
  type WrittenDocument,
} from '@tillstream/contracts';
import { base32Digest } from '@tillstream/kernel';
import type { RecordEvent } from './inputs.js';
import { targetOf, type OpenFailure, type RecordState } from './state.js';

/** A problem of the table; its words are the table's unless something more exact is known. */
export function problemOf(code: ProblemCodeName, message?: string): Problem {
  const { category, title, action } = PROBLEM_CODES[code];
  return {
    code,
    category: category === 'skipped' ? 'permanent' : category,
    message: message ?? title,
    action,
    remote: null,
  };
}

/** B6: an order with a document is cancelled, in the trash or deleted. */
export function orderCancelled(sourceNumber: string, status: string | null): Problem {
  const how = status === null ? undefined : HOW_GONE[status];
  return problemOf(
    'order_cancelled',
    how === undefined ? undefined : `Order ${sourceNumber} ${how} after its invoice was written.`,
  );
}

const HOW_GONE: Readonly<Record<string, string>> = {
  gone: 'was deleted in the shop',
  trash: 'was moved to the trash',
};

/** Stable while the failure is open; the next one of the same record and target gets another id. */
export function failureFor(
  state: RecordState,
  target: Target,
  problem: Problem,
  attempts: number,
  causedBy: string | null = null,
): OpenFailure {
  const { failure, failuresOpened } = targetOf(state, target);
  if (failure !== null) return { id: failure.id, problem, attempts, causedBy };
  return { id: failureId(state, target, failuresOpened + 1), problem, attempts, causedBy };
}

/** The last failure of each target in which none is open: what was held because of it may go on. */
export function closedFailures(state: RecordState): readonly (readonly [Target, string])[] {
  return (Object.keys(state.targets) as Target[]).flatMap((target) => {
    const { failure, failuresOpened } = targetOf(state, target);
    return failure !== null || failuresOpened === 0
      ? []
      : [[target, failureId(state, target, failuresOpened)] as const];
  });
}

function failureId({ tenantId, entity, sourceId }: RecordState, target: Target, number: number): string {
  return `fail_${base32Digest([tenantId, entity, sourceId, target, String(number)], 130)}`;
}

function subject(state: RecordState, target: Target, syncId: string | null) {
  const { entity, sourceId, sourceNumber } = state;
  return { entity, sourceId, sourceNumber, target, syncId };
}

export function failureRecorded(
  state: RecordState,
  target: Target,
  { id, problem, attempts, causedBy }: OpenFailure,
  standing: {
    readonly state: 'open' | 'retrying';
    readonly nextAttemptAt: string | null;
    readonly syncId: string | null;
    readonly retryingSince?: string;
  },
): RecordEvent {
  const facts: FactsOf<'FailureRecorded'> = {
    failureId: id,
    ...subject(state, target, standing.syncId),
    problem,
    attempts,
    state: standing.state,
    nextAttemptAt: standing.nextAttemptAt,
    causedBy: causedBy ?? null,
    ...(standing.retryingSince !== undefined && { retryingSince: standing.retryingSince }),
  };
  return { type: 'FailureRecorded', facts };
}

/** Nothing when no failure is open. */
export function failureResolved(state: RecordState, target: Target, syncId: string | null): RecordEvent[] {
  const { failure } = targetOf(state, target);
  if (failure === null) return [];
  return [{ type: 'FailureResolved', facts: { failureId: failure.id, ...subject(state, target, syncId) } }];
}

export function failureDiscarded(state: RecordState, target: Target, failureId: string, reason: string): RecordEvent {
  const { syncId } = targetOf(state, target);
  return { type: 'FailureDiscarded', facts: { failureId, ...subject(state, target, syncId), reason } };
}

export function recordSynced(
  state: RecordState,
  target: Target,
  result: {
    readonly outcome: Outcome;
    readonly reason: string | null;
    readonly sourceVersion: number;
    readonly contentHash: string;
    readonly documents?: readonly WrittenDocument[];
    readonly syncId: string | null;
  },
): RecordEvent {
  const { outcome, reason, sourceVersion, contentHash, documents, syncId } = result;
  const facts: FactsOf<'RecordSynced'> = {
    ...subject(state, target, syncId),
    sourceVersion,
    contentHash,
    outcome,
    reason,
    documents: [...(documents ?? [])],
  };
  return { type: 'RecordSynced', facts };
}

export function errorSample(state: RecordState, target: Target, failure: OpenFailure): ErrorSample {
  const { id, problem } = failure;
  const { entity, sourceId } = state;
  return { failureId: id, entity, entityId: sourceId, target, code: problem.code, message: problem.message };
}
