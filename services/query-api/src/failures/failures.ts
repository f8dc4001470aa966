import { COLLECTIONS, type FailureReadModel, TOPICS } from '@tillstream/contracts';
import type { DocumentStore, FindQuery, Versioned } from '@tillstream/document-store';
import { shortSourceId } from '../documents/source-ids.js';
import { type List, paging, toList } from '../http/lists.js';
import { ApiProblem, notFound } from '../http/problem.js';
import type { FactStore, Outboxed } from '../outbox/fact-store.js';
import { retryOnConflict } from '../outbox/retry-on-conflict.js';
import type { FailureView, FailureWithHistory, ListFailuresQuery } from './schemas.js';

export const FAILURES = COLLECTIONS.failures.name;
const DISCARDS = COLLECTIONS.discardRequests.name;

/** Resolved and discarded failures are history; the other two can be retried and discarded. */
export function isOpen({ state }: Pick<FailureReadModel, 'state'>): boolean {
  return state === 'open' || state === 'retrying';
}

/** Reading failures, and discarding them. */
export class Failures {
  constructor(
    private readonly store: DocumentStore,
    private readonly facts: FactStore,
  ) {}

  /** Newest first; what only waits for another failure is left out unless asked for (contract section 5). */
  async list(tenantId: string, query: ListFailuresQuery): Promise<List<FailureView>> {
    const { limit, cursor, causedBy, ...filters } = query;
    const cause = causedBy === 'any' ? {} : { causedBy: causedBy ?? null };
    const where: NonNullable<FindQuery['where']> = { tenantId, ...withoutUndefined(filters), ...cause };
    const sort = { field: 'lastFailedAt', direction: 'desc' as const };
    return toList(
      await this.store.find<FailureReadModel>(FAILURES, { where, sort, ...paging({ limit, cursor }) }),
      failureView,
    );
  }

  async get(tenantId: string, id: string): Promise<FailureWithHistory> {
    const { doc } = await this.load(tenantId, id);
    return { ...failureView(doc), history: doc.history.map((attempt) => ({ ...attempt })) };
  }

  /** Throws `not_found`, also for another tenant's failure. */
  async load(tenantId: string, id: string): Promise<Versioned<FailureReadModel>> {
    const found = await this.store.get<FailureReadModel>(FAILURES, id);
    if (found?.doc.tenantId !== tenantId) throw notFound(`The failure "${id.slice(0, 100)}"`);
    return found;
  }

  /** Lasts until the record's content changes. Throws `not_found`, `failure_not_open`. */
  async discard(tenantId: string, id: string, reason: string): Promise<void> {
    const { doc } = await this.load(tenantId, id);
    if (!isOpen(doc)) throw notOpen(doc);
    const { entity, entityId: sourceId, target } = doc;
    await retryOnConflict(async () => {
      const before = await this.store.get<Outboxed & { failureId: string }>(DISCARDS, id);
      const written = await this.facts.write({
        collection: DISCARDS,
        id,
        producer: `${DISCARDS}/${id}`,
        before,
        content: { tenantId, failureId: id },
        facts: [
          {
            topic: TOPICS.config.name,
            key: tenantId,
            type: 'FailureDiscardRequested',
            facts: { failureId: id, entity, sourceId, target, reason },
          },
        ],
      });
      return written ? true : undefined;
    });
  }
}

export function notOpen({ id, state }: Pick<FailureReadModel, 'id' | 'state'>): ApiProblem {
  return new ApiProblem('failure_not_open', `The failure ${id} is ${state}.`);
}

function withoutUndefined(filters: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(filters).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function failureView(failure: FailureReadModel): FailureView {
  const { id, entity, entityId, sourceNumber, target, code, category, message, remote, attempts } = failure;
  const { firstFailedAt, lastFailedAt, nextAttemptAt, state, action, syncId, causedBy } = failure;
  return {
    id,
    entity,
    entityId: shortSourceId(entityId),
    sourceId: entityId,
    sourceNumber,
    target,
    code,
    category,
    message,
    remote,
    attempts,
    firstFailedAt,
    lastFailedAt,
    nextAttemptAt,
    state,
    action,
    syncId,
    causedBy,
  };
}
