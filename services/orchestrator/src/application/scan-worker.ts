import { runKey, type Target, TOPICS } from '@tillstream/contracts';
import { documentsOf } from '@tillstream/document-store';
import { type Assignment, Ownership } from '@tillstream/event-log';
import { asError, type TillstreamError } from '@tillstream/kernel';
import { backoff } from '@tillstream/resilience';
import { countTarget } from '../domain/run/outcomes.js';
import { run } from '../domain/run/aggregate.js';
import { isMissedPosition } from '../domain/run/missed.js';
import type { RunState } from '../domain/run/state.js';
import type { OrchestratorDeps, OrchestratorLimits, Runtimes } from './deps.js';
import { PageReader, type ScanStep } from './page-reader.js';
import { Semaphore } from './semaphore.js';
import type { TargetTrouble } from './target-trouble.js';

/** Between attempts at a page, and after an error of our own. */
const BACKOFF = { baseMs: 2000, maxMs: 60_000 };
/** Errors of our own in a row, about a minute's worth, after which a run has failed. */
const OWN_ERRORS = 6;
/** A wake-up of a group's other member does not reach us; the state is looked at again after this. */
const LOOK_AGAIN_MS = 5000;
/** Times `unsettledPerRun`: what a run reads ahead of a target in trouble. */
const TROUBLE_ROOM = 10;

/** How what was read gets on elsewhere in this service. */
interface Progress {
  readonly trouble: TargetTrouble;
  /** The consumer that brings read records to their state. */
  readonly handled: { readonly group: string; readonly topic: string };
}

interface Loop {
  wake: () => void;
  /** Woken since it last looked at its run. */
  woken: boolean;
  /** Ends of the topic of read records when the search for missed ones came up; null = not yet. */
  met: readonly number[] | null;
}

/**
 * Reads the source for every open run: one loop per run, pages of all runs within one limit. A page becomes an input of
 * the run, so position and ordinals are one durable write: a crash continues at the stored position (D6).
 */
export class ScanWorker {
  readonly #loops = new Map<string, Loop & { readonly done: Promise<void> }>();
  readonly #stopping = new AbortController();
  readonly #reading: Semaphore;
  readonly #pages: PageReader;
  readonly #owned = new Ownership(TOPICS.runs);

  constructor(
    private readonly deps: OrchestratorDeps,
    private readonly runtimes: Pick<Runtimes, 'run'>,
    private readonly limits: OrchestratorLimits,
    private readonly progress: Progress,
  ) {
    this.#reading = new Semaphore(limits.concurrentReads);
    this.#pages = new PageReader(deps);
  }

  /**
   * Goes on with every run of these partitions whose scan is open, and leaves the others to their new owner: after a
   * start and after every rebalance. Two that read the same run for a moment cost calls to the shop and nothing else:
   * of their pages one counts (`step`).
   */
  async takeOver(assignment: Assignment): Promise<void> {
    this.#owned.update(assignment);
    for (const loop of this.#loops.values()) loop.wake();
    for await (const { id } of documentsOf<object>(this.deps.store, run.name, { where: { scanOpen: true } })) {
      this.wake(id);
    }
  }

  /** Something about this run changed: it was opened, or records got their outcome. */
  wake(id: string): void {
    if (this.#stopping.signal.aborted) return;
    const loop = this.#loops.get(id);
    if (loop !== undefined) {
      loop.woken = true;
      loop.wake();
      return;
    }
    const entry: Loop & { done: Promise<void> } = { wake: () => {}, woken: false, met: null, done: Promise.resolve() };
    this.#loops.set(id, entry);
    entry.done = this.#follow(id, entry).finally(() => {
      this.#loops.delete(id);
      this.#pages.forget(id);
      // It was about to end when something happened to its run.
      if (entry.woken) this.wake(id);
    });
  }

