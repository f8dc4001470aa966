/**
 * Every `code` an answer of the API can carry (RFC 9457, contract section 2), with its status. Stable: a code is never
 * reused. docs/errors.md is checked against this table by a test.
 */
export const API_ERRORS = {
  bad_json: { status: 400, title: 'The body is not valid JSON' },
  validation_failed: { status: 400, title: 'The request is not valid' },
  unauthenticated: { status: 401, title: 'A valid API key is needed' },
  forbidden: { status: 403, title: 'The role of this API key is too low' },
  not_found: { status: 404, title: 'There is no such thing' },
  unknown_entity: { status: 404, title: 'There is no such entity' },
  method_not_allowed: { status: 405, title: 'This address does not take that method' },
  connection_missing: { status: 409, title: 'A connection is missing' },
  consent_failed: { status: 409, title: 'QuickBooks did not accept the consent' },
  failure_not_open: { status: 409, title: 'The failure is not open' },
  identity_change: { status: 409, title: 'The connection would point to another shop, company or project' },
  last_admin_key: { status: 409, title: 'This is the last admin key of the tenant' },
  not_a_dry_run: { status: 409, title: 'Only a dry run has a plan' },
  realm_in_use: { status: 409, title: 'The QuickBooks company belongs to another tenant' },
  run_finished: { status: 409, title: 'The run has finished' },
  start_date_missing: { status: 409, title: 'No start date was chosen' },
  sync_already_running: { status: 409, title: 'Another run of this entity is active' },
  tenant_exists: { status: 409, title: 'The tenant exists' },
  version_conflict: { status: 409, title: 'Somebody else was faster' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body must be application/json' },
  idempotency_key_reused: { status: 422, title: 'The idempotency key belongs to another request' },
  internal_error: { status: 500, title: 'Tillstream met an error of its own' },
  schedules_unavailable: { status: 501, title: 'This version has no schedules' },
  unavailable: { status: 503, title: 'Tillstream cannot answer right now' },
  writer_unavailable: { status: 503, title: 'The writer of this target does not answer' },
  deadline_exceeded: { status: 504, title: 'The call took too long' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ApiErrorCode = keyof typeof API_ERRORS;
