import { NO_COUNTS, type RunReadModel, type RunRequest } from '@tillstream/contracts';
import { shortSourceId } from '../documents/source-ids.js';
import type { RunView, StartedRun } from './schemas.js';

/** A run as REST shows it: the read model without its index fields. */
export function runView(run: RunReadModel): RunView {
  const { syncId, entity, mode, target, dryRun, status, trigger, counts, perTarget, requestedAt } = run;
  const { startedAt, finishedAt, cursor, remoteCalls, failure } = run;
  const errors = run.errors.map((error) => ({ ...error, entityId: shortSourceId(error.entityId) }));
  return {
    syncId,
    entity,
    mode,
    target,
    dryRun,
    status,
    trigger,
    counts,
    perTarget,
    errors,
    requestedAt,
    startedAt,
    finishedAt,
    cursor: { from: utcTime(cursor.from), to: utcTime(cursor.to) },
    remoteCalls,
    failure,
  };
}

/** The shop's cursor is its own notation of UTC, without zone and milliseconds; the API has one notation (contract 2). */
function utcTime(text: string | null): string | null {
  if (text === null) return null;
  const time = new Date(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(time.getTime()) ? text : time.toISOString();
}

/** A run that was requested and not projected yet: an id once returned is found at once (contract section 5). */
export function requestedRunView(request: RunRequest): RunView {
  const { syncId, entity, mode, target, dryRun, trigger, requestedAt } = request;
  return {
    syncId,
    entity,
    mode,
    target,
    dryRun,
    trigger,
    requestedAt,
    status: 'queued',
    counts: NO_COUNTS,
    perTarget: {},
    errors: [],
    startedAt: null,
    finishedAt: null,
    cursor: { from: null, to: null },
    remoteCalls: { woocommerce: 0, quickbooks: 0, supabase: 0 },
    failure: null,
  };
}

/** The 202; a replay gives the same again. */
export function startedRun(request: RunRequest): StartedRun {
  const { syncId, mode, entity, target, dryRun, requestedAt } = request;
  return { syncId, status: 'queued', mode, entity, target, dryRun, startedAt: requestedAt };
}
