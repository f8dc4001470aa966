import { TillstreamError } from '@tillstream/kernel';
import { API_ERRORS, type ApiErrorCode } from './api-errors.js';

export interface FieldError {
  /** JSON path with dots, e.g. `filters.status.0`; "" = the whole. */
  readonly path: string;
  readonly message: string;
}

export interface ProblemOptions {
  readonly errors?: readonly FieldError[];
  /** Further members of the answer, e.g. `syncId` of the active run. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An expected refusal: carries everything the answer shows. */
export class ApiProblem extends TillstreamError {
  readonly status: number;

  constructor(
    override readonly code: ApiErrorCode,
    message: string,
    readonly options: ProblemOptions = {},
  ) {
    super('permanent', code, message);
    this.status = API_ERRORS[code].status;
  }
}

export const notFound = (what: string): ApiProblem => new ApiProblem('not_found', `${what} does not exist`);

export function invalid(path: string, message: string): ApiProblem {
  return new ApiProblem('validation_failed', path === '' ? message : `${path}: ${message}`, {
    errors: [{ path, message }],
  });
}

/** The body of an answer of type application/problem+json (RFC 9457). */
export function problemBody(problem: ApiProblem, instance: string): Record<string, unknown> {
  const { code, status, message, options } = problem;
  return {
    ...options.members,
    type: `/problems/${code}`,
    title: API_ERRORS[code].title,
    status,
    code,
    detail: message,
    instance,
    ...(options.errors && { errors: options.errors }),
  };
}

/** How long a client should wait after a 503, seconds. */
export const RETRY_AFTER_S = 5;

export function problemHeaders(problem: ApiProblem): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': 'application/problem+json; charset=utf-8' };
  if (problem.status === 503) headers['retry-after'] = String(RETRY_AFTER_S);
  if (problem.status === 401) headers['www-authenticate'] = 'Bearer realm="tillstream"';
  return { ...headers, ...problem.options.headers };
}
