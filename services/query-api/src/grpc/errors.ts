import { Metadata, status as Code } from '@grpc/grpc-js';
import { TillstreamError } from '@tillstream/kernel';
import type { Logger } from '@tillstream/observability';
import { ApiProblem, invalid } from '../http/problem.js';
import { toProblem } from '../http/problem-filter.js';
import { type CallStatus, toCallStatus } from './status.js';

/** Whatever was thrown as the status that ends the call; what nobody expected is logged and tells nothing. */
export function statusOf(thrown: unknown, path: string, logger: Logger): CallStatus {
  if (isAbort(thrown)) return { code: Code.CANCELLED, details: 'nobody waits any more', metadata: new Metadata() };
  const problem = problemOf(thrown);
  if (problem.code === 'internal_error') logger.error({ err: thrown, method: path }, 'call failed');
  return toCallStatus(problem);
}

function problemOf(thrown: unknown): ApiProblem {
  if (thrown instanceof TillstreamError && thrown.code === 'cursor_invalid') {
    return invalid('page_token', 'is not a token of this list');
  }
  return toProblem(thrown, () => new ApiProblem('internal_error', 'Something went wrong on our side; it was logged.'));
}

/** The call had ended before its work did; the status goes nowhere. */
function isAbort(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === 'AbortError';
}
