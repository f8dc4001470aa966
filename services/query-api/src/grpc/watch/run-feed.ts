import type { SyncEvent } from '@tillstream/contracts';
import type { Clock } from '@tillstream/kernel';
import { ApiProblem } from '../../http/problem.js';
import type { EventWaiter } from '../../outbox/await-events.js';
import type { Runs } from '../../runs/runs.js';
import { FollowedRun, type Watcher } from './followed-run.js';

export interface RunFeedDeps {
  readonly runs: Pick<Runs, 'get'>;
  /** Tells of every event about runs, on the one tail that the service has anyway. */
  readonly events: Pick<EventWaiter, 'listen'>;
  readonly clock: Clock;
}

/** Changes of runs for those that watch them. All watchers of a run share one reader; without watchers nothing runs. */
export class RunFeed {
  readonly #followed = new Map<string, FollowedRun>();
  #unlisten: (() => void) | undefined;
  #stopped = false;

  constructor(private readonly deps: RunFeedDeps) {}

  /** How many runs are read for watchers. */
  get size(): number {
    return this.#followed.size;
  }

  /** The run as it is now, then each change until it is final. Returns what ends the watching. */
  watch(tenantId: string, syncId: string, watcher: Watcher): () => void {
    if (this.#stopped) {
      watcher.fail(stopping());
      return () => {};
    }
    const run = this.#follow(tenantId, syncId);
    run.join(watcher);
    return () => run.leave(watcher);
  }

  /** Ends every watching as `unavailable`, so that clients call again, and refuses new ones. */
  stop(): void {
    this.#stopped = true;
    for (const run of this.#followed.values()) run.fail(stopping());
  }

  #follow(tenantId: string, syncId: string): FollowedRun {
    const key = JSON.stringify([tenantId, syncId]);
    const known = this.#followed.get(key);
    if (known) return known;
    const run = new FollowedRun({
      syncId,
      read: () => this.deps.runs.get(tenantId, syncId),
      clock: this.deps.clock,
      abandoned: () => this.#forget(key),
    });
    this.#followed.set(key, run);
    this.#unlisten ??= this.deps.events.listen((event) => this.#onEvent(event));
    return run;
  }

  #forget(key: string): void {
    this.#followed.delete(key);
    if (this.#followed.size > 0) return;
    this.#unlisten?.();
    this.#unlisten = undefined;
  }

  #onEvent(event: SyncEvent): void {
    const syncId = concernedRun(event);
    if (syncId === null) return;
    for (const run of this.#followed.values()) if (run.concernedBy(syncId)) run.wake();
  }
}

/** The run an event of sync.runs.v1 tells of. */
function concernedRun({ facts }: SyncEvent): string | null {
  if ('syncId' in facts && typeof facts.syncId === 'string') return facts.syncId;
  return 'request' in facts ? facts.request.syncId : null;
}

function stopping(): ApiProblem {
  return new ApiProblem('unavailable', 'Tillstream is stopping; call again.');
}
