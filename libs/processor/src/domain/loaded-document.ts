import type { StoredEvent } from '@tillstream/contracts';
import type { StateDocument } from '../types.js';

export type OutboxEntry = { readonly topic: string; readonly key: string; readonly event: StoredEvent };

/** A state document in memory. Never mutated: a new one takes its place once the store has accepted the write. */
export interface Loaded<State> {
  /** 0 = not stored yet. */
  readonly version: number;
  readonly state: State;
  readonly eventNumber: number;
  readonly seqs: Readonly<Record<string, number>>;
  readonly seen: Readonly<Record<string, number>>;
  /** What the stored document's outbox holds. */
  readonly outbox: readonly OutboxEntry[];
  /** False once this process knows that all of `outbox` is in the log. */
  readonly unpublished: boolean;
}

export function absent<State>(state: State): Loaded<State> {
  return { version: 0, state, eventNumber: 0, seqs: {}, seen: {}, outbox: [], unpublished: false };
}

export function fromStored<State>(document: StateDocument<State>, version: number): Loaded<State> {
  const { state, eventNumber, seqs, seen, outbox } = document;
  const unpublished = document.outboxPending; // GUARD(outbox-reappend)
  return { version, state, eventNumber, seqs, seen, outbox, unpublished };
}
