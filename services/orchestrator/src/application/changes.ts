import { recordKey, TOPICS, type SyncEvent } from '@tillstream/contracts';
import type { FindResult } from '@tillstream/document-store';
import type { DecodedRecord } from '@tillstream/processor';
import { record } from '../domain/record/aggregate.js';
import { ROUTED_TARGETS } from '../domain/targets.js';
import { loadConfiguration } from './configuration.js';
import type { OrchestratorDeps, Runtimes } from './deps.js';

export const CHANGE_TOPICS = [TOPICS.config.name];

/** Records looked at again in one go. */
const RECHECK_PAGE = 200;

/** Held and parked records are looked at again after a change of settings or of a target's connection (B16). */
export function changeHandler(deps: OrchestratorDeps, runtimes: Runtimes) {
  return async (events: readonly DecodedRecord[]): Promise<void> => {
    // One recheck per tenant and batch; discards keep their place before it.
    const changed = new Map<string, number>();
    for (const { event } of events) {
      if (event.type === 'FailureDiscardRequested') await discard(event, runtimes);
      if (concernsTargets(event)) changed.set(event.tenantId, Date.parse(event.occurredAt) * 1000);
    }
    for (const [tenantId, changedAt] of changed) await recheck(tenantId, changedAt, deps, runtimes);
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

async function recheck(
  tenantId: string,
  changedAt: number,
  { store, secrets }: OrchestratorDeps,
  { record: records }: Runtimes,
): Promise<void> {
  const { targetIdentities } = await loadConfiguration(store, secrets, tenantId);
  const where = { tenantId, hasOpenFailure: true };
  let cursor: string | undefined;
  do {
    const page: FindResult<object> = await store.find(record.name, {
      where,
      limit: RECHECK_PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    await records.handle(page.items.map(({ id }) => ({ id, input: { type: 'Recheck', targetIdentities, changedAt } })));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}
