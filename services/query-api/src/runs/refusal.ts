import type { FactsOf } from '@tillstream/contracts';
import { API_ERRORS, type ApiErrorCode } from '../http/api-errors.js';
import { ApiProblem } from '../http/problem.js';

/** The orchestrator's refusal as an answer; a code that this API does not know is our own error. */
export function refusal(facts: FactsOf<'RunRefused'>): ApiProblem {
  const { code, message, activeSyncId, ordersPerYear } = facts;
  const known: ApiErrorCode = isApiError(code) ? code : 'internal_error';
  return new ApiProblem(known, message, {
    members: {
      ...(activeSyncId !== null && { syncId: activeSyncId }),
      ...(ordersPerYear !== null && { ordersPerYear }),
    },
  });
}

function isApiError(code: string): code is ApiErrorCode {
  return Object.hasOwn(API_ERRORS, code);
}
