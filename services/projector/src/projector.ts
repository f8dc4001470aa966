import { TOPICS } from '@tillstream/contracts';
import type { DocumentStore } from '@tillstream/document-store';
import type { EventLog, Subscription } from '@tillstream/event-log';
import type { CrashPoints } from '@tillstream/kernel';
import { type Logger, type Metrics, NO_METRICS } from '@tillstream/observability';
import { consume, LruCache } from '@tillstream/processor';
import { applyBatch, type ReadModelCache } from './apply-batch.js';

export interface ProjectorDeps {
  readonly log: EventLog;
  readonly store: DocumentStore;
  readonly crash: CrashPoints;
  readonly logger: Logger;
  readonly metrics?: Metrics;
}

export interface Projector {
  start(): Promise<void>;
  /** Stops intake and resolves when the running batch is stored. */
  stop(): Promise<void>;
  /**
   * Runs `work` while nothing is folded: the running batch is stored before it begins, and folding goes on after it
   * whatever happens. Queries are answered meanwhile, from what is stored.
   */
  whileHeld<T>(work: () => Promise<T>): Promise<T>;
  /** Not ok while delivery is stuck or not started. */
  health(): { readonly ok: boolean; readonly reasons: string[] };
}

/** Consumer group: stored state. Renaming it builds all read models again. */
export const PROJECTOR_GROUP = 'projector';
/** Facts that read models are folded from; all of them are kept for ever. */
export const PROJECTED_TOPICS = [TOPICS.runs.name, TOPICS.events.name, TOPICS.plans.name];
/** While much happens read models lag this much, and a document takes several events in one write. */
const PACE_MS = 100;
const CACHED_DOCUMENTS = 2000;

/** Folds sync.runs.v1, sync.events.v1 and sync.plans.v1 into read models; the only writer of those collections (D2, I5). */
export function createProjector(deps: ProjectorDeps): Projector {
  const { log, store, crash } = deps;
  const logger = deps.logger.child({ service: 'projector' });
  const applied = (deps.metrics ?? NO_METRICS).counter('projector_events_total', {
    help: 'Events folded into read models',
  });
  const cache: ReadModelCache = new LruCache(CACHED_DOCUMENTS);
  let subscription: Subscription | undefined;
  let wanted = false;
  let held = false;
  const follow = async () => {
    subscription ??= await consume({
      log,
      logger,
      crash,
      group: PROJECTOR_GROUP,
      topics: PROJECTED_TOPICS,
      paceMs: PACE_MS,
      handle: async (events) => {
        const documents = await applyBatch(store, events, cache);
        applied.add(events.length);
        logger.debug({ events: events.length, documents }, 'batch projected');
      },
    });
  };
  const halt = async () => {
    await subscription?.stop();
    subscription = undefined;
  };
  return {
    start: async () => {
      wanted = true;
      if (!held) await follow();
    },
    stop: async () => {
      wanted = false;
      await halt();
    },
    whileHeld: async (work) => {
      held = true;
      await halt();
      try {
        return await work();
      } finally {
        held = false;
        // Others wrote these documents meanwhile.
        cache.clear();
        if (wanted) await follow();
      }
    },
    health: () => {
      if (held) return { ok: true, reasons: [] };
      if (!subscription) return { ok: false, reasons: ['projector is not running'] };
      const stuck = subscription.lastError;
      return stuck ? { ok: false, reasons: [`projector is stuck: ${stuck.message}`] } : { ok: true, reasons: [] };
    },
  };
}
