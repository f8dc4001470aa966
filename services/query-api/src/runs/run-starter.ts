import {
  COLLECTIONS,
  RUN_DECISION_WAIT_MS,
  type RunFilters,
  type RunRequest,
  type RunRequestDocument,
  runKey,
  type SyncEvent,
  TOPICS,
} from '@tillstream/contracts';
import type { DocumentStore } from '@tillstream/document-store';
import { type Clock, contentHash, type Ids } from '@tillstream/kernel';
import type { EventWaiter } from '../outbox/await-events.js';
import type { FactStore } from '../outbox/fact-store.js';
import { refusal } from './refusal.js';
import { startedRun } from './run-view.js';
import type { StartedRun } from './schemas.js';

/** What a run is asked to do; ids, hashes and times are added here. */
export type NewRun = Omit<RunRequest, 'syncId' | 'requestHash' | 'requestedAt'>;

export interface RunStart {
  readonly run: StartedRun;
  /** The request repeats an earlier one; `run` is its first answer. */
  readonly replayed: boolean;
}

export const RUN_REQUESTS = COLLECTIONS.runRequests.name;

/** The run an event of sync.runs.v1 decides on. */
export function decidedRun(event: SyncEvent): string | null {
  if (event.type === 'RunAccepted') return event.facts.request.syncId;
  if (event.type === 'RunRefused' || event.type === 'RunReplayed') return event.facts.syncId;
  return null;
}

/** Starts runs by D5: store the request, append it, wait for the orchestrator's decision, answer that. */
export class RunStarter {
  constructor(
    private readonly deps: {
      readonly store: DocumentStore;
      readonly facts: FactStore;
      readonly decisions: EventWaiter;
      readonly clock: Clock;
      readonly ids: Ids;
    },
  ) {}

  /**
   * Throws the orchestrator's refusal as a problem. No decision in time: the run is `queued`, its id is never lost. `signal`: nobody
   * waits for the answer any more; a request that is stored by then goes its way.
   */
  async start(tenantId: string, run: NewRun, signal?: AbortSignal): Promise<RunStart> {
    signal?.throwIfAborted();
    const request = this.#complete(run);
    const decision = this.deps.decisions.wait(request.syncId, RUN_DECISION_WAIT_MS, signal);
    await this.#store(tenantId, request);
    return this.#answer(await decision, request);
  }

  #complete(run: NewRun): RunRequest {
    const { entity, mode, target, dryRun, filters, ids, refs } = run;
    return {
      ...run,
      syncId: this.deps.ids.next('run'),
      requestHash: contentHash({ entity, mode, target, dryRun, filters: sameTimes(filters), ids, refs }),
      requestedAt: new Date(this.deps.clock.now()).toISOString(),
    };
  }

  async #store(tenantId: string, request: RunRequest): Promise<void> {
    const { syncId, requestedAt } = request;
    await this.deps.facts.write<RunRequestDocument>({
      collection: RUN_REQUESTS,
      id: syncId,
      producer: `${RUN_REQUESTS}/${syncId}`,
      before: null,
      content: { tenantId, syncId, requestedAt, request },
      facts: [
        {
          topic: TOPICS.requests.name,
          key: runKey(tenantId, request.entity),
          type: 'RunRequested',
          facts: { request },
        },
      ],
    });
  }

  async #answer(decision: SyncEvent | null, request: RunRequest): Promise<RunStart> {
    if (decision?.type === 'RunRefused') throw refusal(decision.facts);
    if (decision?.type !== 'RunReplayed') return { run: startedRun(request), replayed: false };
    const { originalSyncId } = decision.facts;
    const original = await this.deps.store.get<RunRequestDocument>(RUN_REQUESTS, originalSyncId);
    // The first request may have come another way than REST; what it asked for is the same, only the id is its own.
    const first = original?.doc.request ?? { ...request, syncId: originalSyncId };
    return { run: startedRun(first), replayed: true };
  }
}

/** One notation of each time: the same request is the same, whether it came as text or as a gRPC timestamp. */
function sameTimes({ status, createdAfter, createdBefore, modifiedAfter }: RunFilters): RunFilters {
  return {
    ...(status && { status }),
    ...(createdAfter && { createdAfter: utc(createdAfter) }),
    ...(createdBefore && { createdBefore: utc(createdBefore) }),
    ...(modifiedAfter && { modifiedAfter: utc(modifiedAfter) }),
  };
}

function utc(time: string): string {
  return new Date(time).toISOString();
}
