import {
  encodeEvent,
  eventId,
  type StoredEvent,
  type SyncEvent,
  TOPICS,
  type WriterReply,
} from '@tillstream/contracts';
import type { EventLog } from '@tillstream/event-log';
import { asError, type Clock, TillstreamError } from '@tillstream/kernel';
import type { Logger } from '@tillstream/observability';
import { testConnection } from './connection-test.js';
import type { Consent } from './consent.js';
import type { Realm } from '../company/realm.js';

export interface CommandParts {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly consent: Consent;
  /** The company the tenant's connection names now, with fresh configuration; null without a connection. */
  readonly realmOf: (tenantId: string) => Promise<Realm | null>;
}

type Command = Extract<SyncEvent, { type: 'TestQuickBooksConnection' | 'BuildAuthorizeUrl' | 'FinishAuthorization' }>;
type Answer = Pick<WriterReply, 'ok'> & Partial<Omit<WriterReply, 'replyTo'>>;

export function isCommand(event: SyncEvent): event is Command {
  return (
    event.type === 'TestQuickBooksConnection' ||
    event.type === 'BuildAuthorizeUrl' ||
    event.type === 'FinishAuthorization'
  );
}

/** Commands with a reply (D15): answered before their deadline or not at all, ahead of queued work. */
export class Commands {
  constructor(private readonly parts: CommandParts) {}

  async serve(command: Command): Promise<void> {
    const { clock, logger } = this.parts;
    const leftMs = Date.parse(command.facts.deadline) - clock.now();
    if (leftMs <= 0) return;
    const done = new AbortController();
    const late = clock
      .sleep(leftMs, done.signal)
      .then((): Answer => ({ ok: false, code: 'writer_unavailable', message: 'QuickBooks did not answer in time.' }))
      .catch((): Answer => ({ ok: false }));
    const began = clock.monotonic();
    const answer = await Promise.race([this.#answer(command), late]);
    done.abort();
    logger.info(
      { tenantId: command.tenantId, command: command.type, ok: answer.ok, code: answer.code },
      'command answered',
    );
    await this.#reply(command, { latencyMs: clock.monotonic() - began, ...answer });
  }

  async #answer(command: Command): Promise<Answer> {
    try {
      const realm = await this.parts.realmOf(command.tenantId);
      if (!realm) return { ok: false, code: 'connection_missing', message: 'There is no QuickBooks connection.' };
      return await this.#run(command, realm);
    } catch (thrown) {
      const code = thrown instanceof TillstreamError ? thrown.code : 'internal_error';
      return { ok: false, code, message: asError(thrown).message };
    }
  }

  async #run(command: Command, realm: Realm): Promise<Answer> {
    const { clock, consent } = this.parts;
    switch (command.type) {
      case 'TestQuickBooksConnection': {
        const began = clock.monotonic();
        const checks = await testConnection(realm, command.facts.orderNumbers ?? []);
        const reachable = checks.some(({ name, ok }) => name === 'company' && ok);
        if (reachable) await realm.status.report('connected', null, true);
        const ok = checks.every((check) => check.ok);
        return { ok, checks: [...checks], latencyMs: clock.monotonic() - began };
      }
      case 'BuildAuthorizeUrl':
        return { ok: true, authorizeUrl: await consent.authorizeUrl(realm, command.facts.redirectUri) };
      case 'FinishAuthorization':
        await consent.finish(realm, command.facts);
        return { ok: true };
    }
  }

  async #reply({ tenantId, facts: { replyTo } }: Command, answer: Answer): Promise<void> {
    const topic = TOPICS.writerReplies.name;
    const producer = `writer_replies/${replyTo}`;
    const facts: WriterReply = {
      replyTo,
      code: null,
      message: null,
      checks: null,
      authorizeUrl: null,
      latencyMs: null,
      ...answer,
    };
    const event: StoredEvent = {
      id: eventId(producer, topic, 1),
      type: 'WriterReply',
      schemaVersion: 1,
      producer,
      seq: 1,
      eventNumber: 1,
      tenantId,
      occurredAt: new Date(this.parts.clock.now()).toISOString(),
      facts,
    };
    await this.parts.log.append([{ topic, key: tenantId, value: encodeEvent(event) }]);
  }
}
