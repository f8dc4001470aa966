import { Metadata, status as Code } from '@grpc/grpc-js';
import { BadRequest, ErrorInfo, RetryInfo, Status } from '@tillstream/proto';
import type { ApiErrorCode } from '../http/api-errors.js';
import { type ApiProblem, type FieldError, RETRY_AFTER_S } from '../http/problem.js';

/** What ends a call that is not OK, as grpc-js takes it. */
export interface CallStatus {
  readonly code: Code;
  readonly details: string;
  readonly metadata: Metadata;
}

/** Contract section 2: how the statuses of REST are called in gRPC. */
const CODES: Readonly<Record<number, Code>> = {
  400: Code.INVALID_ARGUMENT,
  401: Code.UNAUTHENTICATED,
  403: Code.PERMISSION_DENIED,
  404: Code.NOT_FOUND,
  405: Code.UNIMPLEMENTED,
  409: Code.FAILED_PRECONDITION,
  413: Code.RESOURCE_EXHAUSTED,
  415: Code.INVALID_ARGUMENT,
  422: Code.ALREADY_EXISTS,
  501: Code.UNIMPLEMENTED,
  503: Code.UNAVAILABLE,
  504: Code.DEADLINE_EXCEEDED,
};

const EXCEPTIONS: Readonly<Partial<Record<ApiErrorCode, Code>>> = { version_conflict: Code.ABORTED };

/** Trailers have to pass clients and proxies that take 8 KiB of them. */
const MOST_VIOLATIONS = 20;
const LONGEST_DETAILS = 1_000;

const DOMAIN = 'tillstream';
const TYPE_URL = 'type.googleapis.com/google.rpc.';

/** A refusal as a status with google.rpc details; the field names in it are those of the message. */
export function toCallStatus(problem: ApiProblem): CallStatus {
  const code = EXCEPTIONS[problem.code] ?? CODES[problem.status] ?? Code.INTERNAL;
  const details = printable(problem.message, LONGEST_DETAILS);
  const status = Status.fromPartial({ code, message: details, details: detailsOf(problem, code) });
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from(Status.encode(status).finish()));
  return { code, details, metadata };
}

function detailsOf({ code: reason, options }: ApiProblem, code: Code) {
  const info = ErrorInfo.fromPartial({ reason, domain: DOMAIN, metadata: texts(options.members ?? {}) });
  const details = [any('ErrorInfo', ErrorInfo.encode(info).finish())];
  if (code === Code.INVALID_ARGUMENT) details.push(any('BadRequest', badRequest(options.errors ?? [])));
  if (code === Code.UNAVAILABLE) {
    const retry = RetryInfo.fromPartial({ retryDelay: { seconds: RETRY_AFTER_S, nanos: 0 } });
    details.push(any('RetryInfo', RetryInfo.encode(retry).finish()));
  }
  return details;
}

function badRequest(errors: readonly FieldError[]): Uint8Array {
  const fieldViolations = errors
    .slice(0, MOST_VIOLATIONS)
    .map(({ path, message }) => ({ field: printable(path, 200), description: printable(message, 200) }));
  return BadRequest.encode(BadRequest.fromPartial({ fieldViolations })).finish();
}

function any(name: string, value: Uint8Array): { typeUrl: string; value: Buffer } {
  return { typeUrl: `${TYPE_URL}${name}`, value: Buffer.from(value) };
}

/** ErrorInfo carries texts only; what is none is JSON. */
function texts(members: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

/** Half a surrogate pair, cut off or sent by a client, would make grpc-js throw while it encodes the status. */
function printable(text: string, longest: number): string {
  return text.slice(0, longest).toWellFormed();
}
