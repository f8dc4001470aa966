import { COLLECTIONS, type DocumentReadModel, type SyncEvent, TOPICS } from '@tillstream/contracts';
import { foldDocument } from './documents.js';
import { failureIdOf, foldFailure } from './failures.js';
import { foldPlanLine, planLineId } from './plans.js';
import { applyOnce, type Folded, type Step } from './read-model.js';
import { foldAlias, foldRun, isRefusedInTime, syncIdOf } from './runs.js';

/** One document that an event changes, and how. `fold` sees the stored document, or null. */
export interface Projection extends Step {
  readonly collection: string;
  readonly id: string;
  readonly fold: (document: object | null) => object | null;
}

/** An event as it came from the log. */
export interface ProjectedEvent {
  readonly topic: string;
  readonly key: string;
  readonly event: SyncEvent;
}

/** Every read model document that an event touches. Pure: the same events in the same order give the same documents. */
export function project(record: ProjectedEvent): readonly Projection[] {
  if (record.topic === TOPICS.runs.name) return projectRun(record.event);
  if (record.topic === TOPICS.events.name) return projectRecord(record);
  if (record.topic === TOPICS.plans.name) return projectPlan(record.event);
  return [];
}

function projectRun(event: SyncEvent): Projection[] {
  const id = syncIdOf(event);
  if (id === null) return [];
  if (event.type === 'RunReplayed') return [projection(COLLECTIONS.runAliases.name, id, event, foldAlias)];
  const collection = isRefusedInTime(event) ? COLLECTIONS.refusedRuns.name : COLLECTIONS.runs.name;
  return [projection(collection, id, event, foldRun)];
}

function projectPlan(event: SyncEvent): Projection[] {
  const id = planLineId(event);
  return id === null ? [] : [projection(COLLECTIONS.plans.name, id, event, foldPlanLine)];
}

function projectRecord({ key, event }: ProjectedEvent): Projection[] {
  const projections: Projection[] = [];
  const about = parseRecordKey(key, event.tenantId);
  if (about) {
    projections.push(
      projection<DocumentReadModel>(COLLECTIONS.documents.name, key, event, (document) =>
        foldDocument(document, event, about),
      ),
    );
  }
  const failureId = failureIdOf(event);
  if (failureId !== null) projections.push(projection(COLLECTIONS.failures.name, failureId, event, foldFailure));
  return projections;
}

/** `<tenant>:<entity>:<sourceId>`; null for a key of another shape (nothing we could show under an address). */
function parseRecordKey(key: string, tenantId: string): { entity: string; sourceId: string } | null {
  if (!key.startsWith(`${tenantId}:`)) return null;
  const rest = key.slice(tenantId.length + 1);
  const colon = rest.indexOf(':');
  if (colon <= 0 || colon === rest.length - 1) return null;
  return { entity: rest.slice(0, colon), sourceId: rest.slice(colon + 1) };
}

function projection<Doc extends object>(
  collection: string,
  id: string,
  event: SyncEvent,
  content: (document: Doc | null, event: SyncEvent) => Doc | null,
): Projection {
  return {
    collection,
    id,
    event,
    content: content as Step['content'],
    fold: (document) => applyOnce(document as (Doc & Folded) | null, event, content),
  };
}
