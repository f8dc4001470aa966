import {
  encodeEvent,
  eventId,
  recordKey,
  TOPICS,
  type FactsOf,
  type Outcome,
  type RowsPayload,
  type RowsRequested,
  type SyncEvent,
} from '@tillstream/contracts';
import type { EventLog, Subscription } from '@tillstream/event-log';
import { NO_CRASH_POINTS } from '@tillstream/kernel';
import { SILENT_LOGGER } from '@tillstream/observability';
import { consume } from '@tillstream/processor';
import { problemOf } from '../../src/domain/record/facts.js';

/** Stands for supabase-writer: keeps nothing per record; each piece of work is the producer of its own result. */
export class FakeRowsWriter {
  /** `entity:sourceId` to the row; deleted ones have no raw. */
  readonly rows = new Map<string, { readonly raw: unknown; readonly related: unknown; readonly deleted: boolean }>();
  readonly works: RowsRequested[] = [];
  /** While true every piece of work is put off by an hour. */
  isDown = false;
  /** Each result is told this often. */
  repeats = 1;
  #subscription: Subscription | undefined;
  #log: EventLog | undefined;

  async follow(log: EventLog): Promise<void> {
    this.#log = log;
    this.#subscription = await consume({
      log,
      logger: SILENT_LOGGER,
      crash: NO_CRASH_POINTS,
      group: 'test.rows',
      topics: [TOPICS.workSupabase.name],
      handle: async (events) => {
        for (const { event } of events) if (event.type === 'RowsRequested') await this.#take(event);
      },
    });
  }

  async stop(): Promise<void> {
    await this.#subscription?.stop();
  }

  async #take({ tenantId, facts: work, payload }: Extract<SyncEvent, { type: 'RowsRequested' }>): Promise<void> {
    this.works.push(work);
    const { entity, sourceId, sourceVersion, contentHash, deleted } = work;
    const common = { target: 'supabase', entity, sourceId, sourceVersion, contentHash, remoteCalls: 1 } as const;
    if (this.isDown) {
      const nextAttemptAt = new Date(Date.now() + 3_600_000).toISOString();
      const problem = problemOf('supabase_unavailable');
      await this.#tell(tenantId, 'WorkDeferred', { ...common, problem, attempts: 1, nextAttemptAt });
      return;
    }
    const { raw, related } = payload as unknown as RowsPayload;
    const key = `${entity}:${sourceId}`;
    const outcome: Outcome = this.rows.has(key) ? 'updated' : 'created';
    this.rows.set(key, { raw, related, deleted });
    const settled = { ...common, outcome, problem: null, documents: [], attempts: 1 };
    for (let time = 0; time < this.repeats; time += 1) await this.#tell(tenantId, 'WorkSettled', settled);
  }

  async #tell<T extends 'WorkSettled' | 'WorkDeferred'>(tenantId: string, type: T, facts: FactsOf<T>): Promise<void> {
    const { entity, sourceId, sourceVersion } = facts;
    const producer = `supabase_rows/${recordKey(tenantId, entity, sourceId)}@${sourceVersion}`;
    const topic = TOPICS.results.name;
    const event = {
      id: eventId(producer, topic, 1),
      type,
      schemaVersion: 1 as const,
      producer,
      seq: 1,
      eventNumber: 1,
    };
    const value = encodeEvent({ ...event, tenantId, occurredAt: new Date().toISOString(), facts });
    await this.#log?.append([{ topic, key: recordKey(tenantId, entity, sourceId), value }]);
  }
}
