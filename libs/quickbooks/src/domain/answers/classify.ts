import type { RemoteError } from '@tillstream/contracts';
import { TillstreamError } from '@tillstream/kernel';
import type { CallContext, RemoteResult, WireEntity } from '../model.js';
import { isObject } from '../wire-json.js';
import { type Fault, jsonFault, remoteError, xmlFault } from './fault.js';
import { readFault } from './fault-codes.js';

export interface AnswerLike {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * What an answer means. Nothing is taken for success that does not carry the entity asked for: a Fault counts whatever
 * the status, and nonsense (HTML, truncated, empty, wrong type, 5xx) means `retry_later` for a read and
 * `unknown_outcome` for a write, because the write may have happened.
 */
export function classifyResponse(answer: AnswerLike, context: CallContext): RemoteResult {
  const traceId = answer.headers['intuit_tid'] ?? null;
  const body = parse(answer.body);
  const fault = jsonFault(body) ?? (answer.body.trimStart().startsWith('<') ? xmlFault(answer.body) : null);
  const remote = remoteError(answer.status, fault, traceId);
  if (fault) return readFault(fault, answer.status, remote, context);
  if (answer.status >= 200 && answer.status < 300) {
    const entity = entityOf(body, context);
    return entity ? { kind: 'ok', entity, traceId } : nonsense(describe(answer, body, context), context, remote);
  }
  return byStatus(answer, body, context, remote);
}

function byStatus(answer: AnswerLike, body: unknown, context: CallContext, remote: RemoteError): RemoteResult {
  if (answer.status === 401) return { kind: 'auth_expired', remote };
  if (answer.status === 403 && isObject(body)) return { kind: 'auth_denied', remote };
  if (answer.status === 429) return { kind: 'throttled', remote };
  return nonsense(describe(answer, body, context), context, remote);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Singletons of a company; they have no Id of their own in every answer. */
const WITHOUT_ID = new Set(['QueryResponse', 'Preferences', 'CompanyInfo']);

function entityOf(body: unknown, { expect }: CallContext): WireEntity | null {
  const found = isObject(body) ? body[expect] : undefined;
  if (!isObject(found)) return null;
  const { Id } = found;
  if (typeof Id === 'string' && Id !== '') return { ...found, Id };
  return WITHOUT_ID.has(expect) ? { ...found, Id: '' } : null;
}

function describe({ status, body: text }: AnswerLike, body: unknown, { expect }: CallContext): string {
  if (text.trim() === '') return `an empty answer (HTTP ${status})`;
  if (isObject(body)) return `an answer without ${expect} (HTTP ${status})`;
  return `an answer that is ${text.trimStart().startsWith('<') ? 'a web page' : 'not JSON'} (HTTP ${status})`;
}

function nonsense(what: string, { effect }: CallContext, remote: RemoteError): RemoteResult {
  if (effect === 'write') return { kind: 'unknown_outcome', reason: `QuickBooks sent ${what}`, remote };
  return { kind: 'retry_later', code: 'quickbooks_unavailable', message: `QuickBooks sent ${what}.`, remote };
}

/**
 * What a failed exchange means, by the codes of libs/http-client: `http_not_sent` and `target_not_allowed` had no
 * effect, `http_outcome_unknown` may have had one. Anything else is a defect of ours and is thrown again.
 */
export function classifyFailure(error: unknown, context: CallContext): RemoteResult {
  if (!(error instanceof TillstreamError)) throw error;
  const remote = remoteError(0, faultOfError(error), null);
  const { httpStatus: _none, ...withoutStatus } = remote;
  switch (error.code) {
    case 'http_not_sent':
    case 'target_not_allowed':
      return {
        kind: 'retry_later',
        code: 'quickbooks_unavailable',
        message: `QuickBooks is not reachable: ${error.message}.`,
        remote: withoutStatus,
      };
    case 'http_outcome_unknown':
      return nonsense(`no whole answer: ${error.message}`, context, withoutStatus);
    default:
      throw error;
  }
}

function faultOfError(error: TillstreamError): Fault {
  return { code: '', type: '', message: error.message, detail: '', element: '' };
}
