import { eventId, type StoredEvent } from '@tillstream/contracts';
import { InvariantError } from '@tillstream/kernel';
import type { Aggregate, AggregateInput, DomainEvent, InputSource } from '../types.js';
import type { Loaded, OutboxEntry } from './loaded-document.js';

export interface SeqGap {
  readonly source: InputSource;
  readonly lastSeen: number;
}

export interface InputResult<State, Event> {
  readonly state: State;
  readonly events: readonly Event[];
  readonly repeated: boolean;
}

/** What a batch of inputs makes of one document. */
export interface Applied<State, Event> {
  readonly next: Loaded<State>;
  readonly results: readonly InputResult<State, Event>[];
  /** True when `next` must be stored; false when nothing but `seen` changed, which memory may keep. */
  readonly changed: boolean;
  readonly gaps: readonly SeqGap[];
}

/** Drops repeats, decides and evolves the inputs of one document in their order (D3). Pure. */
export function applyInputs<State, Input, Event extends DomainEvent>(
  aggregate: Aggregate<State, Input, Event>,
  id: string,
  loaded: Loaded<State>,
  inputs: readonly AggregateInput<Input>[],
  now: number,
): Applied<State, Event> {
  const draft = new Draft(aggregate, id, loaded, now);
  const results = inputs.map((input) => draft.take(input));
  return { next: draft.result(), results, changed: draft.changed, gaps: draft.gaps };
}

class Draft<State, Input, Event extends DomainEvent> {
  changed = false;
  readonly gaps: SeqGap[] = [];
  #state: State;
  #eventNumber: number;
  readonly #seqs: Record<string, number>;
  readonly #seen: Record<string, number>;
  readonly #outbox: OutboxEntry[];
  readonly #tenantId: string;
  readonly #producer: string;
  #accepted: InputSource | undefined;

  constructor(
    private readonly aggregate: Aggregate<State, Input, Event>,
    private readonly id: string,
    private readonly loaded: Loaded<State>,
    private readonly now: number,
  ) {
    this.#state = loaded.state;
    this.#eventNumber = loaded.eventNumber;
    this.#seqs = { ...loaded.seqs };
    this.#seen = { ...loaded.seen };
    this.#outbox = loaded.unpublished ? [...loaded.outbox] : [];
    this.#tenantId = aggregate.tenantOf(id);
    this.#producer = producerOf(aggregate.name, id);
  }

  take({ input, source }: AggregateInput<Input>): InputResult<State, Event> {
    if (source && !this.#accept(source)) return { state: this.#state, events: [], repeated: true };
    const events = this.aggregate.decide(input, this.#state, { now: this.now, tenantId: this.#tenantId });
    for (const event of events) this.#record(event);
    return { state: this.#state, events, repeated: false };
  }

  result(): Loaded<State> {
    return {
      version: this.loaded.version,
      state: this.#state,
      eventNumber: this.#eventNumber,
      seqs: this.#seqs,
      seen: this.#seen,
      outbox: this.changed ? this.#outbox : this.loaded.outbox,
      unpublished: this.changed ? this.#outbox.length > 0 : this.loaded.unpublished,
    };
  }

  /** False for a repeat. Several inputs made of one event for one document count as one occurrence. */
  #accept(source: InputSource): boolean {
    if (this.#accepted && sameEvent(this.#accepted, source)) return true;
    const stream = `${source.producer}|${source.topic}`;
    const lastSeen = this.#seen[stream] ?? 0;
    if (source.seq <= lastSeen) return false; // GUARD(seq-check)
    this.#accepted = source;
    this.#seen[stream] = source.seq;
    if (source.gapless) {
      if (source.seq > lastSeen + 1) this.gaps.push({ source, lastSeen });
      // Stored even when nothing is decided: a restart that forgot it would take the next event for a gap.
      this.changed = true;
    }
    return true;
  }

  #record(event: Event): void {
    const publications = this.aggregate.publish(event, this.id);
    if (publications.length === 0) {
      throw new InvariantError('event_unpublished', `${this.aggregate.name}: ${event.type} is published nowhere (I5)`);
    }
    this.changed = true;
    this.#eventNumber += 1;
    for (const { topic, key } of publications) {
      const seq = (this.#seqs[topic] ?? 0) + 1;
      this.#seqs[topic] = seq;
      this.#outbox.push({ topic, key, event: this.#stored(event, topic, seq) });
    }
    this.#state = this.aggregate.evolve(this.#state, event);
  }

  #stored(event: Event, topic: string, seq: number): StoredEvent {
    return {
      id: eventId(this.#producer, topic, seq),
      type: event.type,
      schemaVersion: 1,
      producer: this.#producer,
      seq,
      eventNumber: this.#eventNumber,
      tenantId: this.#tenantId,
      occurredAt: new Date(this.now).toISOString(),
      facts: event.facts as Record<string, unknown>,
      ...(event.payload === undefined ? {} : { payload: event.payload as Record<string, unknown> }),
    };
  }
}

/** `<collection>/<document id>`: the producer of an aggregate document's events. */
export function producerOf(collection: string, id: string): string {
  return `${collection}/${id}`;
}

function sameEvent(a: InputSource, b: InputSource): boolean {
  return a.seq === b.seq && a.producer === b.producer && a.topic === b.topic;
}
