import { encodeEvent } from '@tillstream/contracts';
import { type DocumentStore, pagesOf, type WriteOperation } from '@tillstream/document-store';
import type { EventLog } from '@tillstream/event-log';
import { type Clock, ConflictError, type CrashPoints } from '@tillstream/kernel';
import type { Logger } from '@tillstream/observability';
import { DocumentCache } from './document-cache.js';
import { DocumentLocks } from './document-locks.js';
import { type Applied, applyInputs } from './domain/apply-inputs.js';
import { fromStored, type Loaded } from './domain/loaded-document.js';
import { OutboxSettler } from './outbox-settler.js';
import type {
  Aggregate,
  AggregateInput,
  AggregateRuntime,
  Alarm,
  DomainEvent,
  HandleResult,
  StateDocument,
} from './types.js';

export interface AggregateRuntimeParts {
  readonly store: DocumentStore;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly crash: CrashPoints;
  readonly logger: Logger;
  readonly onAlarm?: (alarm: Alarm) => void;
  /** Parsed documents kept in memory (default 2 000). */
  readonly cacheEntries?: number;
  /** After that many quiet milliseconds published outboxes are cleared (default 1000). */
  readonly settleDelayMs?: number;
}

const WRITE_ATTEMPTS = 20;
const RECOVERY_PAGE = 500;
const NONE: ReadonlySet<string> = new Set();

/** Runs one aggregate as README describes; see AggregateRuntime for the guarantees. */
export function createAggregateRuntime<State, Input, Event extends DomainEvent>(
  aggregate: Aggregate<State, Input, Event>,
  parts: AggregateRuntimeParts,
): AggregateRuntime<State, Input, Event> {
  return new Runtime(aggregate, parts);
}

interface Slot<Input> {
  readonly index: number;
  readonly input: AggregateInput<Input>;
}

class Runtime<State, Input, Event extends DomainEvent> implements AggregateRuntime<State, Input, Event> {
  readonly #locks = new DocumentLocks();
  readonly #cache: DocumentCache<State>;
  readonly #settler: OutboxSettler;

