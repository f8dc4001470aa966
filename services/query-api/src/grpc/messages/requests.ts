import { Entity } from '@tillstream/contracts';
import type {
  GetDocumentRequest,
  ListFailuresRequest,
  ListSyncsRequest,
  RetryFailuresRequest,
  SyncFilters,
  TriggerSyncRequest,
} from '@tillstream/proto';
import { z } from 'zod';
import { ListFailuresQuery, RetryBody } from '../../failures/schemas.js';
import { newRun } from '../../runs/new-run.js';
import type { NewRun } from '../../runs/run-starter.js';
import { ListRunsQuery, StartRunBody } from '../../runs/schemas.js';
import { ENTITIES, FAILURE_STATES, MODES, SELECTIONS, STATUSES, TARGETS, TRIGGERS, wordOf } from './enums.js';
import { PAGE_FIELDS, parseMessage, withMessageFields } from './parse.js';

const TriggerMessage = StartRunBody.extend({ entity: Entity });

/** A run as REST would start it from the same values. Throws `validation_failed`. */
export function toNewRun(message: TriggerSyncRequest, trigger: NewRun['trigger']): NewRun {
  const { entity, ...body } = parseMessage(TriggerMessage, {
    entity: wordOf(ENTITIES, message.entity),
    mode: wordOf(MODES, message.mode),
    target: wordOf(SELECTIONS, message.target),
    dryRun: message.dryRun,
    filters: message.filters && filters(message.filters),
    ids: some(message.ids),
    idempotencyKey: text(message.idempotencyKey),
  });
  return withMessageFields({}, () => newRun(entity, body, trigger));
}

export function toRunsQuery(message: ListSyncsRequest): ListRunsQuery {
  const query = {
    entity: wordOf(ENTITIES, message.entity),
    status: wordOf(STATUSES, message.status),
    trigger: wordOf(TRIGGERS, message.trigger),
    from: time(message.from),
    to: time(message.to),
    ...page(message),
  };
  return parseMessage(ListRunsQuery, query, PAGE_FIELDS);
}

export function toFailuresQuery(message: ListFailuresRequest): ListFailuresQuery {
  const query = {
    entity: wordOf(ENTITIES, message.entity),
    target: wordOf(TARGETS, message.target),
    code: text(message.code),
    state: wordOf(FAILURE_STATES, message.state),
    syncId: text(message.syncId),
    causedBy: text(message.causedBy),
    ...page(message),
  };
  return parseMessage(ListFailuresQuery, query, PAGE_FIELDS);
}

export function toRetryBody(message: RetryFailuresRequest): RetryBody {
  const body = {
    entity: wordOf(ENTITIES, message.entity),
    target: wordOf(TARGETS, message.target),
    code: text(message.code),
    ids: some(message.failureIds),
    limit: message.limit === 0 ? undefined : message.limit,
  };
  return parseMessage(RetryBody, body, { ids: 'failure_ids' });
}

const DocumentMessage = z.strictObject({ entity: Entity, sourceId: z.string().min(1) });

export function toDocumentId(message: GetDocumentRequest): z.infer<typeof DocumentMessage> {
  return parseMessage(DocumentMessage, { entity: wordOf(ENTITIES, message.entity), sourceId: message.sourceId });
}

function filters({ status, createdAfter, createdBefore, modifiedAfter }: SyncFilters): object {
  return defined({
    status: some(status),
    createdAfter: time(createdAfter),
    createdBefore: time(createdBefore),
    modifiedAfter: time(modifiedAfter),
  });
}

function defined(fields: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** `limit` is a text in an address; a number that is no valid page size is refused by the same schema. */
function page({ pageSize, pageToken }: { readonly pageSize: number; readonly pageToken: string }) {
  return { limit: pageSize === 0 ? undefined : String(pageSize), cursor: text(pageToken) };
}

/** proto3 cannot tell an empty text or list from none. */
function text(value: string): string | undefined {
  return value === '' ? undefined : value;
}

function some(values: readonly string[]): readonly string[] | undefined {
  return values.length === 0 ? undefined : values;
}

/** UTC with milliseconds; a time outside of the calendar becomes what no schema takes. */
function time(value: Date | undefined): string | undefined {
  if (value === undefined) return undefined;
  return Number.isNaN(value.getTime()) ? 'no time' : value.toISOString();
}
