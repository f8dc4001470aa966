/**
 * The four error families (style guide: errors and delivery). A family says what the caller does next, the code is
 * the stable name documented in docs/errors.md, `detail` carries data without secrets.
 */
export type ErrorFamily = 'invariant' | 'conflict' | 'transient' | 'permanent';

export interface ErrorOptionsWithDetail {
  readonly cause?: unknown;
  readonly detail?: Readonly<Record<string, unknown>>;
  /** For transient errors: wait at least this long before the next attempt (ms). */
  readonly retryAfterMs?: number;
}

export class TillstreamError extends Error {
  readonly detail: Readonly<Record<string, unknown>>;
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly family: ErrorFamily,
    readonly code: string,
    message: string,
    options: ErrorOptionsWithDetail = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.detail = options.detail ?? {};
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** A rule of ours is broken: a bug or an illegal command. Never retried. */
export class InvariantError extends TillstreamError {
  constructor(code: string, message: string, options?: ErrorOptionsWithDetail) {
    super('invariant', code, message, options);
  }
}

/** Somebody else wrote first: reload and decide again. */
export class ConflictError extends TillstreamError {
  constructor(code: string, message: string, options?: ErrorOptionsWithDetail) {
    super('conflict', code, message, options);
  }
}

/** May succeed later without anybody doing anything. */
export class TransientError extends TillstreamError {
  constructor(code: string, message: string, options?: ErrorOptionsWithDetail) {
    super('transient', code, message, options);
  }
}

/** Will not succeed by repetition: park it with its reason. */
export class PermanentError extends TillstreamError {
  constructor(code: string, message: string, options?: ErrorOptionsWithDetail) {
    super('permanent', code, message, options);
  }
}

/** Any thrown value as an Error, so that `catch` blocks can rely on a message. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}

/** For the default branch of a switch over a union: fails to compile when a member is forgotten. */
export function assertNever(value: never, what = 'value'): never {
  throw new InvariantError('unreachable', `unexpected ${what}: ${JSON.stringify(value)}`);
}
