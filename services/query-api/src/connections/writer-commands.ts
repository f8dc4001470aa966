import {
  type Check,
  encodeEvent,
  type EventType,
  eventId,
  type FactsOf,
  type StoredEvent,
  type SyncEvent,
  TOPICS,
  type WriterReply,
} from '@tillstream/contracts';
import type { Secrets } from '@tillstream/credentials';
import type { EventLog } from '@tillstream/event-log';
import type { Clock, Ids } from '@tillstream/kernel';
import { ApiProblem } from '../http/problem.js';
import type { EventWaiter } from '../outbox/await-events.js';
import type { TestResult } from './schemas.js';

/** How long somebody waits for the writer (D15), milliseconds. */
const REPLY_WAIT_MS = 10_000;

type CommandType = 'TestQuickBooksConnection' | 'BuildAuthorizeUrl' | 'FinishAuthorization';
type Parameters<T extends CommandType> = Omit<FactsOf<T>, 'replyTo' | 'deadline'>;

/** The command a reply answers. */
export function repliedTo(event: SyncEvent): string | null {
  return event.type === 'WriterReply' ? event.facts.replyTo : null;
}

/** Only quickbooks-writer holds tokens: what needs one is asked of it (D15). A lost command is asked again by its user. */
export class WriterCommands {
  constructor(
    private readonly deps: {
      readonly log: EventLog;
      readonly replies: EventWaiter;
      readonly secrets: Secrets;
      readonly clock: Clock;
      readonly ids: Ids;
    },
  ) {}

  /**
   * Real calls to QuickBooks, reading only; `orderNumbers` = the shop's last ones, looked for among foreign documents
   * (B8). Throws `writer_unavailable`.
   */
  async test(tenantId: string, orderNumbers: readonly string[]): Promise<TestResult> {
    const reply = await this.#ask(tenantId, 'TestQuickBooksConnection', { orderNumbers: [...orderNumbers] });
    const checks: Check[] = [...(reply.checks ?? [])];
    if (!reply.ok && checks.every(({ ok }) => ok)) {
      checks.push({ name: 'connection', ok: false, detail: reply.message ?? 'QuickBooks cannot be used.' });
    }
    return { ok: checks.every(({ ok }) => ok), checks, latencyMs: Math.round(reply.latencyMs ?? 0) };
  }

  /** Where a person gives consent. Throws `writer_unavailable`, `consent_failed`. */
  async authorizeUrl(tenantId: string, redirectUri: string): Promise<string> {
    const reply = await this.#ask(tenantId, 'BuildAuthorizeUrl', { redirectUri });
    if (!reply.ok || reply.authorizeUrl === null) throw consentFailed(reply);
    return reply.authorizeUrl;
  }

  /** Exchanges the code for tokens. Throws `writer_unavailable`, `consent_failed` (state used, too old, other company). */
  async finishAuthorization(
    owner: { readonly tenantId: string; readonly connectionId: string },
    consent: { readonly code: string; readonly state: string; readonly realmId: string; readonly redirectUri: string },
  ): Promise<void> {
    const { code, ...rest } = consent;
    const sealedCode = JSON.stringify(this.deps.secrets.seal(code, owner));
    const reply = await this.#ask(owner.tenantId, 'FinishAuthorization', { ...rest, sealedCode });
    if (!reply.ok) throw consentFailed(reply);
  }

  async #ask<T extends CommandType>(tenantId: string, type: T, parameters: Parameters<T>): Promise<WriterReply> {
    const { log, replies, clock, ids } = this.deps;
    const replyTo = ids.next('cmd');
    const deadline = new Date(clock.now() + REPLY_WAIT_MS).toISOString();
    const reply = replies.wait(replyTo, REPLY_WAIT_MS);
    const topic = TOPICS.writerCommands.name;
    const event = this.#event(tenantId, topic, replyTo, type, { ...parameters, replyTo, deadline });
    await log.append([{ topic, key: tenantId, value: encodeEvent(event) }]);
    const answer = await reply;
    if (answer?.type !== 'WriterReply') throw new ApiProblem('writer_unavailable', 'No answer within 10 s; try again.');
    return answer.facts;
  }

  /** A command is its own producer: it is sent once and nothing comes after it. */
  #event(
    tenantId: string,
    topic: string,
    replyTo: string,
    type: EventType,
    facts: Record<string, unknown>,
  ): StoredEvent {
    const producer = `writer_commands/${replyTo}`;
    const occurredAt = new Date(this.deps.clock.now()).toISOString();
    return {
      id: eventId(producer, topic, 1),
      type,
      schemaVersion: 1,
      producer,
      seq: 1,
      eventNumber: 1,
      tenantId,
      occurredAt,
      facts,
    };
  }
}

function consentFailed({ message }: WriterReply): ApiProblem {
  return new ApiProblem('consent_failed', message ?? 'QuickBooks did not accept the consent; start again.');
}
