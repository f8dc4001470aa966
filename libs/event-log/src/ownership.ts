import { partitionOf } from './partition.js';
import type { Assignment } from './port.js';

/**
 * Which keys of a topic this process answers for: those whose partition its subscription was assigned last. What a
 * process does outside of batches (timers, queues, reading a source) it does only for keys it owns; that it may be wrong
 * for a moment, after a pause, is what expected versions and fences are for (I4, D14).
 */
export class Ownership {
  #owned: ReadonlySet<number> = new Set();

  constructor(private readonly topic: { readonly name: string; readonly partitions: number }) {}

  update(assignment: Assignment): void {
    this.#owned = new Set(assignment.get(this.topic.name) ?? []);
  }

  has(key: string): boolean {
    return this.#owned.has(partitionOf(key, this.topic.partitions));
  }
}
