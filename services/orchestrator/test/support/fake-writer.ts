import {
  encodeEvent,
  eventId,
  type FactsOf,
  planAnswerKey,
  recordKey,
  TOPICS,
  type SyncEvent,
  type WorkRequested,
  type WorkSettled,
} from '@tillstream/contracts';
import type { EventLog, Subscription } from '@tillstream/event-log';
import { NO_CRASH_POINTS } from '@tillstream/kernel';
import { SILENT_LOGGER } from '@tillstream/observability';
import { consume } from '@tillstream/processor';

type Answer = Pick<WorkSettled, 'outcome' | 'problem'>;

const keyOf = ({ entity, sourceId }: WorkRequested): string =>
  entity === 'orders' ? sourceId : `${entity}:${sourceId}`;

/** Stands for quickbooks-writer: answers each piece of work once; its memory survives the orchestrator's crashes. */
export class FakeWriter {
  /** Content hash per source id, with the entity in front when that is not orders: what the company has. */
  readonly documents = new Map<string, string>();
  readonly works: WorkRequested[] = [];
  /** Source ids a dry run asked about. */
  readonly questions: string[] = [];
  /** Answers to give instead of writing, by source id. */
  readonly refusals = new Map<string, Answer>();
  /** While true, work is taken and answered when it is set to false and `flush` is called. */
  paused = false;
  readonly #answered = new Map<string, number>();
  readonly #seqs = new Map<string, number>();
  readonly #queue: { tenantId: string; work: WorkRequested }[] = [];
  #subscription: Subscription | undefined;
  #log: EventLog | undefined;

  async follow(log: EventLog): Promise<void> {
    this.#log = log;
    this.#subscription = await consume({
      log,
      logger: SILENT_LOGGER,
      crash: NO_CRASH_POINTS,
      group: 'test.writer',
      topics: [TOPICS.workQuickBooks.name, TOPICS.planQuickBooks.name],
      handle: async (events) => {
        for (const { event } of events) await this.#take(event);
      },
    });
  }

  async stop(): Promise<void> {
    await this.#subscription?.stop();
  }

  async flush(): Promise<void> {
    this.paused = false;
    for (const { tenantId, work } of this.#queue.splice(0)) await this.#answer(tenantId, work);
  }

  async #take(event: SyncEvent): Promise<void> {
    if (event.type === 'PlanRequested') await this.#plan(event);
    if (event.type !== 'WorkRequested') return;
    const work = event.facts;
    if ((this.#answered.get(keyOf(work)) ?? 0) >= work.sourceVersion) return;
    this.works.push(work);
    if (this.paused) this.#queue.push({ tenantId: event.tenantId, work });
    else await this.#answer(event.tenantId, work);
  }

  /** Reads only: every record needs one and the same customer. Answers each question each time it is asked. */
  async #plan({ tenantId, facts: asked }: Extract<SyncEvent, { type: 'PlanRequested' }>): Promise<void> {
    const { syncId, ordinal, target, entity, sourceId } = asked;
    this.questions.push(sourceId);
    const producer = `test_plan/${tenantId}:${syncId}:${ordinal}:${target}`;
    const topic = TOPICS.planAnswers.name;
    const facts: FactsOf<'PlanAnswered'> = {
      syncId,
      ordinal,
      target,
      entity,
      sourceId,
      action: 'create',
      reason: null,
      message: null,
      predictedTotal: null,
      writes: 1,
      needs: ['customer|woo:7'],
      remoteCalls: 1,
    };
    const envelope = { schemaVersion: 1 as const, producer, seq: 1, eventNumber: 1, tenantId, facts };
    const event = { ...envelope, id: eventId(producer, topic, 1), type: 'PlanAnswered', payload: { diff: [] } };
    const value = encodeEvent({ ...event, occurredAt: new Date().toISOString() });
    await this.#log?.append([{ topic, key: planAnswerKey(tenantId, syncId), value }]);
  }

  async #answer(tenantId: string, work: WorkRequested): Promise<void> {
    const { entity, sourceId, sourceVersion, contentHash } = work;
    const { outcome, problem } = this.refusals.get(keyOf(work)) ?? this.#write(keyOf(work), contentHash);
    const facts: WorkSettled = {
      target: 'quickbooks',
      entity,
      sourceId,
      sourceVersion,
      contentHash,
      outcome,
      problem,
      documents: [],
      attempts: 1,
      remoteCalls: 2,
    };
    const producer = `quickbooks_work/${tenantId}:${keyOf(work)}`;
    const seq = (this.#seqs.get(producer) ?? 0) + 1;
    const topic = TOPICS.results.name;
    const event = {
      id: eventId(producer, topic, seq),
      type: 'WorkSettled',
      schemaVersion: 1 as const,
      producer,
      seq,
      eventNumber: seq,
      tenantId,
      occurredAt: new Date().toISOString(),
      facts,
    };
    await this.#log?.append([{ topic, key: recordKey(tenantId, entity, sourceId), value: encodeEvent(event) }]);
    this.#seqs.set(producer, seq);
    this.#answered.set(keyOf(work), sourceVersion);
  }

  #write(sourceId: string, contentHash: string): Answer {
    const known = this.documents.get(sourceId);
    this.documents.set(sourceId, contentHash);
    if (known === undefined) return { outcome: 'created', problem: null };
    return { outcome: known === contentHash ? 'unchanged' : 'updated', problem: null };
  }
}
