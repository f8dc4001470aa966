import {
  encodeEvent,
  eventId,
  type FactsOf,
  planAnswerKey,
  type PlanPayload,
  type PlanRequestedPayload,
  type StoredEvent,
  type SyncEvent,
  TOPICS,
} from '@tillstream/contracts';
import type { EventLog } from '@tillstream/event-log';
import type { Clock } from '@tillstream/kernel';
import type { Logger } from '@tillstream/observability';
import type { DecodedRecord } from '@tillstream/processor';
import { recordIn } from '../delivery/deliver-record.js';
import type { PlanQuestion, RealmPlanner } from './realm-planner.js';

export interface PlansParts {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly plannerOf: (tenantId: string, realmId: string) => RealmPlanner;
}

type PlanRequestedEvent = Extract<SyncEvent, { type: 'PlanRequested' }>;

/** Records per batch: a dry run shows its first lines while the rest is planned. */
export const PLAN_BATCH = 50;

/** Answers what a dry run asks (ADR 0011): reads only, each answer under the question's own id. */
export class Plans {
  constructor(private readonly parts: PlansParts) {}

  async serve(records: readonly DecodedRecord[], signal: AbortSignal): Promise<void> {
    const byCompany = new Map<string, PlanRequestedEvent[]>();
    for (const { event, key } of records) {
      if (event.type === 'PlanRequested') byCompany.set(key, [...(byCompany.get(key) ?? []), event]);
    }
    await Promise.all([...byCompany.values()].map((events) => this.#serveCompany(events, signal)));
  }

  async #serveCompany(events: readonly PlanRequestedEvent[], signal: AbortSignal): Promise<void> {
    const asked: { event: PlanRequestedEvent; question: PlanQuestion }[] = [];
    for (const event of events) {
      const record = recordIn((event.payload as PlanRequestedPayload | undefined)?.work ?? {});
      if (record === null) this.parts.logger.error({ eventId: event.id }, 'a question without its record was dropped');
      else asked.push({ event, question: { request: event.facts, record } });
    }
    const [first] = asked;
    if (!first) return;
    const planner = this.parts.plannerOf(first.event.tenantId, first.event.facts.remoteName);
    const answers = await planner.plan(
      asked.map(({ question }) => question),
      signal,
    );
    const topic = TOPICS.planAnswers.name;
    await this.parts.log.append(
      asked.flatMap(({ event: { tenantId, facts } }, index) => {
        const answer = answers[index];
        if (!answer) return [];
        const { diff, ...rest } = answer;
        const { syncId, ordinal, target, entity, sourceId } = facts;
        const answered = { syncId, ordinal, target, entity, sourceId, ...rest, needs: [...rest.needs] };
        const value = encodeEvent(this.#event(tenantId, answered, { diff }));
        return [{ topic, key: planAnswerKey(tenantId, syncId), value }];
      }),
    );
  }

  #event(tenantId: string, facts: FactsOf<'PlanAnswered'>, payload: PlanPayload): StoredEvent {
    const producer = `quickbooks_plan/${tenantId}:${facts.syncId}:${facts.ordinal}:${facts.target}`;
    return {
      id: eventId(producer, TOPICS.planAnswers.name, 1),
      type: 'PlanAnswered',
      schemaVersion: 1,
      producer,
      seq: 1,
      eventNumber: 1,
      tenantId,
      occurredAt: new Date(this.parts.clock.now()).toISOString(),
      facts,
      payload: { ...payload },
    };
  }
}
