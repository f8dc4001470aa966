import type { StoredEvent } from '@tillstream/contracts';

/** A domain event as a decider returns it: `facts` (ids, hashes, amounts, outcomes) apart from personal `payload` (D4). */
export interface DomainEvent {
  readonly type: string;
  readonly facts: object;
  readonly payload?: object;
}

/** Where an event goes. A producer uses one key per topic, so that its seq is gapless there (D3). */
export interface Publication {
  readonly topic: string;
  readonly key: string;
}

/** What a decider may know besides input and state: recorded values, never ambient ones (I6). */
export interface DecideContext {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly tenantId: string;
}

/**
 * A pure, event-sourced aggregate. `name` is the collection of its state documents and stored state: renaming it is a
 * migration. Every event must be published to at least one topic, else its state could not be rebuilt (I5).
 */
export interface Aggregate<State, Input, Event extends DomainEvent> {
  readonly name: string;
  readonly initial: (id: string) => State;
  readonly decide: (input: Input, state: State, context: DecideContext) => readonly Event[];
  readonly evolve: (state: State, event: Event) => State;
  readonly publish: (event: Event, id: string) => readonly Publication[];
  readonly tenantOf: (id: string) => string;
  /** Flat fields stored beside the state for `find` (declare the collection's indexes accordingly). */
  readonly index?: (state: State, id: string) => Readonly<Record<string, string | number | boolean | null>>;
}

/** One input for one state document. `source` = the event it came from; repeats (seq not newer) are dropped (D3). */
export interface AggregateInput<Input> {
  readonly id: string;
  readonly input: Input;
  readonly source?: InputSource;
}

export interface InputSource {
  readonly producer: string;
  readonly topic: string;
  readonly seq: number;
  /** True when this document receives every event of that producer and topic: then a gap raises an alarm. */
  readonly gapless?: boolean;
}

export interface HandleResult<State, Event> {
  readonly id: string;
  readonly state: State;
  readonly version: number;
  /** Events decided for this input ([] when the input was a repeat or changed nothing). */
  readonly events: readonly Event[];
  /** True when the input was dropped as a repeat. */
  readonly repeated: boolean;
}

/** The stored form of an aggregate's state (I4): version lives in the DocumentStore. */
export interface StateDocument<State> {
  readonly tenantId: string;
  readonly state: State;
  /** Events decided so far by this producer (gapless across topics; rebuild order). */
  readonly eventNumber: number;
  /** Last seq used per topic. */
  readonly seqs: Readonly<Record<string, number>>;
  /** Highest seq seen per producer and topic (`producer|topic`). */
  readonly seen: Readonly<Record<string, number>>;
  /** Events not yet known to be appended, with their publications. */
  readonly outbox: readonly { readonly topic: string; readonly key: string; readonly event: StoredEvent }[];
  /** True while `outbox` may be unpublished: the indexed flag that recovery looks for (D3). */
  readonly outboxPending: boolean;
}

/** The runtime of one aggregate; see README for the order of steps and the crash points between them. */
export interface AggregateRuntime<State, Input, Event extends DomainEvent> {
  /**
   * Handles a batch: inputs of one document in order, documents side by side. Loads, decides, stores each document
   * with expected version (reloading on conflict), appends the outboxes, and resolves when they are durable in the log.
   */
  handle(inputs: readonly AggregateInput<Input>[]): Promise<readonly HandleResult<State, Event>[]>;
  /** One input that comes from no topic (timer, reply, command of this process). Same guarantees. */
  execute(id: string, input: Input): Promise<HandleResult<State, Event>>;
  /** Current state, or null when the document does not exist. */
  state(id: string): Promise<State | null>;
  /**
   * The state as this process knows it, which another one may have changed meanwhile (DocumentStore.exclusive): for who
   * is about to `execute` on it and finds out then. `forget()` when documents were another's to write.
   */
  remembered(id: string): Promise<State | null>;
  /** From now on every document is loaded anew. */
  forget(): void;
  /** Appends again every outbox that may be unpublished (start and takeover). Returns how many documents. */
  recover(): Promise<number>;
  /** Writes down what is known to be published; called before a graceful stop. */
  settleOutboxes(): Promise<void>;
}

/** Something a person should look at. `event_gap`: events of a gapless source are missing (D3). */
export interface Alarm {
  readonly code: 'event_gap';
  readonly message: string;
  readonly detail: Readonly<Record<string, unknown>>;
}
