import { RebuildView, StorageView } from '@tillstream/contracts';
import { z } from 'zod';
import {
  AuthorizeAnswer,
  CallbackAnswer,
  CallbackQuery,
  type ConnectionBodies,
  ConnectionList,
  ConnectionView,
  PutConnectionQuery,
  TestResult,
} from '../connections/schemas.js';
import { DocumentView } from '../documents/schemas.js';
import {
  DiscardBody,
  Discarded,
  FailureView,
  FailureWithHistory,
  ListFailuresQuery,
  RetriedMany,
  RetriedOne,
  RetryBody,
  RetryOneBody,
} from '../failures/schemas.js';
import type { Access } from '../http/access.js';
import type { ApiErrorCode } from '../http/api-errors.js';
import { listOf, PageQuery } from '../http/lists.js';
import { CreatedKey, CreatedTenant, CreateKeyBody, CreateTenantBody, KeyView } from '../keys/schemas.js';
import { LogEntry, LogsQuery } from '../logs/schemas.js';
import { StartedRebuild } from '../maintenance/schemas.js';
import {
  CancelledRun,
  ListPlanQuery,
  ListRunsQuery,
  PlanLine,
  RunView,
  StartedRun,
  StartRunBody,
} from '../runs/schemas.js';
import { PutSettingsBody, SettingsView } from '../settings/schemas.js';

/** One operation of the API; the OpenAPI page is made of this table, and a test holds the routes to it. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With `{parameters}`. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly access: Access;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly status: 200 | 201 | 202 | 204;
  readonly answer?: z.ZodType;
  /** Codes beyond those that every operation can answer. */
  readonly errors?: readonly ApiErrorCode[];
}

const page = z.strictObject(PageQuery);
const decisions = [
  'connection_missing',
  'start_date_missing',
  'sync_already_running',
  'idempotency_key_reused',
] as const;

export function operations(bodies: ConnectionBodies): readonly Operation[] {
  const connectionBody = z.union([bodies.woocommerce, bodies.quickbooks, bodies.supabase]);
  return [
    ...keyOperations,
    ...connectionOperations(connectionBody),
    ...settingsOperations,
    ...runOperations,
    ...failureOperations,
    ...maintenanceOperations,
    ...systemOperations,
  ];
}

// biome-ignore format: a table reads better in rows
const keyOperations: readonly Operation[] = [
  { method: 'POST', path: '/api/keys', tag: 'Keys', access: 'admin', summary: 'Make an API key; the key is shown once', body: CreateKeyBody, status: 201, answer: CreatedKey },
  { method: 'GET', path: '/api/keys', tag: 'Keys', access: 'admin', summary: 'List API keys', query: page, status: 200, answer: listOf(KeyView) },
  { method: 'DELETE', path: '/api/keys/{id}', tag: 'Keys', access: 'admin', summary: 'Take an API key back', status: 204, errors: ['not_found', 'last_admin_key'] },
  { method: 'POST', path: '/api/tenants', tag: 'Tenants', access: 'admin', summary: 'Make a tenant (admin of the tenant "default" only)', body: CreateTenantBody, status: 201, answer: CreatedTenant, errors: ['tenant_exists'] },
];

// biome-ignore format: a table reads better in rows
const connectionOperations = (body: z.ZodType): readonly Operation[] => [
  { method: 'GET', path: '/api/connections', tag: 'Connections', access: 'viewer', summary: 'List connections', status: 200, answer: ConnectionList },
  { method: 'GET', path: '/api/connections/{platform}', tag: 'Connections', access: 'viewer', summary: 'Read a connection', status: 200, answer: ConnectionView, errors: ['not_found'] },
  { method: 'PUT', path: '/api/connections/{platform}', tag: 'Connections', access: 'admin', summary: 'Create or replace a connection', query: PutConnectionQuery, body, status: 200, answer: ConnectionView, errors: ['not_found', 'identity_change', 'realm_in_use'] },
  { method: 'DELETE', path: '/api/connections/{platform}', tag: 'Connections', access: 'admin', summary: 'Remove a connection', status: 204, errors: ['not_found'] },
  { method: 'POST', path: '/api/connections/{platform}/test', tag: 'Connections', access: 'admin', summary: 'Call the remote, reading only, and say what to fix', status: 200, answer: TestResult, errors: ['not_found', 'writer_unavailable'] },
  { method: 'POST', path: '/api/connections/quickbooks/authorize', tag: 'Connections', access: 'admin', summary: 'Where to give QuickBooks consent', status: 200, answer: AuthorizeAnswer, errors: ['not_found', 'consent_failed', 'writer_unavailable'] },
  { method: 'GET', path: '/api/connections/quickbooks/callback', tag: 'Connections', access: 'public', summary: 'Where QuickBooks sends the browser back', query: CallbackQuery, status: 200, answer: CallbackAnswer, errors: ['not_found', 'consent_failed', 'writer_unavailable'] },
];

