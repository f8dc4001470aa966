import {
  type Check,
  encodeEvent,
  type EventType,
  eventId,
  type FactsOf,
  type StoredEvent,
  type SyncEvent,
  TOPICS,
  type TopicOf,
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

/** Where each command is heard. */
const COMMAND_TOPICS = {
  TestQuickBooksConnection: TOPICS.writerCommands.name,
  BuildAuthorizeUrl: TOPICS.writerCommands.name,
  FinishAuthorization: TOPICS.writerCommands.name,
  TestSupabaseConnection: TOPICS.supabaseCommands.name,
} as const satisfies { readonly [Type in EventType]?: TopicOf<Type> };
type CommandType = keyof typeof COMMAND_TOPICS;
type Parameters<T extends CommandType> = Omit<FactsOf<T>, 'replyTo' | 'deadline'>;

/** The command a reply answers. */
export function repliedTo(event: SyncEvent): string | null {
  return event.type === 'WriterReply' ? event.facts.replyTo : null;
}

/** Only a target's writer calls the target and holds its tokens: what needs that is asked of it (D15). A lost command is asked again by its user. */
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
  async testCompany(tenantId: string, orderNumbers: readonly string[]): Promise<TestResult> {
    const reply = await this.#ask(tenantId, 'TestQuickBooksConnection', { orderNumbers: [...orderNumbers] });
    return testResult(reply, 'QuickBooks cannot be used.');
  }

  /** Real calls to Supabase, reading only. Throws `writer_unavailable`. */
  async testProject(tenantId: string): Promise<TestResult> {
    return testResult(await this.#ask(tenantId, 'TestSupabaseConnection', {}), 'Supabase cannot be used.');
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
    const topic = COMMAND_TOPICS[type];
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

/** A refusal without a check that failed becomes one: there is always something to read. */
function testResult({ ok, checks, message, latencyMs }: WriterReply, otherwise: string): TestResult {
  const all: Check[] = [...(checks ?? [])];
  if (!ok && all.every((check) => check.ok)) {
    all.push({ name: 'connection', ok: false, detail: message ?? otherwise });
  }
  return { ok: all.every((check) => check.ok), checks: all, latencyMs: Math.round(latencyMs ?? 0) };
}

function consentFailed({ message }: WriterReply): ApiProblem {
  return new ApiProblem('consent_failed', message ?? 'QuickBooks did not accept the consent; start again.');
}
