import { allTopicDefinitions, type RebuildDifference } from '@tillstream/contracts';
import type { DocumentStore } from '@tillstream/document-store';
import type { EventLog } from '@tillstream/event-log';
import { NO_CRASH_POINTS, SystemClock, SystemIds, TransientError } from '@tillstream/kernel';
import { SILENT_LOGGER } from '@tillstream/observability';
import { ORCHESTRATOR_STATES } from '@tillstream/orchestrator';
import type { Reviewable } from '@tillstream/processor';
import { createProjector, PROJECTED_TOPICS, PROJECTOR_GROUP, Rebuilds } from '@tillstream/projector';
import { QUICKBOOKS_WRITER_STATES } from '@tillstream/quickbooks-writer';
import { openEmbeddedStorage } from '@tillstream/sqlite';
import { SUPABASE_WRITER_STATES } from '@tillstream/supabase-writer';
import { collections } from '../compose.js';

/** The states of every service. */
export const ALL_STATES: readonly Reviewable[] = [
  ...ORCHESTRATOR_STATES,
  ...QUICKBOOKS_WRITER_STATES,
  ...SUPABASE_WRITER_STATES,
];

export interface CheckedCollection {
  readonly name: string;
  readonly documents: number;
  readonly differences: readonly RebuildDifference[];
}

export interface RebuildCheck {
  /** Documents whose events a crash had left unpublished; they are in the log now. */
  readonly drained: number;
  readonly collections: readonly CheckedCollection[];
  readonly ok: boolean;
}

const CATCH_UP_MS = 120_000;
const LOOK_EVERY_MS = 20;

/** Log and documents of a product that is not running. */
export interface StoppedStorage {
  readonly log: EventLog;
  readonly store: DocumentStore;
}

/** `checkStorage` of a data folder. Throws `data_in_use` for a running instance's. */
export async function checkRebuild(dataDir: string): Promise<RebuildCheck> {
  const clock = new SystemClock();
  const storage = openEmbeddedStorage({ dataDir, topics: allTopicDefinitions(), collections: collections(), clock });
  try {
    return await checkStorage(storage);
  } finally {
    await storage.close();
  }
}

/**
 * Folds everything from the log again and compares it, canonical JSON by canonical JSON, with what is stored: states of
 * aggregates and read models (I5). Changes nothing but what a start would: outboxes are appended and the projector
 * catches up.
 */
export async function checkStorage({ log, store }: StoppedStorage): Promise<RebuildCheck> {
  const clock = new SystemClock();
  const parts = { log, store, clock, crash: NO_CRASH_POINTS, logger: SILENT_LOGGER };
  let drained = 0;
  for (const states of ALL_STATES) drained += await states.drain(parts);
  const checked: CheckedCollection[] = [];
  for (const states of ALL_STATES) {
    const { documents, differences } = await states.review({ log, store });
    checked.push({ name: states.collection, documents, differences });
  }
  checked.push(await checkReadModels({ log, store }, clock));
  return { drained, collections: checked, ok: checked.every(({ differences }) => differences.length === 0) };
}

async function checkReadModels({ log, store }: StoppedStorage, clock: SystemClock): Promise<CheckedCollection> {
  const logger = SILENT_LOGGER;
  const projector = createProjector({ log, store, crash: NO_CRASH_POINTS, logger });
  await projector.start();
  await caughtUp(log);
  await projector.stop();
  const rebuilds = new Rebuilds({ log, store, clock, ids: new SystemIds(clock), logger, projector });
  const { rebuildId } = rebuilds.start();
  await rebuilds.settled();
  const view = rebuilds.view(rebuildId);
  if (view?.status !== 'completed') throw new TransientError('rebuild_failed', view?.failure ?? 'the rebuild was lost');
  return { name: 'read models', documents: view.documents, differences: view.differences };
}

async function caughtUp(log: EventLog): Promise<void> {
  const deadline = performance.now() + CATCH_UP_MS;
  for (const topic of PROJECTED_TOPICS) {
    for (;;) {
      const [ends, committed] = [await log.endOffsets(topic), await log.committedOffsets(PROJECTOR_GROUP, topic)];
      if (ends.every((end, partition) => (committed[partition] ?? 0) >= end)) break;
      if (performance.now() > deadline)
        throw new TransientError('projector_behind', `${topic} is not folded to its end`);
      await new Promise((resolve) => {
        setTimeout(resolve, LOOK_EVERY_MS);
      });
    }
  }
}
