/**
 * Every reason a run as a whole can end `failed` for, with what to do about it. Stable like PROBLEM_CODES. docs/errors.md
 * is checked against this table by a test.
 */
interface RunFailureCode {
  readonly title: string;
  readonly action: string;
}

const code = (title: string, action: string): RunFailureCode => ({ title, action });

export const RUN_FAILURE_CODES = {
  // refused after its id was answered as `queued` (D5)
  idempotency_key_reused: code('The key was used within 24 h for another request', 'Use another key.'),
  unknown_entity: code('This version does not sync the entity', 'Ask for orders.'),
  validation_failed: code('The request asks for what this version does not do', 'Correct the request.'),
  connection_missing: code(
    'The shop or the target is not connected (any more): the message names it',
    'Connect it, then start the run again.',
  ),
  start_date_missing: code(
    'orders.createdFrom was not chosen',
    'Choose a date or "all" in the settings, then start the run again.',
  ),
  sync_already_running: code('A scanning run of this entity was active', 'Wait for it or cancel it.'),
  // the shop cannot be read
  source_unavailable: code(
    'The shop was not reachable or answered nonsense for 10 minutes',
    'Look at the shop, then start the run again; nothing is lost, the cursor stays.',
  ),
  source_auth_failed: code(
    'The shop does not accept the consumer key',
    'Check key and secret, the clock of this machine, and that the host passes the Authorization header on.',
  ),
  source_permission_missing: code(
    'The consumer key or its user may not read orders',
    'Create a key with permission Read for a shop manager and enter it.',
  ),
  source_api_missing: code(
    'There is no WooCommerce API at storeUrl',
    'Check storeUrl, that WooCommerce is active and that permalinks are not "plain".',
  ),
  source_redirected: code(
    'The shop redirects to another address',
    'Enter the address at which the shop itself answers as storeUrl.',
  ),
  source_rejected: code('The shop refused the request', 'Read the reason in the message; a plugin may be in the way.'),
  source_not_found: code('The shop has no such record', 'Start the run again.'),
  target_not_allowed: code(
    'storeUrl is plain http or a private address',
    'Use https and a public address, or set TILLSTREAM_ALLOW_PRIVATE_TARGETS=true if the shop is in your own network.',
  ),
  request_invalid: code('storeUrl is not an address that can be asked', 'Correct storeUrl.'),
  // Tillstream itself
  secret_undecryptable: code(
    'The stored consumer secret was sealed under another master key',
    'Set TILLSTREAM_MASTER_KEY_PREVIOUS, or enter the secret again.',
  ),
  internal_error: code('Tillstream met an error of its own', 'Start the run again; if it comes back, report it.'),
} as const satisfies Record<string, RunFailureCode>;

export type RunFailureCodeName = keyof typeof RUN_FAILURE_CODES;

export function isRunFailureCode(text: string): text is RunFailureCodeName {
  return Object.hasOwn(RUN_FAILURE_CODES, text);
}
