import { recordKey, TOPICS, type RecordsDiscovered, type RelatedRecords, type SyncEvent } from '@tillstream/contracts';
import { sourceOf, type AggregateInput, type DecodedRecord } from '@tillstream/processor';
import { recordId, runId } from '../domain/ids.js';
import type { Observation, RecordInput, Sighting } from '../domain/record/inputs.js';
import { TARGET_RULES } from '../domain/targets/table.js';
import { causeOf, releaseDependents } from './causes.js';
import { loadConfiguration, type TenantConfiguration } from './configuration.js';
import type { OrchestratorDeps, Runtimes } from './deps.js';
import type { OrchestratorMetrics } from './metrics.js';
import { planRecords } from './plans.js';
import { sightingOf } from './sighting.js';
import type { TargetTrouble } from './target-trouble.js';

export const RECORD_TOPICS = [TOPICS.discovered.name, TOPICS.results.name];

type Discovered = Extract<SyncEvent, { type: 'RecordsDiscovered' }>;

/** Brings observations and results to their records. */
export function recordHandler(
  deps: OrchestratorDeps,
  runtimes: Runtimes,
  metrics: OrchestratorMetrics,
  trouble: TargetTrouble,
) {
  return async (events: readonly DecodedRecord[]): Promise<void> => {
    const configurations = new Map<string, TenantConfiguration>();
    const inputs: AggregateInput<RecordInput>[] = [];
    for (const { event, topic } of events) {
      if (event.type === 'RecordsDiscovered') {
        const observed = await observations(event, deps, runtimes, configurations);
        if (event.facts.dryRun) await planRecords(event, observed, deps, runtimes);
        else inputs.push(...observed.map(({ id, input }) => ({ id, input })));
        metrics.recordsObserved(event.facts.records.length);
      } else if (event.type === 'WorkSettled' || event.type === 'WorkDeferred') {
        trouble.note(event);
        inputs.push(await resultInput(event, topic, runtimes));
      }
    }
    const results = await runtimes.record.handle(inputs);
    for (const { state } of results) await releaseDependents(state, deps, runtimes);
  };
}

type Result = Extract<SyncEvent, { type: 'WorkSettled' | 'WorkDeferred' }>;

/** Seqs of producers that live for one piece of work would be remembered for ever, so only a lasting one's are. */
async function resultInput(event: Result, topic: string, runtimes: Runtimes): Promise<AggregateInput<RecordInput>> {
  const { tenantId, facts } = event;
  const causedBy = await causeOf(event, runtimes);
  const type = event.type === 'WorkSettled' ? 'Settled' : 'Deferred';
  const input = { type, result: facts, ...(causedBy === null ? {} : { causedBy }) } as RecordInput;
  const id = recordKey(tenantId, facts.entity, facts.sourceId);
  const { remembersWork } = TARGET_RULES[facts.target];
  return remembersWork ? { id, input, source: sourceOf(event, topic, { gapless: true }) } : { id, input };
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
): Promise<Observed[]> {
  const { tenantId, facts } = event;
  const known = configurations.get(tenantId);
  const configuration = known ?? (await loadConfiguration(deps.store, deps.secrets, tenantId));
  configurations.set(tenantId, configuration);
  const run = await runtimes.run.state(runId(tenantId, facts.syncId));
  const raw = (event.payload?.raw ?? {}) as Readonly<Record<string, unknown>>;
  const related = (event.payload?.related ?? {}) as Readonly<Record<string, RelatedRecords>>;
  return facts.records.map((record) => {
    const input = observation(facts, record, configuration, {
      runCancelled: run?.cancelled ?? false,
      raw: raw[record.sourceId],
      related: related[record.sourceId],
    });
    const { sourceId } = record;
    return { id: recordId(tenantId, facts.entity, sourceId), sourceId, input };
  });
}

interface Observed {
  readonly id: string;
  readonly sourceId: string;
  readonly input: Observation;
}

function observation(
  facts: RecordsDiscovered,
  record: RecordsDiscovered['records'][number],
  { settings, targetIdentities }: TenantConfiguration,
  { runCancelled, raw, related }: ReadAs,
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
    sighting: sighting(),
  };

  function sighting(): Sighting {
    if (record.damage !== undefined) return { kind: 'damaged', damage: record.damage };
    if (record.missing === true || raw === undefined) return { kind: 'missing' };
    return sightingOf(facts.entity, related === undefined ? { raw } : { raw, related }, hashes);
  }
}

interface ReadAs {
  readonly runCancelled: boolean;
  readonly raw: unknown;
  readonly related: RelatedRecords | undefined;
}