  /** Stops reading; a page that is being handed over is finished. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const loop of this.#loops.values()) loop.wake();
    await Promise.all([...this.#loops.values()].map(({ done }) => done));
  }

  async #follow(id: string, entry: Loop): Promise<void> {
    for (let attempt = 1; !this.#stopping.signal.aborted; ) {
      try {
        if (!(await this.#advance(id, entry))) return;
        attempt = 1;
      } catch (thrown) {
        if (this.#stopping.signal.aborted) return;
        const error = asError(thrown);
        this.deps.logger.error({ runId: id, attempt, reason: error.message }, 'scan step failed');
        // An error of our own, seen so often, ends this run and nothing else (I7).
        if (attempt >= OWN_ERRORS && (await this.#giveUp(id, error))) return;
        await this.#pause(attempt);
        attempt += 1;
      }
    }
  }

  /** True when the run has ended by it; what cannot even be stored is tried again. */
  async #giveUp(id: string, error: Error): Promise<boolean> {
    try {
      const state = await this.runtimes.run.state(id);
      if (state !== null) await this.runtimes.run.execute(id, this.#pages.failed(id, state, error));
      return true;
    } catch (thrown) {
      this.deps.logger.error({ runId: id, reason: asError(thrown).message }, 'a failed scan could not be stored');
      return false;
    }
  }

  /** One step of the run; false when there is nothing more to read, or it is another process' to read. */
  async #advance(id: string, entry: Loop): Promise<boolean> {
    entry.woken = false;
    const woken = new Promise<void>((resolve) => {
      entry.wake = resolve;
    });
    const state = await this.runtimes.run.state(id);
    if (state === null || !state.scan.open || !this.#owned.has(runKey(state.tenantId, state.entity))) return false;
    if (this.#hasNoRoom(state) || !(await this.#hasHandledWhatItMet(state, entry))) {
      await this.#waitFor(woken);
      return true;
    }
    const step = await this.#readPatiently(id, state);
    this.deps.crash.hit('scan.page.read');
    const { state: after } = await this.runtimes.run.execute(id, step);
    return after.scan.open;
  }

  /** A target in trouble does not hold up the others; only so much of its work may lie about. */
  #hasNoRoom({ tenantId, outcomes }: RunState): boolean {
    const { unsettledPerRun } = this.limits;
    return (Object.entries(outcomes) as [Target, string][]).some(([target, marks]) => {
      const isInTrouble = this.progress.trouble.isIn(tenantId, target);
      return countTarget(marks).pending >= (isInTrouble ? unsettledPerRun * TROUBLE_ROOM : unsettledPerRun);
    });
  }

  /** Before looking for missed records, everything the run met must have reached its record: only then is the rest known. */
  async #hasHandledWhatItMet({ scan }: RunState, entry: Loop): Promise<boolean> {
    if (!isMissedPosition(scan.position)) return true;
    const { log } = this.deps;
    const { group, topic } = this.progress.handled;
    entry.met ??= await log.endOffsets(topic);
    const handled = await log.committedOffsets(group, topic);
    return entry.met.every((end, partition) => (handled[partition] ?? 0) >= end);
  }

  /** Repeats transient failures for `sourcePatienceMs`, then the scan has failed. */
  async #readPatiently(id: string, state: RunState): Promise<ScanStep> {
    const { clock, logger } = this.deps;
    const { signal } = this.#stopping;
    const deadline = clock.now() + this.limits.sourcePatienceMs;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#reading.use(() => this.#pages.read(id, state, signal));
      } catch (thrown) {
        if (signal.aborted) throw thrown;
        const error = thrown as TillstreamError;
        if (clock.now() >= deadline) return this.#pages.failed(id, state, error);
        logger.warn({ runId: id, attempt, code: error.code, reason: error.message }, 'page not read, trying again');
        await this.#pause(attempt, error.retryAfterMs);
        if (!(await this.#isStillOpen(id))) return this.#pages.failed(id, state, error);
      }
    }
  }

  /** A run may have been cancelled while its source was down. */
  async #isStillOpen(id: string): Promise<boolean> {
    return (await this.runtimes.run.state(id))?.scan.open ?? false;
  }

  async #pause(attempt: number, atLeastMs = 0): Promise<void> {
    const { clock, ids } = this.deps;
    const wait = Math.max(atLeastMs, backoff({ ...BACKOFF, attempt, random: ids.random() }));
    await clock.sleep(Math.min(wait, BACKOFF.maxMs), this.#stopping.signal).catch(() => {});
  }

  async #waitFor(woken: Promise<void>): Promise<void> {
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#stopping.signal]);
    await Promise.race([woken, this.deps.clock.sleep(LOOK_AGAIN_MS, signal).catch(() => {})]);
    over.abort();
  }
}
