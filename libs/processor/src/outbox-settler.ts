import type { DocumentStore, WriteOperation } from '@tillstream/document-store';
import { asError, type Clock } from '@tillstream/kernel';
import type { Logger } from '@tillstream/observability';

const CHUNK = 500;
/** From here on notes are written even while work goes on: a restart would append that much again. */
const MOST_DEFERRED = 10_000;

export interface SettlerParts {
  readonly store: DocumentStore;
  readonly collection: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly delayMs: number;
  /** True while a call works on the document: its own write will clear the outbox. */
  readonly isBusy: (id: string) => boolean;
  readonly onSettled: (id: string, from: number, to: number) => void;
}

/**
 * Writes down, lazily and in bulk, that outboxes are published. Losing this note costs a repeated append after a
 * restart, never an event.
 */
export class OutboxSettler {
  readonly #published = new Map<string, number>();
  #lastAddedAt = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(private readonly parts: SettlerParts) {}

  isPublished(id: string, version: number): boolean {
    return this.#published.get(id) === version;
  }

  add(id: string, version: number): void {
    this.#published.set(id, version);
    this.#lastAddedAt = this.parts.clock.monotonic();
    this.#arm();
  }

  /** Clears the flag of every document known to be published. */
  async settle(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const ready = [...this.#published].filter(([id]) => !this.parts.isBusy(id));
    for (let start = 0; start < ready.length; start += CHUNK) await this.#clear(ready.slice(start, start + CHUNK));
  }

  async #clear(documents: readonly (readonly [string, number])[]): Promise<void> {
    const operations = documents.map(
      ([id, version]): WriteOperation => ({
        op: 'patch',
        collection: this.parts.collection,
        id,
        set: { outbox: [], outboxPending: false },
        expectedVersion: version,
      }),
    );
    const outcomes = await this.parts.store.bulkWrite(operations);
    documents.forEach(([id, version], index) => {
      const outcome = outcomes[index];
      if (this.#published.get(id) === version) this.#published.delete(id);
      if (outcome?.ok) this.parts.onSettled(id, version, outcome.version);
    });
  }

  #arm(): void {
    this.#cancelTimer ??= this.parts.clock.setTimer(this.parts.delayMs, () => this.#onTimer());
  }

  #onTimer(): void {
    this.#cancelTimer = undefined;
    const { clock, delayMs } = this.parts;
    // While work goes on most documents are about to be written anyway, which clears their outbox for free.
    const quiet = clock.monotonic() - this.#lastAddedAt >= delayMs * 0.9;
    if (!quiet && this.#published.size < MOST_DEFERRED) {
      this.#arm();
      return;
    }
    this.settle().catch((thrown: unknown) => {
      const { logger, collection } = this.parts;
      logger.warn({ collection, error: asError(thrown).message }, 'published outboxes not cleared yet');
    });
  }
}
