import { recordKey, TOPICS, type SyncEvent } from '@tillstream/contracts';
import type { DecodedRecord } from '@tillstream/processor';
import { ROUTED_TARGETS } from '../domain/targets/table.js';
import type { OrchestratorDeps, Runtimes } from './deps.js';
import { recheckWhere } from './recheck.js';

export const CHANGE_TOPICS = [TOPICS.config.name];

/** Held and parked records are looked at again after a change of settings or of a target's connection (B16). */
export function changeHandler(deps: OrchestratorDeps, runtimes: Runtimes) {
  return async (events: readonly DecodedRecord[]): Promise<void> => {
    // One recheck per tenant and batch; discards keep their place before it.
    const changed = new Map<string, number>();
    for (const { event } of events) {
      if (event.type === 'FailureDiscardRequested') await discard(event, runtimes);
      if (concernsTargets(event)) changed.set(event.tenantId, Date.parse(event.occurredAt) * 1000);
    }
    for (const [tenantId, changedAt] of changed) {
      await recheckWhere({ tenantId, hasOpenFailure: true }, { changedAt }, deps, runtimes);
    }
  };
}

function concernsTargets(event: SyncEvent): boolean {
  if (event.type === 'SettingsChanged') return true;
  if (event.type !== 'ConnectionChanged' || event.facts.removed) return false;
  const { platform } = event.facts;
  return ROUTED_TARGETS.some((target) => target === platform);
}

async function discard(
  { tenantId, facts }: Extract<SyncEvent, { type: 'FailureDiscardRequested' }>,
  { record: records }: Runtimes,
): Promise<void> {
  const { entity, sourceId, failureId, target, reason } = facts;
  await records.execute(recordKey(tenantId, entity, sourceId), { type: 'Discard', failureId, target, reason });
}
