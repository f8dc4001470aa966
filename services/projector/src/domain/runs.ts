import {
  type FactsOf,
  NO_COUNTS,
  RUN_DECISION_WAIT_MS,
  type RunAliasReadModel,
  type RunCounts,
  type RunReadModel,
  type RunRequest,
  type SyncEvent,
  type Target,
} from '@tillstream/contracts';
import { type FoldTable, foldWith } from './read-model.js';

/** The run an event of sync.runs.v1 is about, or null. */
export function syncIdOf(event: SyncEvent): string | null {
  return foldWith(SYNC_IDS, null, event, null);
}

const SYNC_IDS: FoldTable<null, string | null> = {
  RunAccepted: (_, event) => event.facts.request.syncId,
  RunRefused: (_, event) => event.facts.syncId,
  RunReplayed: (_, event) => event.facts.syncId,
  RunProgressed: (_, event) => event.facts.syncId,
  RunFinished: (_, event) => event.facts.syncId,
};

type Run = RunReadModel | null;

/** Progress of a run whose acceptance was never seen is left out: it has no request to show. */
const RUN_FOLDS: FoldTable<Run> = {
  RunAccepted: (run, event) => run ?? accepted(event.tenantId, event.facts),
  RunRefused: (run, event) => run ?? refused(event.tenantId, event.facts, event.occurredAt),
  RunProgressed: (run, event) => run && progressed(run, event.facts),
  RunFinished: (run, event) =>
    run && { ...run, status: event.facts.status, finishedAt: run.finishedAt ?? event.occurredAt },
};

/** The run as REST shows it. */
export function foldRun(run: Run, event: SyncEvent): Run {
  return foldWith(RUN_FOLDS, run, event, run);
}

/** Where a late repetition of an idempotency key leads (D5). */
export function foldAlias(alias: RunAliasReadModel | null, event: SyncEvent): RunAliasReadModel | null {
  if (event.type !== 'RunReplayed') return alias;
  return { tenantId: event.tenantId, originalSyncId: event.facts.originalSyncId };
}

/** A refusal within the wait was answered as a 4xx, so nobody knows the run's id and no list shows it. */
export function isRefusedInTime(event: SyncEvent): boolean {
  if (event.type !== 'RunRefused') return false;
  return Date.parse(event.occurredAt) - Date.parse(event.facts.request.requestedAt) <= RUN_DECISION_WAIT_MS;
}

function accepted(tenantId: string, facts: FactsOf<'RunAccepted'>): RunReadModel {
  const perTarget: Partial<Record<Target, RunCounts>> = {};
  for (const target of facts.targets) perTarget[target] = NO_COUNTS;
  return { ...started(tenantId, facts.request), perTarget };
}

/** Refused after its id was answered (D5): the run ends `failed` with the code. */
function refused(tenantId: string, facts: FactsOf<'RunRefused'>, occurredAt: string): RunReadModel {
  return {
    ...started(tenantId, facts.request),
    status: 'failed',
    finishedAt: occurredAt,
    failure: { code: facts.code, message: facts.message },
  };
}

function started(tenantId: string, request: RunRequest): RunReadModel {
  return {
    tenantId,
    syncId: request.syncId,
    entity: request.entity,
    mode: request.mode,
    target: request.target,
    dryRun: request.dryRun,
    status: 'queued',
    trigger: request.trigger,
    triggerType: request.trigger.type,
    counts: NO_COUNTS,
    perTarget: {},
    errors: [],
    requestedAt: request.requestedAt,
    startedAt: null,
    finishedAt: null,
    cursor: { from: null, to: null },
    remoteCalls: { woocommerce: 0, quickbooks: 0, supabase: 0 },
    failure: null,
  };
}

function progressed(run: RunReadModel, facts: FactsOf<'RunProgressed'>): RunReadModel {
  const { status, counts, errors, cursor, remoteCalls, startedAt, finishedAt, failure } = facts;
  const perTarget = { ...run.perTarget, ...definedOnly(facts.perTarget) };
  return { ...run, status, counts, perTarget, errors, cursor, remoteCalls, startedAt, finishedAt, failure };
}

function definedOnly(counts: FactsOf<'RunProgressed'>['perTarget']): Partial<Record<Target, RunCounts>> {
  const defined: Partial<Record<Target, RunCounts>> = {};
  if (counts.quickbooks) defined.quickbooks = counts.quickbooks;
  if (counts.supabase) defined.supabase = counts.supabase;
  return defined;
}
