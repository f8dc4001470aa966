import type { FactsOf, FailureReadModel, SyncEvent } from '@tillstream/contracts';
import { type FoldTable, foldWith } from './read-model.js';

/** Attempts kept per failure. */
const HISTORY_LIMIT = 50;

/** The failure an event of sync.events.v1 is about, or null. */
export function failureIdOf(event: SyncEvent): string | null {
  return foldWith(FAILURE_IDS, null, event, null);
}

const FAILURE_IDS: FoldTable<null, string | null> = {
  FailureRecorded: (_, event) => event.facts.failureId,
  FailureResolved: (_, event) => event.facts.failureId,
  FailureDiscarded: (_, event) => event.facts.failureId,
};

type Failure = FailureReadModel | null;

/** One failure with its attempts (contract section 5). */
export function foldFailure(failure: Failure, event: SyncEvent): Failure {
  return foldWith(FAILURE_FOLDS, failure, event, failure);
}

const FAILURE_FOLDS: FoldTable<Failure> = {
  FailureRecorded: (failure, event) => recorded(failure, event.facts, event),
  FailureResolved: (failure) => failure && { ...failure, state: 'resolved', nextAttemptAt: null },
  FailureDiscarded: (failure) => failure && { ...failure, state: 'discarded', nextAttemptAt: null },
};

type Envelope = Pick<SyncEvent, 'tenantId' | 'occurredAt'>;

function recorded(
  failure: FailureReadModel | null,
  facts: FactsOf<'FailureRecorded'>,
  { tenantId, occurredAt }: Envelope,
): FailureReadModel {
  const { code, category, message, action, remote } = facts.problem;
  return {
    tenantId,
    id: facts.failureId,
    entity: facts.entity,
    entityId: facts.sourceId,
    sourceNumber: facts.sourceNumber,
    target: facts.target,
    code,
    category,
    message,
    action,
    remote,
    attempts: facts.attempts,
    firstFailedAt: failure?.firstFailedAt ?? occurredAt,
    lastFailedAt: occurredAt,
    nextAttemptAt: facts.nextAttemptAt,
    state: facts.state,
    syncId: facts.syncId,
    causedBy: facts.causedBy,
    history: withAttempt(failure, { at: occurredAt, code, message, remote }),
  };
}

function withAttempt(
  failure: FailureReadModel | null,
  attempt: FailureReadModel['history'][number],
): FailureReadModel['history'] {
  return [...(failure?.history ?? []), attempt].slice(-HISTORY_LIMIT);
}
