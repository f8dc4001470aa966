import type { FailureReadModel } from '@tillstream/contracts';
import type { DocumentStore, FindQuery } from '@tillstream/document-store';
import { notFound } from '../http/problem.js';
import type { NewRun, RunStarter } from '../runs/run-starter.js';
import { FAILURES, type Failures, isOpen, notOpen } from './failures.js';
import type { RetryBody } from './schemas.js';

/** Most records in one retry run; the rest is retried by the next call. */
const MOST = 1_000;

/** Retrying failures: a run over their records, which may span entities. */
export class Retries {
  constructor(
    private readonly store: DocumentStore,
    private readonly failures: Failures,
    private readonly starter: RunStarter,
  ) {}

  /** Retries one failure and what waits for it. Throws `not_found`, `failure_not_open`. */
  async one(
    tenantId: string,
    id: string,
    recreate: boolean,
    signal?: AbortSignal,
  ): Promise<{ readonly syncId: string }> {
    const { doc } = await this.failures.load(tenantId, id);
    if (!isOpen(doc)) throw notOpen(doc);
    const failures = [doc, ...(await this.#waitingFor(tenantId, [id]))];
    const { run } = await this.starter.start(tenantId, retryRun(failures, id, recreate ? id : null), signal);
    return { syncId: run.syncId };
  }

  /** Retries what is open and fits; `accepted` counts the failures. Throws `not_found` for an unknown id. */
  async many(
    tenantId: string,
    body: RetryBody,
    keyId: string,
    signal?: AbortSignal,
  ): Promise<{ syncId: string | null; accepted: number }> {
    const chosen = body.ids ? await this.#byIds(tenantId, body.ids) : await this.#find(tenantId, body);
    const open = chosen.filter((failure) => isOpen(failure) && fits(failure, body)).slice(0, body.limit);
    if (open.length === 0) return { syncId: null, accepted: 0 };
    const waiting = await this.#waitingFor(
      tenantId,
      open.map(({ id }) => id),
    );
    const { run } = await this.starter.start(tenantId, retryRun(unique([...open, ...waiting]), keyId, null), signal);
    return { syncId: run.syncId, accepted: open.length };
  }

  async #byIds(tenantId: string, ids: readonly string[]): Promise<FailureReadModel[]> {
    const found = await this.store.getMany<FailureReadModel>(FAILURES, [...new Set(ids)]);
    return [...new Set(ids)].map((id) => {
      const failure = found.get(id)?.doc;
      if (failure?.tenantId !== tenantId) throw notFound(`The failure "${id.slice(0, 100)}"`);
      return failure;
    });
  }

  async #find(tenantId: string, { entity, target, code, limit }: RetryBody): Promise<FailureReadModel[]> {
    return this.#query(
      {
        tenantId,
        state: { in: ['open', 'retrying'] },
        causedBy: null,
        ...(entity && { entity }),
        ...(target && { target }),
        ...(code && { code }),
      },
      limit,
    );
  }

  /** What is held only because of these (contract section 5). */
  #waitingFor(tenantId: string, ids: readonly string[]): Promise<FailureReadModel[]> {
    return this.#query({ tenantId, state: { in: ['open', 'retrying'] }, causedBy: { in: [...ids] } }, MOST);
  }

  async #query(where: NonNullable<FindQuery['where']>, limit: number): Promise<FailureReadModel[]> {
    const { items } = await this.store.find<FailureReadModel>(FAILURES, { where, limit });
    return items.map(({ doc }) => doc);
  }
}

function fits(failure: FailureReadModel, { entity, target, code }: RetryBody): boolean {
  return (
    (entity === undefined || failure.entity === entity) &&
    (target === undefined || failure.target === target) &&
    (code === undefined || failure.code === code)
  );
}

function unique(failures: readonly FailureReadModel[]): FailureReadModel[] {
  return [...new Map(failures.map((failure) => [failure.id, failure])).values()].slice(0, MOST);
}

function retryRun(failures: readonly FailureReadModel[], triggerId: string, recreateId: string | null): NewRun {
  return {
    entity: null,
    mode: 'incremental',
    target: 'all',
    dryRun: false,
    filters: {},
    ids: null,
    refs: failures.map(({ id, entity, entityId, target }) => ({
      entity,
      sourceId: entityId,
      target,
      failureId: id,
      ...(id === recreateId && { recreate: true }),
    })),
    idempotencyKey: null,
    trigger: { type: 'retry', id: triggerId },
  };
}
