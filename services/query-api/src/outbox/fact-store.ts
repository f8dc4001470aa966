import {
  encodeEvent,
  type EventType,
  eventId,
  type FactsOf,
  type StoredEvent,
  type TopicOf,
} from '@tillstream/contracts';
import type { DocumentStore, Versioned } from '@tillstream/document-store';
import type { EventLog, RecordToAppend } from '@tillstream/event-log';
import type { Clock, CrashPoints } from '@tillstream/kernel';

/** What a document carries besides its content, so that its facts reach the log whatever dies when (D3). */
export interface Outboxed {
  readonly tenantId: string;
  /** Last seq used. */
  readonly factSeq: number;
  /** Facts not yet known to be appended. */
  readonly outbox: readonly OutboxEntry[];
  /** The indexed flag that `recover` looks for. */
  readonly outboxPending: boolean;
}

interface OutboxEntry {
  readonly topic: string;
  readonly key: string;
  readonly event: StoredEvent;
}

/** One fact about a document, on a topic that carries its type; a document publishes to one topic with one key. */
export type Fact<T extends EventType = EventType> = {
  [Type in T]: {
    readonly topic: TopicOf<Type>;
    readonly key: string;
    readonly type: Type;
    readonly facts: FactsOf<Type>;
  };
}[T];

export interface FactStoreDeps {
  readonly store: DocumentStore;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly crash: CrashPoints;
}

interface WriteFacts<Content> {
  readonly collection: string;
  readonly id: string;
  /** Name of the producer; differs from `<collection>/<id>` only where a document may be deleted and made again. */
  readonly producer: string;
  readonly before: Versioned<Content & Outboxed> | null;
  readonly content: Content & { readonly tenantId: string };
  readonly facts: readonly Fact[];
}

/**
 * Documents whose changes are told to other services. A write stores content and facts together, then appends the
 * facts; a crash in between is mended by `recover` at the next start, with the same event ids and seqs (D3).
 */
export class FactStore {
  constructor(private readonly deps: FactStoreDeps) {}

  /** False when somebody else wrote first: load and decide again. Resolves when the facts are in the log (I1). */
  async write<Content extends object>(request: WriteFacts<Content>): Promise<boolean> {
    const { collection, id, before, content } = request;
    const entries = [...(before?.doc.outbox ?? []), ...this.#entries(request)];
    const factSeq = (before?.doc.factSeq ?? 0) + request.facts.length;
    const doc = { ...content, factSeq, outbox: entries, outboxPending: entries.length > 0 };
    this.deps.crash.hit('store.write.before');
    const [outcome] = await this.deps.store.bulkWrite([
      { op: 'put', collection, id, doc, expectedVersion: before?.version ?? 0 },
    ]);
    if (!outcome?.ok) return false;
    this.deps.crash.hit('store.write.after');
    await this.#publish(collection, id, outcome.version, entries);
    return true;
  }

  /** Appends what may be missing in the log. Returns how many documents were concerned. */
  async recover(collection: string): Promise<number> {
    let recovered = 0;
    for (;;) {
      const where = { outboxPending: true };
      const { items } = await this.deps.store.find<Outboxed>(collection, { where, limit: 200 });
      for (const { id, version, doc } of items) await this.#publish(collection, id, version, doc.outbox);
      recovered += items.length;
      if (items.length < 200) return recovered;
    }
  }

  async #publish(collection: string, id: string, version: number, entries: readonly OutboxEntry[]): Promise<void> {
    if (entries.length > 0) {
      this.deps.crash.hit('outbox.append.before');
      await this.deps.log.append(entries.map(toRecord));
      this.deps.crash.hit('outbox.append.after');
    }
    // A conflict means that a newer write carried the entries on: they are appended again, and dropped as repeats.
    const set = { outbox: [], outboxPending: false };
    await this.deps.store.bulkWrite([{ op: 'patch', collection, id, set, expectedVersion: version }]);
  }

  #entries<Content>(request: WriteFacts<Content>): OutboxEntry[] {
    const occurredAt = new Date(this.deps.clock.now()).toISOString();
    const last = request.before?.doc.factSeq ?? 0;
    return request.facts.map(({ topic, key, type, facts }, index) => {
      const seq = last + index + 1;
      const { producer, content } = request;
      const event: StoredEvent = {
        id: eventId(producer, topic, seq),
        type,
        schemaVersion: 1,
        producer,
        seq,
        eventNumber: seq,
        tenantId: content.tenantId,
        occurredAt,
        facts: { ...facts },
      };
      return { topic, key, event };
    });
  }
}

function toRecord({ topic, key, event }: OutboxEntry): RecordToAppend {
  return { topic, key, value: encodeEvent(event) };
}
