import { DamageCode, publication, recordKey, runKey, TOPICS } from '@tillstream/contracts';
import type { Aggregate, Publication } from '@tillstream/processor';
import { parseRecordId, tenantOf } from '../ids.js';
import { TARGET_RULES } from '../targets/table.js';
import { decideRecord } from './decide.js';
import { evolveRecord } from './evolve.js';
import type { RecordEvent, RecordInput } from './inputs.js';
import { GONE, initialRecord, type RecordState } from './state.js';

/** One document per source record, id = `<tenantId>:<entity>:<sourceId>`. */
export const record: Aggregate<RecordState, RecordInput, RecordEvent> = {
  name: 'record_state',
  initial: (id) => {
    const { tenantId, entity, sourceId } = parseRecordId(id);
    return initialRecord(tenantId, entity, sourceId);
  },
  decide: decideRecord,
  evolve: evolveRecord,
  publish: (event, id) => [place(event, id)],
  tenantOf,
  index: recordIndex,
};

/**
 * What records are looked for by: held ones (B16), those of a shop with a document that were not read lately (B6), those
 * that the shop could not serve (D9), and how long one has been waiting.
 */
function recordIndex(state: RecordState) {
  const { tenantId, entity, targets, sourceIdentity, readBeganAt } = state;
  const isWritten = Object.values(targets).some(({ written, syncedHash }) => written && syncedHash !== GONE);
  return {
    tenantId,
    hasOpenFailure: hasOpenFailure(state),
    entity,
    writtenFrom: isWritten ? sourceIdentity : null,
    damagedFrom: isDamaged(state) ? sourceIdentity : null,
    readBeganAt,
    unsyncedSince: unsyncedSince(state),
    causedBy: Object.values(targets).find(({ failure }) => failure?.causedBy)?.failure?.causedBy ?? null,
  };
}

function place(event: RecordEvent, id: string): Publication {
  const { tenantId, entity, sourceId } = parseRecordId(id);
  const history = recordKey(tenantId, entity, sourceId);
  if (event.type === 'RecordSettled') {
    return publication(TOPICS.progress.name, event.type, runKey(tenantId, entity));
  }
  if (event.type === 'WorkRequested') {
    const { workTopic, workKey } = TARGET_RULES.quickbooks;
    return publication(workTopic, event.type, workKey(tenantId, event.facts, event.facts.realmId));
  }
  if (event.type === 'RowsRequested') {
    const { workTopic, workKey } = TARGET_RULES.supabase;
    return publication(workTopic, event.type, workKey(tenantId, event.facts, event.facts.projectId));
  }
  return publication(TOPICS.events.name, event.type, history);
}

/**
 * When the content that a target still lacks was read, microseconds: a work's version is that time. null = nothing is under
 * way. Parked records wait for a person, as held ones do, and are no sign of slowness.
 */
function unsyncedSince({ targets }: RecordState): number | null {
  const waiting = Object.values(targets).flatMap(({ phase, workVersion }) =>
    workVersion !== null && (phase === 'pending' || phase === 'retrying') ? [workVersion] : [],
  );
  return waiting.length === 0 ? null : Math.min(...waiting);
}

function isDamaged({ targets }: RecordState): boolean {
  return Object.values(targets).some(({ failure }) => DamageCode.safeParse(failure?.problem.code).success);
}

function hasOpenFailure({ targets }: RecordState): boolean {
  return Object.values(targets).some(({ failure }) => failure !== null);
}