  constructor(
    private readonly aggregate: Aggregate<State, Input, Event>,
    private readonly parts: AggregateRuntimeParts,
  ) {
    const { store, clock, logger, cacheEntries = 2_000, settleDelayMs = 1000 } = parts;
    this.#cache = new DocumentCache(store, aggregate.name, aggregate.initial, cacheEntries);
    this.#settler = new OutboxSettler({
      store,
      collection: aggregate.name,
      clock,
      logger,
      delayMs: settleDelayMs,
      isBusy: (id) => this.#locks.isHeld(id),
      onSettled: (id, from, to) => this.#onSettled(id, from, to),
    });
  }

  async handle(inputs: readonly AggregateInput<Input>[]): Promise<readonly HandleResult<State, Event>[]> {
    if (inputs.length === 0) return [];
    const byId = Map.groupBy(
      inputs.map((input, index): Slot<Input> => ({ index, input })),
      ({ input }) => input.id,
    );
    const release = await this.#locks.acquire([...byId.keys()]);
    try {
      return await this.#handleLocked(byId, inputs.length);
    } finally {
      release();
    }
  }

  async execute(id: string, input: Input): Promise<HandleResult<State, Event>> {
    const [result] = await this.handle([{ id, input }]);
    return result as HandleResult<State, Event>;
  }

  state(id: string): Promise<State | null> {
    if (!this.parts.store.exclusive) this.#cache.forget([id]);
    return this.remembered(id);
  }

  forget(): void {
    this.#cache.clear();
  }

  async remembered(id: string): Promise<State | null> {
    const cached = this.#cache.peek(id) ?? (await this.#look(id));
    return cached.version > 0 ? cached.state : null;
  }

  async recover(): Promise<number> {
    let recovered = 0;
    const query = { where: { outboxPending: true }, limit: RECOVERY_PAGE };
    for await (const page of pagesOf<StateDocument<State>>(this.parts.store, this.aggregate.name, query)) {
      recovered += await this.#republish(page.map(({ id }) => id));
    }
    await this.#settler.settle();
    return recovered;
  }

  settleOutboxes(): Promise<void> {
    return this.#settler.settle();
  }

  /** Also that there is no document is remembered: who decides on it finds out by its version (I4). */
  async #look(id: string): Promise<Loaded<State>> {
    const found = await this.#cache.load([id], (each, version) => this.#settler.isPublished(each, version));
    const loaded = found.get(id) as Loaded<State>;
    // A write that ended meanwhile knows better.
    if (!this.#cache.peek(id)) this.#cache.keep(id, loaded);
    return this.#cache.peek(id) ?? loaded;
  }

  async #handleLocked(byId: ReadonlyMap<string, readonly Slot<Input>[]>, size: number) {
    const results: HandleResult<State, Event>[] = Array.from({ length: size });
    const touched = new Map<string, Loaded<State>>();
    let open = [...byId.keys()];
    for (let attempt = 1; open.length > 0; attempt += 1) {
      if (attempt > WRITE_ATTEMPTS) {
        throw new ConflictError('aggregate_contended', `${this.aggregate.name}: others keep writing ${open[0]}`);
      }
      const remembered = this.parts.store.exclusive ? NONE : this.#cache.known(open);
      const applied = await this.#applyAll(open, byId);
      const stored = await this.#store(applied, remembered);
      for (const [id, loaded] of stored) {
        touched.set(id, loaded);
        const outcomes = applied.get(id)?.results ?? [];
        byId.get(id)?.forEach(({ index }, position) => {
          const outcome = outcomes[position];
          if (outcome) results[index] = { id, version: loaded.version, ...outcome };
        });
      }
      open = open.filter((id) => !stored.has(id));
    }
    await this.#publish(touched);
    return results;
  }

  async #applyAll(ids: readonly string[], byId: ReadonlyMap<string, readonly Slot<Input>[]>) {
    const loaded = await this.#cache.load(ids, (id, version) => this.#settler.isPublished(id, version));
    const now = this.parts.clock.now();
    const applied = new Map<string, Applied<State, Event>>();
    for (const [id, document] of loaded) {
      const inputs = (byId.get(id) ?? []).map((slot) => slot.input);
      applied.set(id, applyInputs(this.aggregate, id, document, inputs, now));
    }
    return applied;
  }

  /**
   * Stores what changed; returns the documents that need no further attempt. Losers of a race are forgotten, and so are
   * those from memory on which nothing was to be done: another process may have written what makes it something.
   */
  async #store(
    applied: ReadonlyMap<string, Applied<State, Event>>,
    remembered: ReadonlySet<string>,
  ): Promise<Map<string, Loaded<State>>> {
    const done = new Map<string, Loaded<State>>();
    const writes: { id: string; next: Loaded<State>; operation: WriteOperation }[] = [];
    for (const [id, { next, changed }] of applied) {
      if (changed) writes.push({ id, next, operation: this.#put(id, next) });
      // GUARD(nothing-on-old-state)
      else if (remembered.has(id)) this.#cache.forget([id]);
      else done.set(id, next);
    }
    if (writes.length > 0) {
      this.parts.crash.hit('store.write.before');
      const outcomes = await this.#write(writes.map((write) => write.operation));
      this.parts.crash.hit('store.write.after');
      writes.forEach(({ id, next }, index) => {
        const outcome = outcomes[index];
        if (outcome?.ok) done.set(id, { ...next, version: outcome.version });
        else this.#cache.forget([id]);
      });
    }
    for (const [id, document] of done) {
      this.#cache.keep(id, document);
      this.#raiseGaps(id, applied.get(id));
    }
    return done;
  }

  async #write(operations: readonly WriteOperation[]) {
    try {
      return await this.parts.store.bulkWrite(operations);
    } catch (error) {
      // Whether it was stored is unknown: the next attempt must look.
      this.#cache.forget(operations.map((operation) => operation.id));
      throw error;
    }
  }

  #put(id: string, next: Loaded<State>): WriteOperation {
    const doc: StateDocument<State> = {
      ...this.aggregate.index?.(next.state, id),
      tenantId: this.aggregate.tenantOf(id),
      state: next.state,
      eventNumber: next.eventNumber,
      seqs: next.seqs,
      seen: next.seen,
      outbox: next.outbox,
      outboxPending: next.unpublished,
    };
    const expectedVersion = next.version; // GUARD(version-check)
    return { op: 'put', collection: this.aggregate.name, id, doc, expectedVersion };
  }

  /** Appends every outbox that may be unpublished, in one append; afterwards they are known to be in the log (D3). */
  async #publish(documents: ReadonlyMap<string, Loaded<State>>): Promise<number> {
    const pending = [...documents].filter(([, document]) => document.unpublished);
    if (pending.length === 0) return 0;
    const records = pending.flatMap(([, document]) =>
      document.outbox.map(({ topic, key, event }) => ({ topic, key, value: encodeEvent(event) })),
    );
    this.parts.crash.hit('outbox.append.before');
    await this.parts.log.append(records);
    this.parts.crash.hit('outbox.append.after');
    for (const [id, document] of pending) {
      this.#cache.keep(id, { ...document, unpublished: false });
      this.#settler.add(id, document.version);
    }
    return pending.length;
  }

  async #republish(ids: readonly string[]): Promise<number> {
    const release = await this.#locks.acquire(ids);
    try {
      const stored = await this.parts.store.getMany<StateDocument<State>>(this.aggregate.name, ids);
      const documents = new Map<string, Loaded<State>>();
      for (const [id, { doc, version }] of stored) {
        if (!this.#settler.isPublished(id, version)) documents.set(id, fromStored(doc, version));
      }
      return await this.#publish(documents);
    } finally {
      release();
    }
  }

  #onSettled(id: string, from: number, to: number): void {
    const cached = this.#cache.peek(id);
    if (cached?.version === from) this.#cache.keep(id, { ...cached, version: to, outbox: [], unpublished: false });
  }

  #raiseGaps(id: string, applied: Applied<State, Event> | undefined): void {
    for (const { source, lastSeen } of applied?.gaps ?? []) {
      const detail = { document: `${this.aggregate.name}/${id}`, ...source, lastSeen };
      const message = `events missing between ${lastSeen} and ${source.seq} of ${source.producer} on ${source.topic}`;
      this.parts.logger.error(detail, message);
      this.parts.onAlarm?.({ code: 'event_gap', message, detail });
    }
  }
}
