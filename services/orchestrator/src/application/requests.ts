import { runKey, TOPICS, type RunRequest } from '@tillstream/contracts';
import { asError } from '@tillstream/kernel';
import type { AggregateInput, DecodedRecord } from '@tillstream/processor';
import { isScanning } from '../domain/entity-sync/decide.js';
import type { EntitySyncInput } from '../domain/entity-sync/inputs.js';
import { planId, runId } from '../domain/ids.js';
import { selectionOf } from '../domain/selection.js';
import { loadConfiguration, type TenantConfiguration } from './configuration.js';
import { DEFAULT_LIMITS, type OrchestratorDeps, type Runtimes } from './deps.js';

export const REQUEST_TOPICS = [TOPICS.requests.name];

/** Decides requests for runs (D5) and passes cancels on. Requests of one batch are decided in order. */
export function requestHandler(deps: OrchestratorDeps, runtimes: Runtimes) {
  return async (events: readonly DecodedRecord[]): Promise<void> => {
    for (const { event } of events) {
      if (event.type === 'RunRequested') {
        await runtimes.entitySync.handle([await requestInput(deps, event.tenantId, event.facts.request)]);
      } else if (event.type === 'RunCancelRequested') {
        const { syncId, entity } = event.facts;
        await runtimes.run.handle([{ id: runId(event.tenantId, syncId), input: { type: 'Cancel', entity } }]);
        // Decides nothing for a run that is no dry run.
        if (entity !== null) await runtimes.runPlan.execute(planId(event.tenantId, entity, syncId), { type: 'Cancel' });
      }
    }
  };
}

async function requestInput(
  deps: OrchestratorDeps,
  tenantId: string,
  request: RunRequest,
): Promise<AggregateInput<EntitySyncInput>> {
  const configuration = await loadConfiguration(deps.store, deps.secrets, tenantId);
  const { settings, sourceIdentity, targetIdentities } = configuration;
  const startDateChosen = settings.orders.createdFrom !== null;
  const input: EntitySyncInput = {
    type: 'Request',
    request,
    sourceIdentity,
    targetIdentities,
    selection: selectionOf(settings.orders),
    startDateChosen,
    ordersPerYear: startDateChosen || !isScanning(request) ? null : await countOrders(deps, configuration),
  };
  return { id: runKey(tenantId, request.entity), input };
}

/** Only a help for the person who chooses the date: null, without an answer in time, and the refusal says so. */
async function countOrders(
  { openSource, logger, clock, limits }: OrchestratorDeps,
  { openShop, settings }: TenantConfiguration,
): Promise<Readonly<Record<string, number>> | null> {
  const deadline = new AbortController();
  const cancelTimer = clock.setTimer(limits?.countPatienceMs ?? DEFAULT_LIMITS.countPatienceMs, () => deadline.abort());
  try {
    const shop = openShop();
    if (shop === null) return null;
    return await openSource(shop).ordersPerYear(settings.orders.statuses, deadline.signal);
  } catch (thrown) {
    logger.warn({ reason: asError(thrown).message }, 'orders per year not known in time');
    return null;
  } finally {
    cancelTimer();
  }
}
