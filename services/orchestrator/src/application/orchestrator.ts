import { TOPICS } from '@tillstream/contracts';
import type { Subscription } from '@tillstream/event-log';
import {
  aggregateCollection,
  consume,
  type ConsumeOptions,
  createAggregateRuntime,
  type DecodedRecord,
} from '@tillstream/processor';
import { entitySync } from '../domain/entity-sync/aggregate.js';
import { record } from '../domain/record/aggregate.js';
import { run } from '../domain/run/aggregate.js';
import { runPlan } from '../domain/run-plan/aggregate.js';
import { CHANGE_TOPICS, changeHandler } from './changes.js';
import { DEFAULT_LIMITS, type OrchestratorDeps, type Runtimes } from './deps.js';
import { orchestratorMetrics } from './metrics.js';
import { PLAN_TOPICS, planHandler } from './plans.js';
import { RECORD_TOPICS, recordHandler } from './records.js';
import { REQUEST_TOPICS, requestHandler } from './requests.js';
import { RUN_TOPICS, runHandler } from './runs.js';
import { ScanWorker } from './scan-worker.js';
import { TargetTrouble } from './target-trouble.js';

/** State documents of this service; the composition root declares them where it opens the storage. */
export const ORCHESTRATOR_COLLECTIONS = [
  aggregateCollection(entitySync),
  aggregateCollection(run, [['scanOpen'], ['status']]),
  aggregateCollection(runPlan),
  aggregateCollection(record, [
    ['tenantId', 'hasOpenFailure'],
    ['tenantId', 'entity', 'writtenFrom', 'readBeganAt'],
    ['tenantId', 'entity', 'damagedFrom', 'readBeganAt'],
    ['tenantId', 'causedBy'],
    ['unsyncedSince'],
  ]),
];

/** Consumer groups: stored state, renaming one re-reads everything. */
const GROUPS = {
  requests: 'orchestrator.requests',
  runs: 'orchestrator.runs',
  records: 'orchestrator.records',
  changes: 'orchestrator.changes',
  plans: 'orchestrator.plans',
} as const;

/** Outcomes are told to their run this often while many arrive: each telling rewrites the run's document. */
const RUN_PACE_MS = 25;

export interface Orchestrator {
  /** Recovers what a crash left, then consumes and goes on with open scans. */
  start(): Promise<void>;
  /** Stops reading and consuming; what was begun is finished or lies durable in state. */
  stop(): Promise<void>;
  health(): { readonly ok: boolean; readonly reasons: readonly string[] };
}

type Consumer = Pick<ConsumeOptions, 'group' | 'topics' | 'paceMs' | 'onAssigned'> & {
  readonly handle: (events: readonly DecodedRecord[]) => Promise<void>;
};

/** Runs, the slot of one scanning run per tenant and entity, reading the shop, per-record state (D5-D9). */
export function createOrchestrator(deps: OrchestratorDeps): Orchestrator {
  const runtimes: Runtimes = {
    entitySync: createAggregateRuntime(entitySync, deps),
    run: createAggregateRuntime(run, deps),
    record: createAggregateRuntime(record, deps),
    runPlan: createAggregateRuntime(runPlan, deps),
  };
  const metrics = orchestratorMetrics(deps.metrics);
  const trouble = new TargetTrouble();
  const handled = { group: GROUPS.records, topic: TOPICS.discovered.name };
  const worker = new ScanWorker(deps, runtimes, { ...DEFAULT_LIMITS, ...deps.limits }, { trouble, handled });
  const consumers: readonly Consumer[] = [
    { group: GROUPS.requests, topics: REQUEST_TOPICS, handle: requestHandler(deps, runtimes) },
    {
      group: GROUPS.runs,
      topics: RUN_TOPICS,
      paceMs: RUN_PACE_MS,
      onAssigned: async (assignment) => {
        // A page handed over by an owner that is gone comes from no topic: nobody repeats it.
        await runtimes.run.recover();
        await worker.takeOver(assignment);
      },
      handle: runHandler(runtimes, (id) => worker.wake(id), metrics),
    },
    { group: GROUPS.records, topics: RECORD_TOPICS, handle: recordHandler(deps, runtimes, metrics, trouble) },
    { group: GROUPS.changes, topics: CHANGE_TOPICS, handle: changeHandler(deps, runtimes) },
    { group: GROUPS.plans, topics: PLAN_TOPICS, handle: planHandler(runtimes) },
  ];
  const subscriptions = new Map<string, Subscription>();
  let unwatch = () => {};
  const follow = async (consumer: Consumer) => {
    const { log, logger, crash } = deps;
    const handle = (events: readonly DecodedRecord[]) => consumer.handle(events);
    subscriptions.set(consumer.group, await consume({ log, logger, crash, ...consumer, handle }));
  };
  return {
    start: async () => {
      for (const runtime of Object.values(runtimes)) await runtime.recover();
      for (const consumer of consumers) await follow(consumer);
      unwatch = metrics.watch(deps);
    },
    stop: async () => {
      unwatch();
      await worker.stop();
      await Promise.all([...subscriptions.values()].map((subscription) => subscription.stop()));
      for (const runtime of Object.values(runtimes)) await runtime.settleOutboxes();
    },
    health: () => {
      const reasons = consumers.flatMap(({ group }) => reasonOf(group, subscriptions.get(group)));
      return { ok: reasons.length === 0, reasons };
    },
  };
}

function reasonOf(group: string, subscription: Subscription | undefined): string[] {
  if (subscription === undefined) return [`consumer ${group} is not running`];
  const { lastError } = subscription;
  return lastError === undefined ? [] : [`consumer ${group} is stuck: ${lastError.message}`];
}
