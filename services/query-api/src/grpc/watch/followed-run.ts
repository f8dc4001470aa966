import type { Clock } from '@tillstream/kernel';
import type { RunView } from '../../runs/schemas.js';
import { isActive } from '../../runs/runs.js';

/** One who watches a run. */
export interface Watcher {
  readonly next: (run: RunView) => void;
  /** The run is final; `next` had its last state. */
  readonly complete: () => void;
  readonly fail: (error: unknown) => void;
}

export interface FollowedRunDeps {
  readonly syncId: string;
  readonly read: () => Promise<RunView>;
  readonly clock: Clock;
  /** Nobody watches any more. */
  readonly abandoned: () => void;
}

/**
 * The read model follows an event a moment later, so it is read soon after a sign of change, and ever less often while
 * nothing changes; the longest pause is the safety net for a sign that never came. Milliseconds.
 */
const SOON_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/** Reads one run for all who watch it; each gets whole states, in order, none twice. */
export class FollowedRun {
  /** With the state each was told last. */
  readonly #watchers = new Map<Watcher, string | null>();
  #reading = false;
  /** Nobody watches; another one may follow the run by now. */
  #closed = false;
  #pauseMs = SOON_MS;
  #cancelTimer: (() => void) | undefined;
  /** Its own id; another one than asked for when the request repeated an earlier run. */
  #readId: string;

  constructor(private readonly deps: FollowedRunDeps) {
    this.#readId = deps.syncId;
  }

  concernedBy(syncId: string): boolean {
    return syncId === this.deps.syncId || syncId === this.#readId;
  }

  join(watcher: Watcher): void {
    this.#watchers.set(watcher, null);
    this.#pauseMs = SOON_MS;
    void this.#read();
  }

  leave(watcher: Watcher): void {
    if (this.#watchers.delete(watcher) && this.#watchers.size === 0) this.#close();
  }

  /** Something happened to the run. */
  wake(): void {
    this.#pauseMs = SOON_MS;
    if (!this.#reading) this.#schedule();
  }

  fail(error: unknown): void {
    const watchers = this.#end();
    for (const { fail } of watchers) fail(error);
  }

  async #read(): Promise<void> {
    // Whoever joined during a read is served by the next one, a moment later.
    if (this.#reading) return;
    this.#reading = true;
    this.#cancelTimer?.();
    try {
      const run = await this.deps.read();
      if (!this.#closed) this.#tell(run);
    } catch (error) {
      if (!this.#closed) this.fail(error);
    } finally {
      this.#reading = false;
      if (!this.#closed) this.#schedule();
    }
  }

  #tell(run: RunView): void {
    const state = JSON.stringify(run);
    const news = [...this.#watchers].filter(([, told]) => told !== state).map(([watcher]) => watcher);
    for (const watcher of news) this.#watchers.set(watcher, state);
    this.#pauseMs = news.length > 0 ? SOON_MS : Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    this.#readId = run.syncId;
    for (const { next } of news) next(run);
    if (isActive(run.status)) return;
    for (const { complete } of this.#end()) complete();
  }

  #schedule(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.deps.clock.setTimer(this.#pauseMs, () => void this.#read());
  }

  #end(): Watcher[] {
    const watchers = [...this.#watchers.keys()];
    this.#watchers.clear();
    this.#close();
    return watchers;
  }

  #close(): void {
    this.#closed = true;
    this.#cancelTimer?.();
    this.deps.abandoned();
  }
}
