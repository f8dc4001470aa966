import type { Secrets } from '@tillstream/credentials';
import type { DocumentStore } from '@tillstream/document-store';
import type { EventLog } from '@tillstream/event-log';
import type { Clock, CrashPoints, Ids } from '@tillstream/kernel';
import type { Logger, Metrics } from '@tillstream/observability';
import type { AggregateRuntime, Alarm } from '@tillstream/processor';
import type { EntitySyncEvent, EntitySyncInput } from '../domain/entity-sync/inputs.js';
import type { EntitySyncState } from '../domain/entity-sync/state.js';
import type { RecordEvent, RecordInput } from '../domain/record/inputs.js';
import type { RecordState } from '../domain/record/state.js';
import type { RunPlanEvent, RunPlanInput } from '../domain/run-plan/inputs.js';
import type { RunPlanState } from '../domain/run-plan/state.js';
import type { RunEvent, RunInput } from '../domain/run/inputs.js';
import type { RunState } from '../domain/run/state.js';
import type { OpenSource } from './ports.js';

export interface OrchestratorDeps {
  readonly log: EventLog;
  readonly store: DocumentStore;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'random'>;
  readonly crash: CrashPoints;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  readonly secrets: Pick<Secrets, 'open'>;
  /** Opens a shop for reading; `wooSource` in production. */
  readonly openSource: OpenSource;
  readonly onAlarm?: (alarm: Alarm) => void;
  readonly limits?: Partial<OrchestratorLimits>;
}

export interface OrchestratorLimits {
  /**
   * A run reads no further while this many of its records are without an outcome (default 500): about a minute of a
   * company's budget, so that a cancel takes effect soon and the queue stays short.
   */
  readonly unsettledPerRun: number;
  /** Pages read at the same time over all tenants (default 4). */
  readonly concurrentReads: number;
  /** How long a source may fail before the run does (default 10 minutes). */
  readonly sourcePatienceMs: number;
  /**
   * How long counting the shop's orders may take before a run is refused without their number (default 3 s): query-api
   * waits 5 s for the decision (D5).
   */
  readonly countPatienceMs: number;
}

export const DEFAULT_LIMITS: OrchestratorLimits = {
  unsettledPerRun: 500,
  concurrentReads: 4,
  sourcePatienceMs: 10 * 60_000,
  countPatienceMs: 3_000,
};

export interface Runtimes {
  readonly entitySync: AggregateRuntime<EntitySyncState, EntitySyncInput, EntitySyncEvent>;
  readonly run: AggregateRuntime<RunState, RunInput, RunEvent>;
  readonly record: AggregateRuntime<RecordState, RecordInput, RecordEvent>;
  readonly runPlan: AggregateRuntime<RunPlanState, RunPlanInput, RunPlanEvent>;
}
