import { recordKey, TOPICS, type RecordsDiscovered, type SyncEvent } from '@tillstream/contracts';
import { sourceOf, type AggregateInput, type DecodedRecord } from '@tillstream/processor';
import { orderContentHash, parseOrder, workHash, type WorkSettings } from '@tillstream/woocommerce';
import { recordId, runId } from '../domain/ids.js';
import type { Observation, RecordInput, Sighting } from '../domain/record/inputs.js';
import { loadConfiguration, type TenantConfiguration } from './configuration.js';
import type { OrchestratorDeps, Runtimes } from './deps.js';
import type { OrchestratorMetrics } from './metrics.js';

export const RECORD_TOPICS = [TOPICS.discovered.name, TOPICS.results.name];

type Discovered = Extract<SyncEvent, { type: 'RecordsDiscovered' }>;

/** Brings observations and results to their records. */
export function recordHandler(deps: OrchestratorDeps, runtimes: Runtimes, metrics: OrchestratorMetrics) {
  return async (events: readonly DecodedRecord[]): Promise<void> => {
    const configurations = new Map<string, TenantConfiguration>();
    const inputs: AggregateInput<RecordInput>[] = [];
    for (const { event, topic } of events) {
      if (event.type === 'RecordsDiscovered') {
        inputs.push(...(await observations(event, deps, runtimes, configurations)));
        metrics.recordsObserved(event.facts.records.length);
      } else if (event.type === 'WorkSettled' || event.type === 'WorkDeferred') {
        const { entity, sourceId } = event.facts;
        const type = event.type === 'WorkSettled' ? 'Settled' : 'Deferred';
        const input = { type, result: event.facts } as RecordInput;
        const source = sourceOf(event, topic, { gapless: true });
        inputs.push({ id: recordKey(event.tenantId, entity, sourceId), input, source });
      }
    }
    await runtimes.record.handle(inputs);
  };
}

/**
 * No `source` here: a repeat is recognised by run and ordinal, and a map of every run that ever met a record would grow
 * for ever.
 */
async function observations(
  event: Discovered,
  deps: OrchestratorDeps,
  runtimes: Runtimes,
  configurations: Map<string, TenantConfiguration>,
): Promise<AggregateInput<RecordInput>[]> {
  const { tenantId, facts } = event;
  const known = configurations.get(tenantId);
  const configuration = known ?? (await loadConfiguration(deps.store, deps.secrets, tenantId));
  configurations.set(tenantId, configuration);
  const run = await runtimes.run.state(runId(tenantId, facts.syncId));
  const raw = (event.payload?.raw ?? {}) as Readonly<Record<string, unknown>>;
  return facts.records.map((record) => {
    const input = observation(facts, record, configuration, {
      runCancelled: run?.cancelled ?? false,
      raw: raw[record.sourceId],
    });
    return { id: recordId(tenantId, facts.entity, record.sourceId), input };
  });
}

function observation(
  facts: RecordsDiscovered,
  record: RecordsDiscovered['records'][number],
  { settings, targetIdentities }: TenantConfiguration,
  { runCancelled, raw }: { readonly runCancelled: boolean; readonly raw: unknown },
): Observation {
  const { syncId, readBeganAt, lane, sourceIdentity, selection, statusFilter } = facts;
  const { orders, quickbooks } = settings;
  const hashes = { orders: { ...orders, statuses: selection.statuses }, quickbooks };
  return {
    type: 'Observed',
    syncId,
    ordinal: record.ordinal,
    readBeganAt,
    lane,
    sourceIdentity,
    targetIdentities,
    targets: record.targets ?? facts.targets,
    selection,
    statusFilter,
    recreate: record.recreate ?? false,
    runCancelled,
    sighting: record.missing === true || raw === undefined ? { kind: 'missing' } : sightingOf(raw, hashes),
  };
}

function sightingOf(raw: unknown, settings: WorkSettings): Sighting {
  const parsed = parseOrder(raw);
  const contentHash = orderContentHash(raw);
  if (!parsed.ok) {
    const { message, status, number } = parsed;
    return { kind: 'unreadable', contentHash, message, status, sourceNumber: number };
  }
  const { order } = parsed;
  return { kind: 'order', order, contentHash, workHashes: { quickbooks: workHash(order, settings) } };
}
