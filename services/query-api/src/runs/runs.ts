import {
  COLLECTIONS,
  type RunAliasReadModel,
  type RunReadModel,
  type RunRequestDocument,
  type RunStatus,
  runKey,
  TOPICS,
} from '@tillstream/contracts';
import type { DocumentStore, FindQuery } from '@tillstream/document-store';
import type { Clock } from '@tillstream/kernel';
import { type List, paging, toList } from '../http/lists.js';
import { ApiProblem, notFound } from '../http/problem.js';
import type { FactStore, Outboxed } from '../outbox/fact-store.js';
import { retryOnConflict } from '../outbox/retry-on-conflict.js';
import { RUN_REQUESTS } from './run-starter.js';
import { requestedRunView, runView } from './run-view.js';
import type { ListRunsQuery, RunView } from './schemas.js';

type StoredRequest = RunRequestDocument & Outboxed & { readonly cancelRequestedAt?: string };

const ACTIVE: ReadonlySet<RunStatus> = new Set(['queued', 'running']);

export function isActive(status: RunStatus): boolean {
  return ACTIVE.has(status);
}

/** Reading runs, and cancelling them. */
export class Runs {
  constructor(
    private readonly deps: { readonly store: DocumentStore; readonly facts: FactStore; readonly clock: Clock },
  ) {}

  async list(tenantId: string, query: ListRunsQuery): Promise<List<RunView>> {
    const { entity, status, trigger, from, to } = query;
    const where: NonNullable<FindQuery['where']> = {
      tenantId,
      ...(entity && { entity }),
      ...(status && { status }),
      ...(trigger && { triggerType: trigger }),
      ...((from ?? to) !== undefined && {
        requestedAt: { ...(from && { gte: utc(from) }), ...(to && { lt: utc(to) }) },
      }),
    };
    const sort = { field: 'requestedAt', direction: 'desc' as const };
    return toList(
      await this.deps.store.find<RunReadModel>(COLLECTIONS.runs.name, { where, sort, ...paging(query) }),
      runView,
    );
  }

  /** Throws `not_found`, also for another tenant's run. */
  async get(tenantId: string, syncId: string): Promise<RunView> {
    const run = (await this.#projected(tenantId, syncId)) ?? (await this.#requested(tenantId, syncId));
    if (!run) throw notFound('This run');
    return run;
  }

  /** Asks the run to stop; what is in flight finishes. Throws `not_found`, `run_finished`. Asking twice is asking once. */
  async cancel(tenantId: string, syncId: string): Promise<{ readonly syncId: string; readonly status: RunStatus }> {
    const run = await this.get(tenantId, syncId);
    if (!isActive(run.status)) throw new ApiProblem('run_finished', `The run has ended as ${run.status}.`);
    await retryOnConflict(async () => {
      const before = await this.deps.store.get<StoredRequest>(RUN_REQUESTS, run.syncId);
      if (!before) throw notFound('The request of this run');
      if (before.doc.cancelRequestedAt !== undefined) return true;
      const requestedAt = new Date(this.deps.clock.now()).toISOString();
      const { entity } = before.doc.request;
      const written = await this.deps.facts.write({
        collection: RUN_REQUESTS,
        id: run.syncId,
        producer: `${RUN_REQUESTS}/${run.syncId}`,
        before,
        content: { ...before.doc, cancelRequestedAt: requestedAt },
        facts: [
          {
            topic: TOPICS.requests.name,
            key: runKey(tenantId, entity),
            type: 'RunCancelRequested',
            facts: { syncId: run.syncId, entity, requestedAt },
          },
        ],
      });
      return written ? true : undefined;
    });
    return { syncId: run.syncId, status: run.status };
  }

  async #projected(tenantId: string, syncId: string): Promise<RunView | null> {
    const { store } = this.deps;
    const run = await store.get<RunReadModel>(COLLECTIONS.runs.name, syncId);
    if (run) return run.doc.tenantId === tenantId ? runView(run.doc) : null;
    const alias = await store.get<RunAliasReadModel>(COLLECTIONS.runAliases.name, syncId);
    if (alias) return alias.doc.tenantId === tenantId ? this.get(tenantId, alias.doc.originalSyncId) : null;
    const refused = await store.get<RunReadModel>(COLLECTIONS.refusedRuns.name, syncId);
    return refused?.doc.tenantId === tenantId ? runView(refused.doc) : null;
  }

  /** The projection may lag behind the 202: the request itself tells of a run that nothing else knows yet. */
  async #requested(tenantId: string, syncId: string): Promise<RunView | null> {
    const requested = await this.deps.store.get<RunRequestDocument>(RUN_REQUESTS, syncId);
    return requested?.doc.tenantId === tenantId ? requestedRunView(requested.doc.request) : null;
  }
}

/** Times are stored in UTC with milliseconds, so they compare as texts. */
function utc(time: string): string {
  return new Date(time).toISOString();
}