// biome-ignore format: a table reads better in rows
const settingsOperations: readonly Operation[] = [
  { method: 'GET', path: '/api/settings', tag: 'Settings', access: 'viewer', summary: 'Read the settings', status: 200, answer: SettingsView },
  { method: 'PUT', path: '/api/settings', tag: 'Settings', access: 'admin', summary: 'Replace the settings', body: PutSettingsBody, status: 200, answer: SettingsView, errors: ['version_conflict'] },
  { method: 'GET', path: '/api/settings/schema', tag: 'Settings', access: 'viewer', summary: 'JSON Schema of the settings', status: 200, answer: z.looseObject({}) },
];

// biome-ignore format: a table reads better in rows
const runOperations: readonly Operation[] = [
  { method: 'POST', path: '/api/sync/{entity}', tag: 'Runs', access: 'operator', summary: 'Start a run', body: StartRunBody, status: 202, answer: StartedRun, errors: ['unknown_entity', ...decisions] },
  { method: 'GET', path: '/api/sync/status', tag: 'Runs', access: 'viewer', summary: 'List runs', query: ListRunsQuery, status: 200, answer: listOf(RunView) },
  { method: 'GET', path: '/api/sync/status/{syncId}', tag: 'Runs', access: 'viewer', summary: 'Read a run', status: 200, answer: RunView, errors: ['not_found'] },
  { method: 'GET', path: '/api/sync/status/{syncId}/plan', tag: 'Runs', access: 'viewer', summary: 'What a dry run would have done, record by record', query: ListPlanQuery, status: 200, answer: listOf(PlanLine), errors: ['not_found', 'not_a_dry_run'] },
  { method: 'POST', path: '/api/sync/status/{syncId}/cancel', tag: 'Runs', access: 'operator', summary: 'Cancel a run; what is in flight finishes', status: 202, answer: CancelledRun, errors: ['not_found', 'run_finished'] },
];

// biome-ignore format: a table reads better in rows
const failureOperations: readonly Operation[] = [
  { method: 'GET', path: '/api/sync/failures', tag: 'Failures', access: 'viewer', summary: 'List failures', query: ListFailuresQuery, status: 200, answer: listOf(FailureView) },
  { method: 'GET', path: '/api/sync/failures/{id}', tag: 'Failures', access: 'viewer', summary: 'Read a failure with its attempts', status: 200, answer: FailureWithHistory, errors: ['not_found'] },
  { method: 'POST', path: '/api/sync/retry', tag: 'Failures', access: 'operator', summary: 'Retry open failures', body: RetryBody, status: 202, answer: RetriedMany, errors: ['not_found', 'connection_missing'] },
  { method: 'POST', path: '/api/sync/failures/{id}/retry', tag: 'Failures', access: 'operator', summary: 'Retry one failure and what waits for it', body: RetryOneBody, status: 202, answer: RetriedOne, errors: ['not_found', 'failure_not_open', 'connection_missing'] },
  { method: 'POST', path: '/api/sync/failures/{id}/discard', tag: 'Failures', access: 'operator', summary: 'Discard a failure until its record changes', body: DiscardBody, status: 202, answer: Discarded, errors: ['not_found', 'failure_not_open'] },
  { method: 'GET', path: '/api/documents/{entity}/{sourceId}', tag: 'Documents', access: 'viewer', summary: 'What exists where for a record, and how it got there', status: 200, answer: DocumentView, errors: ['not_found', 'unknown_entity'] },
  { method: 'GET', path: '/api/logs', tag: 'Documents', access: 'viewer', summary: 'What happened to records, the last changed first; CSV has its cursor in the header Next-Cursor', query: LogsQuery, status: 200, answer: listOf(LogEntry), errors: ['not_found'] },
];

// biome-ignore format: a table reads better in rows
const maintenanceOperations: readonly Operation[] = [
  { method: 'GET', path: '/api/storage', tag: 'Maintenance', access: 'admin', summary: 'Sizes of the data folder and its log (admin of the tenant "default" only)', status: 200, answer: StorageView, errors: ['not_found'] },
  { method: 'POST', path: '/api/rebuilds', tag: 'Maintenance', access: 'admin', summary: 'Make the read models anew from the log and compare (admin of the tenant "default" only)', status: 202, answer: StartedRebuild, errors: ['not_found'] },
  { method: 'GET', path: '/api/rebuilds/{id}', tag: 'Maintenance', access: 'admin', summary: 'Read a rebuild', status: 200, answer: RebuildView, errors: ['not_found'] },
];

// biome-ignore format: a table reads better in rows
const systemOperations: readonly Operation[] = [
  { method: 'GET', path: '/health/live', tag: 'System', access: 'public', summary: 'Is the process alive?', status: 200, answer: z.object({ status: z.literal('live') }) },
  { method: 'GET', path: '/health/ready', tag: 'System', access: 'public', summary: 'Does everything work? 503 with reasons if not', status: 200, answer: z.object({ status: z.enum(['ready', 'unavailable']), reasons: z.array(z.string()) }) },
  { method: 'GET', path: '/metrics', tag: 'System', access: 'public', summary: 'Prometheus metrics', status: 200 },
  { method: 'GET', path: '/api/openapi.json', tag: 'System', access: 'public', summary: 'This description', status: 200, answer: z.looseObject({}) },
  { method: 'GET', path: '/api/docs', tag: 'System', access: 'public', summary: 'This description for people', status: 200 },
];
