import type { RebuildDifference, RebuildView } from '@tillstream/contracts';
import type { DocumentStore, WriteOperation } from '@tillstream/document-store';
import type { EventLog } from '@tillstream/event-log';
import { asError, type Clock, ConflictError, type Ids } from '@tillstream/kernel';
import type { Logger } from '@tillstream/observability';
import type { Projector } from '../projector.js';
import { compareWithShadow } from './compare.js';
import { AT_THE_START, endsOf, type Positions, replay } from './replay.js';
import { dropShadows, READ_MODELS, shadowOf } from './shadows.js';

export interface RebuildDeps {
  readonly log: EventLog;
  readonly store: DocumentStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly projector: Pick<Projector, 'whileHeld'>;
}

/** Differences a view shows; the count counts them all. */
const SHOWN = 100;

/**
 * Makes the read models anew from the log while the service runs (I5): folded beside those in use, compared document by
 * document, and put in their place at once. Nobody who reads meanwhile misses a document or sees one go back: what is
 * equal is not touched, and the rest is one write under expected versions. One rebuild at a time.
 */
export class Rebuilds {
  readonly #views = new Map<string, RebuildView>();
  #running: { readonly id: string; readonly done: Promise<void> } | undefined;

  constructor(private readonly deps: RebuildDeps) {}

  /** Answers at once; while one is running, its id. */
  start(): { readonly rebuildId: string } {
    if (this.#running) return { rebuildId: this.#running.id };
    const { clock, ids } = this.deps;
    const id = ids.next('rebuild');
    this.#views.set(id, {
      rebuildId: id,
      status: 'running',
      documents: 0,
      compared: 0,
      differences: [],
      differenceCount: 0,
      switched: false,
      startedAt: new Date(clock.now()).toISOString(),
      finishedAt: null,
      failure: null,
    });
    const done = this.#run(id).finally(() => {
      this.#running = undefined;
    });
    this.#running = { id, done };
    return { rebuildId: id };
  }

  /** null = no such rebuild since this process began. */
  view(id: string): RebuildView | null {
    return this.#views.get(id) ?? null;
  }

  /** Resolves when no rebuild is running; the storage must not close before. */
  async settled(): Promise<void> {
    await this.#running?.done;
  }

  async #run(id: string): Promise<void> {
    const { store, logger, clock } = this.deps;
    try {
      await dropShadows(store);
      const found = await this.#foldAndSwitch(id);
      logger.info({ rebuildId: id, ...found }, 'read models rebuilt');
      this.#note(id, { status: 'completed', switched: true });
    } catch (thrown) {
      const failure = asError(thrown).message;
      logger.error({ rebuildId: id, reason: failure }, 'rebuild failed; the read models in use were not touched');
      this.#note(id, { status: 'failed', failure });
    } finally {
      await dropShadows(store).catch(() => {});
      this.#note(id, { finishedAt: new Date(clock.now()).toISOString() });
    }
  }

  async #foldAndSwitch(id: string) {
    const { log, projector } = this.deps;
    const first = await endsOf(log);
    await this.#replay(AT_THE_START, first);
    return projector.whileHeld(async () => {
      await this.#replay(first, await endsOf(log));
      const differences: RebuildDifference[] = [];
      const repairs: WriteOperation[] = [];
      let documents = 0;
      for (const collection of READ_MODELS) {
        const found = await compareWithShadow(this.deps.store, collection);
        documents += found.documents;
        differences.push(...found.differences);
        repairs.push(...found.repairs);
      }
      this.#note(id, {
        documents,
        compared: documents,
        differences: differences.slice(0, SHOWN),
        differenceCount: differences.length,
      });
      await this.#switch(repairs);
      return { documents, differences: differences.length, replaced: repairs.length };
    });
  }

  #replay(from: Positions, to: Positions): Promise<void> {
    const { log, store } = this.deps;
    return replay(from, to, { log, store, placeOf: shadowOf });
  }

  /** One write: in the embedded profile one transaction. */
  async #switch(repairs: readonly WriteOperation[]): Promise<void> {
    if (repairs.length === 0) return;
    const outcomes = await this.deps.store.bulkWrite(repairs);
    if (outcomes.every(({ ok }) => ok)) return;
    throw new ConflictError(
      'read_model_contended',
      'somebody else wrote read models during the rebuild; start it again',
    );
  }

  #note(id: string, change: Partial<RebuildView>): void {
    const view = this.#views.get(id);
    if (view) this.#views.set(id, { ...view, ...change });
  }
}
