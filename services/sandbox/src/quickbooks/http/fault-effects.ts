import { type FaultRule, firedOf } from '../../shared/faults.js';
import { faults } from '../fault.js';
import type { Clock } from '../types.js';
import { type ApiReply, faultReply, htmlReply, JSON_TYPE, throttled } from './replies.js';

const WRONG_ENTITY: Readonly<Record<string, string>> = {
  Customer: 'Vendor',
  Invoice: 'Estimate',
  Payment: 'BillPayment',
  Item: 'Class',
};

/** What a fault does before the work: an answer in its stead, or a wait. Undefined: go on and do the work. */
export async function beforeCommit(
  clock: Clock,
  gone: AbortSignal,
  fired: readonly FaultRule[],
): Promise<ApiReply | 'drop' | undefined> {
  if (firedOf(fired, 'resetBeforeCommit')) return 'drop';
  const status = firedOf(fired, 'status', 'beforeCommit');
  if (status) return statusReply(status, clock);
  if (firedOf(fired, 'okWithFault')) return faultReply(faults.subscriptionEnded(), new Date(clock.now()).toISOString());
  if (firedOf(fired, 'okWithHtml', 'beforeCommit')) return htmlReply(200);
  const running = firedOf(fired, 'stillRunning');
  if (running) await clock.sleep(running.ms ?? 0);
  const delay = firedOf(fired, 'delay', 'beforeCommit');
  if (delay) {
    await clock.sleep(delay.ms ?? 0);
    // An ordinary slow request is given up when its caller has gone; a `stillRunning` one is not.
    if (gone.aborted) return 'drop';
  }
  return undefined;
}

/** What a fault makes of the answer to work that was done. */
export async function afterCommit(
  clock: Clock,
  fired: readonly FaultRule[],
  reply: ApiReply,
): Promise<ApiReply | 'drop'> {
  const delay = firedOf(fired, 'delay', 'afterCommit');
  if (delay) await clock.sleep(delay.ms ?? 0);
  if (firedOf(fired, 'dropReplyAfterCommit')) return 'drop';
  const status = firedOf(fired, 'status', 'afterCommit');
  if (status) return statusReply(status, clock);
  if (firedOf(fired, 'okWithHtml', 'afterCommit')) return htmlReply(200);
  if (firedOf(fired, 'emptyOk')) return { ...reply, status: 200, body: '' };
  if (firedOf(fired, 'truncatedJson'))
    return { ...reply, body: reply.body.slice(0, Math.floor(reply.body.length / 2)) };
  if (firedOf(fired, 'wrongEntity')) return { ...reply, body: renamed(reply.body) };
  return reply;
}

function renamed(body: string): string {
  return body.replace(/^\{"([A-Za-z]+)"/u, (_all, name: string) => `{"${WRONG_ENTITY[name] ?? 'Class'}"`);
}

function statusReply(rule: FaultRule, clock: Clock): ApiReply {
  const status = rule.status ?? 503;
  const time = new Date(clock.now()).toISOString();
  if (rule.body === 'empty') return { status, contentType: JSON_TYPE, body: '' };
  if (rule.body === 'html') return htmlReply(status);
  if (status === 429) return throttled(rule.body === 'xml' ? 'xml' : 'json', clock.now(), time);
  const fault = faults.application();
  return { ...faultReply(fault, time), status };
}
