import { type DocumentStore, pagesOf, type Versioned, type WriteOperation } from '@tillstream/document-store';
import type { EventLog } from '@tillstream/event-log';
import { firstDifference } from '@tillstream/kernel';
import { type AggregateRuntimeParts, createAggregateRuntime } from './aggregate-runtime.js';
import { type RebuiltState, rebuildStates } from './rebuild.js';
import type { Aggregate, DomainEvent, StateDocument } from './types.js';

export interface StateDifference {
  readonly collection: string;
  readonly id: string;
  /** Where in the document; "" = it is missing on one side. Values are left out: they may be personal. */
  readonly path: string;
}

export interface StateReview {
  /** Documents folded from the log. */
  readonly documents: number;
  readonly differences: readonly StateDifference[];
  /** Documents that had moved on while they were folded: not compared. */
  readonly movedOn: number;
  /** Differences that were put right. */
  readonly repaired: number;
}

export interface ReviewParts {
  readonly log: EventLog;
  readonly store: DocumentStore;
  /** Every topic the aggregate publishes to. */
  readonly topics: readonly string[];
  /**
   * Puts right what differs, under its expected version, so that it is safe beside the owner: its runtime notices and
   * loads anew. What a document has seen cannot be folded from its own events (it is about others'): it stays, and a
   * document that was lost begins with none, which is right because its consumers have committed past it.
   */
  readonly repair?: boolean;
  /** Passes over the log, each with a part of the documents in memory (default 1). */
  readonly passes?: number;
}

const PAGE = 500;

/** Folds every document of an aggregate again and compares it with the one in use, at the same event (I5). */
export async function reviewStates<State, Input, Event extends DomainEvent>(
  aggregate: Aggregate<State, Input, Event>,
  parts: ReviewParts,
): Promise<StateReview> {
  const { log, store, topics, passes = 1 } = parts;
  let review: StateReview = { documents: 0, differences: [], movedOn: 0, repaired: 0 };
  const known = new Set<string>();
  for (let index = 0; index < passes; index += 1) {
    const rebuilt = await rebuildStates(aggregate, log, topics, { index, count: passes });
    const entries = [...rebuilt];
    for (let from = 0; from < entries.length; from += PAGE) {
      const page = entries.slice(from, from + PAGE);
      for (const [id] of page) known.add(id);
      review = merged(review, await reviewPage(aggregate, page, parts));
    }
  }
  const whole = merged(review, await unknownDocuments(aggregate.name, store, known));
  return { ...whole, differences: whole.differences.toSorted((a, b) => (a.id < b.id ? -1 : 1)) };
}

async function reviewPage<State, Input, Event extends DomainEvent>(
  aggregate: Aggregate<State, Input, Event>,
  page: readonly (readonly [string, RebuiltState<State>])[],
  { store, repair = false }: ReviewParts,
): Promise<StateReview> {
  const collection = aggregate.name;
  const inUse = await store.getMany<StateDocument<State>>(
    collection,
    page.map(([id]) => id),
  );
  const differences: StateDifference[] = [];
  const repairs: WriteOperation[] = [];
  let movedOn = 0;
  for (const [id, rebuilt] of page) {
    const live = inUse.get(id);
    if (live && live.doc.eventNumber > rebuilt.eventNumber) {
      movedOn += 1;
      continue;
    }
    const path = live ? differenceOf(live.doc, rebuilt) : '';
    if (path === null) continue;
    differences.push({ collection, id, path });
    if (repair) repairs.push(replacement(aggregate, id, rebuilt, live));
  }
  const outcomes = repairs.length === 0 ? [] : await store.bulkWrite(repairs);
  const repaired = outcomes.filter(({ ok }) => ok).length;
  return { documents: page.length, differences, movedOn, repaired };
}

function differenceOf<State>(live: StateDocument<State>, { state, eventNumber }: RebuiltState<State>): string | null {
  if (live.eventNumber !== eventNumber) return 'eventNumber';
  const inside = firstDifference(live.state, state);
  if (inside === null) return null;
  return inside === '' ? 'state' : `state.${inside}`;
}

function replacement<State, Input, Event extends DomainEvent>(
  aggregate: Aggregate<State, Input, Event>,
  id: string,
  { state, eventNumber, seqs }: RebuiltState<State>,
  live: Versioned<StateDocument<State>> | undefined,
): WriteOperation {
  const doc: StateDocument<State> = {
    ...aggregate.index?.(state, id),
    tenantId: aggregate.tenantOf(id),
    state,
    eventNumber,
    seqs,
    seen: live?.doc.seen ?? {},
    // Folded from the log: whatever was in an outbox is there.
    outbox: [],
    outboxPending: false,
  };
  return { op: 'put', collection: aggregate.name, id, doc, expectedVersion: live?.version ?? 0 };
}

/** Documents in use of which the log has no event at all. */
async function unknownDocuments(
  collection: string,
  store: DocumentStore,
  known: ReadonlySet<string>,
): Promise<StateReview> {
  const differences: StateDifference[] = [];
  for await (const page of pagesOf<StateDocument<unknown>>(store, collection, { limit: PAGE })) {
    for (const { id, doc } of page) {
      if (!known.has(id) && doc.eventNumber > 0) differences.push({ collection, id, path: '' });
    }
  }
  return { documents: 0, differences, movedOn: 0, repaired: 0 };
}

function merged(a: StateReview, b: StateReview): StateReview {
  return {
    documents: a.documents + b.documents,
    differences: [...a.differences, ...b.differences],
    movedOn: a.movedOn + b.movedOn,
    repaired: a.repaired + b.repaired,
  };
}

/** An aggregate of a service as whoever checks the whole instance sees it. */
export interface Reviewable {
  /** Where its state documents lie. */
  readonly collection: string;
  /** What its state is folded from: kept for ever, or it could not be. */
  readonly topics: readonly string[];
  /** Appends what a crash left in outboxes; only while its service is not running. */
  drain(parts: AggregateRuntimeParts): Promise<number>;
  review(parts: Omit<ReviewParts, 'topics'>): Promise<StateReview>;
}

export function reviewable<State, Input, Event extends DomainEvent>(
  aggregate: Aggregate<State, Input, Event>,
  topics: readonly string[],
): Reviewable {
  return {
    collection: aggregate.name,
    topics,
    drain: (parts) => createAggregateRuntime(aggregate, parts).recover(),
    review: (parts) => reviewStates(aggregate, { ...parts, topics }),
  };
}
