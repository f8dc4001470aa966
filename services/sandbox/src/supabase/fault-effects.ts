import type { Clock } from '@tillstream/kernel';
import { type FaultRule, firedOf } from '../shared/faults.js';
import { statusOf } from './errors.js';
import { gatewayReply } from './gateway/authorize.js';
import { type RestReply, errorBody } from './rest/reply.js';

/** What a fault does before the work: an answer in its stead, or a wait. Undefined: go on and do the work. */
export async function beforeCommit(
  clock: Clock,
  gone: AbortSignal,
  fired: readonly FaultRule[],
): Promise<RestReply | 'drop' | undefined> {
  if (firedOf(fired, 'resetBeforeCommit')) return 'drop';
  const running = firedOf(fired, 'stillRunning');
  if (running) await clock.sleep(running.ms ?? 0);
  const delay = firedOf(fired, 'delay', 'beforeCommit');
  if (delay) {
    await clock.sleep(delay.ms ?? 0);
    // An ordinary slow request is given up when its caller has gone; a `stillRunning` one is not.
    if (gone.aborted) return 'drop';
  }
  const status = firedOf(fired, 'status', 'beforeCommit');
  if (status && !cacheLags(fired)) return statusReply(status);
  if (firedOf(fired, 'okWithHtml', 'beforeCommit')) return htmlReply(200);
  return undefined;
}

/** Whether the request meets a schema cache that does not know its table or function yet. */
export function cacheLags(fired: readonly FaultRule[]): boolean {
  return firedOf(fired, 'status')?.code === 'PGRST205';
}

/** What a fault makes of the answer to work that was done. */
export async function afterCommit(
  clock: Clock,
  fired: readonly FaultRule[],
  reply: RestReply,
): Promise<RestReply | 'drop'> {
  const delay = firedOf(fired, 'delay', 'afterCommit');
  if (delay) await clock.sleep(delay.ms ?? 0);
  if (firedOf(fired, 'dropReplyAfterCommit')) return 'drop';
  const status = firedOf(fired, 'status', 'afterCommit');
  if (status) return statusReply(status);
  if (firedOf(fired, 'okWithHtml', 'afterCommit')) return htmlReply(200);
  if (firedOf(fired, 'emptyOk')) return { ...reply, status: 200, body: '' };
  if (firedOf(fired, 'truncatedJson'))
    return { ...reply, body: reply.body.slice(0, Math.floor(reply.body.length / 2)) };
  return reply;
}

/** What these codes are answered with when nothing else is said. */
const MESSAGES: Readonly<Record<string, string>> = {
  PGRST000: 'Could not connect to the database. Retrying the connection.',
  PGRST001: 'Database client error. Retrying the connection.',
  PGRST002: 'Could not query the database for the schema cache. Retrying.',
  PGRST003: 'Timed out acquiring connection from connection pool.',
  '57014': 'canceling statement due to statement timeout',
  '40P01': 'deadlock detected',
  '40001': 'could not serialize access due to concurrent update',
  '55P03': 'canceling statement due to lock timeout',
  '53300': 'remaining connection slots are reserved',
  '25006': 'cannot execute INSERT in a read-only transaction',
};
const OWN_STATUS: Readonly<Record<string, number>> = {
  PGRST000: 503,
  PGRST001: 503,
  PGRST002: 503,
  PGRST003: 504,
  PGRST301: 401,
  PGRST303: 401,
};

function statusReply(rule: FaultRule): RestReply {
  const retryAfter: Readonly<Record<string, string>> =
    rule.retryAfterSeconds === undefined ? {} : { 'retry-after': String(rule.retryAfterSeconds) };
  return withHeaders(plainStatusReply(rule), retryAfter);
}

function plainStatusReply({ code, status, body }: FaultRule): RestReply {
  if (code !== undefined) {
    const message = MESSAGES[code] ?? 'fault of the sandbox';
    const own = status ?? OWN_STATUS[code] ?? statusOf({ code, message }, false);
    return errorBody(own, { code, details: null, hint: null, message });
  }
  const answered = status ?? 503;
  if (body === 'empty') return { status: answered, headers: {}, body: '' };
  if (body === 'html' || [502, 520, 521, 522].includes(answered)) return htmlReply(answered);
  return gatewayReply(answered, REASONS[answered] ?? 'Service Unavailable');
}

const REASONS: Readonly<Record<number, string>> = {
  402: 'Project is restricted',
  429: 'Too many requests',
  540: 'Project paused',
  544: 'Project API gateway timeout',
};

function withHeaders(reply: RestReply, headers: Readonly<Record<string, string>>): RestReply {
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

/** A page of the edge in front of the project. */
export function htmlReply(status: number): RestReply {
  const title = status === 200 ? 'Just a moment...' : `${status}: Web server is returning an unknown error`;
  return {
    status,
    headers: { 'content-type': 'text/html; charset=UTF-8', server: 'cloudflare' },
    body: `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>Error ${status}</h1><p>Cloudflare</p></body></html>`,
  };
}
