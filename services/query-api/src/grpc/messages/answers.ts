import type { RunCounts } from '@tillstream/contracts';
import type * as Proto from '@tillstream/proto';
import type { DocumentView, TargetView } from '../../documents/schemas.js';
import type { FailureView } from '../../failures/schemas.js';
import type { RunStart } from '../../runs/run-starter.js';
import type { RunView } from '../../runs/schemas.js';
import {
  CATEGORIES,
  DOCUMENT_STATES,
  ENTITIES,
  FAILURE_STATES,
  MODES,
  SELECTIONS,
  STATUSES,
  TARGETS,
  TRIGGERS,
} from './enums.js';
import { Entity } from '@tillstream/proto';

export function syncMessage(run: RunView): Proto.Sync {
  const { syncId, dryRun, counts, remoteCalls, failure } = run;
  return {
    syncId,
    entity: entityOf(run.entity),
    mode: MODES[run.mode],
    target: SELECTIONS[run.target],
    dryRun,
    status: STATUSES[run.status],
    trigger: { type: TRIGGERS[run.trigger.type], id: orUnset(run.trigger.id) },
    counts,
    perTarget: byTarget<RunCounts, Proto.SyncCounts>(run.perTarget, (counts) => counts),
    errors: run.errors.map(errorMessage),
    requestedAt: timeOf(run.requestedAt),
    startedAt: timeOf(run.startedAt),
    finishedAt: timeOf(run.finishedAt),
    cursor: cursorMessage(run.cursor),
    remoteCalls,
    failure: orUnset(failure),
  };
}

export function startedMessage({ run, replayed }: RunStart): Proto.TriggerSyncResponse {
  return {
    syncId: run.syncId,
    status: STATUSES[run.status],
    mode: MODES[run.mode],
    entity: entityOf(run.entity),
    target: SELECTIONS[run.target],
    dryRun: run.dryRun,
    startedAt: timeOf(run.startedAt),
    replayed,
  };
}

export function failureMessage(failure: FailureView): Proto.Failure {
  return {
    ...failure,
    entity: ENTITIES[failure.entity],
    target: TARGETS[failure.target],
    category: CATEGORIES[failure.category],
    state: FAILURE_STATES[failure.state],
    remote: failure.remote ? remoteMessage(failure.remote) : undefined,
    firstFailedAt: timeOf(failure.firstFailedAt),
    lastFailedAt: timeOf(failure.lastFailedAt),
    nextAttemptAt: timeOf(failure.nextAttemptAt),
    syncId: orUnset(failure.syncId),
    causedBy: orUnset(failure.causedBy),
  };
}

export function documentMessage(document: DocumentView): Proto.Document {
  const { sourceId, source, events } = document;
  return {
    entity: ENTITIES[document.entity],
    sourceId,
    sourceNumber: orUnset(document.sourceNumber),
    updatedAt: timeOf(document.updatedAt),
    source: source ? { ...source, total: orUnset(source.total), totalTax: orUnset(source.totalTax) } : undefined,
    targets: byTarget(document.targets, targetMessage),
    events: events.map((event) => ({ ...event, occurredAt: timeOf(event.occurredAt) })),
  };
}

function targetMessage(target: TargetView): Proto.TargetDocument {
  return {
    state: DOCUMENT_STATES[target.state],
    remoteId: orUnset(target.remoteId),
    remoteType: orUnset(target.remoteType),
    docNumber: orUnset(target.docNumber),
    total: orUnset(target.total),
    remoteVersion: orUnset(target.remoteVersion),
    contentHash: orUnset(target.contentHash),
    syncedAt: timeOf(target.syncedAt),
    code: orUnset(target.code),
    linked: target.linked.map(linkedMessage),
  };
}

function linkedMessage(linked: TargetView['linked'][number]): Proto.LinkedDocument {
  const { remoteType, remoteId, docNumber, total, remoteVersion } = linked;
  return {
    remoteType,
    remoteId,
    docNumber: orUnset(docNumber),
    total: orUnset(total),
    remoteVersion: orUnset(remoteVersion),
  };
}

function errorMessage(error: RunView['errors'][number]): Proto.SyncError {
  const { failureId, entity, entityId, target, code, message } = error;
  return {
    failureId: orUnset(failureId),
    entity: ENTITIES[entity],
    entityId,
    target: TARGETS[target],
    code,
    message,
  };
}

function cursorMessage({ from, to }: RunView['cursor']): Proto.SyncCursor | undefined {
  return from === null && to === null ? undefined : { from: orUnset(from), to: orUnset(to) };
}

function remoteMessage(remote: NonNullable<FailureView['remote']>): Proto.RemoteError {
  const { httpStatus, faultCode, faultDetail, traceId } = remote;
  return { httpStatus, faultCode, faultDetail, traceId };
}

function entityOf(entity: RunView['entity']): Entity {
  return entity === null ? Entity.ENTITY_UNSPECIFIED : ENTITIES[entity];
}

function byTarget<View, Message>(
  views: Readonly<Record<string, View | undefined>>,
  map: (view: View) => Message,
): Record<string, Message> {
  return Object.fromEntries(Object.entries(views).flatMap(([name, view]) => (view ? [[name, map(view)]] : [])));
}

function orUnset<Value>(value: Value | null): Value | undefined {
  return value ?? undefined;
}

function timeOf(text: string | null): Date | undefined {
  return text === null ? undefined : new Date(text);
}
