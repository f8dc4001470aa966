import type { FindResult } from '@tillstream/document-store';
import { asError, type TillstreamError } from '@tillstream/kernel';
import { backoff } from '@tillstream/resilience';
import { pendingCount } from '../domain/run/outcomes.js';
import { run } from '../domain/run/aggregate.js';
import { isMissedPosition } from '../domain/run/missed.js';
import type { RunState } from '../domain/run/state.js';
import type { OrchestratorDeps, OrchestratorLimits, Runtimes } from './deps.js';
import { PageReader, type ScanStep } from './page-reader.js';
import { Semaphore } from './semaphore.js';

/** Between attempts at a page, and after an error of our own. */
const BACKOFF = { baseMs: 2000, maxMs: 60_000 };
/** A wake-up can only be missed by a takeover of another process; then the state is looked at again after this. */
const LOOK_AGAIN_MS = 5000;
const OPEN_RUNS_PAGE = 200;

/**
 * Reads the source for every open run: one loop per run, pages of all runs within one limit. A page becomes an input of
 * the run, so position and ordinals are one durable write: a crash continues at the stored position (D6).
 */
export class ScanWorker {
  readonly #loops = new Map<string, { readonly done: Promise<void>; wake: () => void }>();
  readonly #stopping = new AbortController();
  readonly #reading: Semaphore;
  readonly #pages: PageReader;
  readonly #stuck = new Map<string, string>();

  constructor(
    private readonly deps: OrchestratorDeps,
    private readonly runtimes: Pick<Runtimes, 'run'>,
    private readonly limits: OrchestratorLimits,
  ) {
    this.#reading = new Semaphore(limits.concurrentReads);
    this.#pages = new PageReader(deps);
  }

  /** Goes on with every run whose scan is open: after a start, and after a takeover. */
  async start(): Promise<void> {
    let cursor: string | undefined;
    do {
      const page: FindResult<object> = await this.deps.store.find(run.name, {
        where: { scanOpen: true },
        limit: OPEN_RUNS_PAGE,
        ...(cursor === undefined ? {} : { cursor }),
      });
      for (const { id } of page.items) this.wake(id);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }

  /** Something about this run changed: it was opened, or records got their outcome. */
  wake(id: string): void {
    if (this.#stopping.signal.aborted) return;
    const loop = this.#loops.get(id);
    if (loop !== undefined) {
      loop.wake();
      return;
    }
    const entry = { wake: () => {}, done: Promise.resolve() };
    this.#loops.set(id, entry);
    entry.done = this.#follow(id, entry).finally(() => {
      this.#loops.delete(id);
      this.#stuck.delete(id);
      this.#pages.forget(id);
    });
  }

  /** Stops reading; a page that is being handed over is finished. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const loop of this.#loops.values()) loop.wake();
    await Promise.all([...this.#loops.values()].map(({ done }) => done));
  }

  /** Runs that cannot go on because of an error of our own. */
  reasons(): string[] {
    return [...this.#stuck].map(([id, reason]) => `run ${id} cannot go on: ${reason}`);
  }

  async #follow(id: string, entry: { wake: () => void }): Promise<void> {
    for (let attempt = 1; !this.#stopping.signal.aborted; ) {
      try {
        if (!(await this.#advance(id, entry))) return;
        attempt = 1;
        this.#stuck.delete(id);
      } catch (thrown) {
        if (this.#stopping.signal.aborted) return;
        const reason = asError(thrown).message;
        this.#stuck.set(id, reason);
        this.deps.logger.error({ runId: id, reason }, 'scan step failed');
        await this.#pause(attempt);
        attempt += 1;
      }
    }
  }

  /** One step of the run; false when there is nothing more to read. */
  async #advance(id: string, entry: { wake: () => void }): Promise<boolean> {
    const woken = new Promise<void>((resolve) => {
      entry.wake = resolve;
    });
    const state = await this.runtimes.run.state(id);
    if (state === null || !state.scan.open) return false;
    if (this.#mustWait(state)) {
      await this.#waitFor(woken);
      return true;
    }
    const step = await this.#readPatiently(id, state);
    this.deps.crash.hit('scan.page.read');
    const { state: after } = await this.runtimes.run.execute(id, step);
    return after.scan.open;
  }

  /** For room, and before looking for missed records for everything that was met: only then is the rest known. */
  #mustWait({ outcomes, scan }: RunState): boolean {
    const pending = pendingCount(outcomes);
    return pending >= this.limits.unsettledPerRun || (pending > 0 && isMissedPosition(scan.position));
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
