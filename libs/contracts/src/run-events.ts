import { z } from 'zod';
import type { RelatedRecords } from './record-events.js';
import { Entity, Outcome, RunCounts, RunFilters, RunMode, Target, TargetSelection, TriggerType } from './vocabulary.js';

/** Facts on sync.requests.v1, sync.runs.v1, sync.discovered.v1 and sync.progress.v1. */

/** What a run was asked to do; stored by query-api before the 202 (D5). */
export const RunRequest = z.strictObject({
  syncId: z.string(),
  /** null = spans entities (retry of failures); then `refs` names the records. */
  entity: Entity.nullable(),
  mode: RunMode,
  target: TargetSelection,
  dryRun: z.boolean(),
  filters: RunFilters,
  /** Source ids, bare or with source (`1042`, `woo:1042`); null = scan. */
  ids: z.array(z.string()).nullable(),
  /** Records of a retry run with the target that failed. */
  refs: z
    .array(
      z.strictObject({
        entity: Entity,
        sourceId: z.string(),
        target: Target,
        failureId: z.string(),
        /** Recreate what a person removed in the target (B5); only ever asked for explicitly. */
        recreate: z.boolean().optional(),
      }),
    )
    .nullable(),
  idempotencyKey: z.string().nullable(),
  /** Hash of the request after defaults, without the key: same key + same hash = replay. */
  requestHash: z.string(),
  trigger: z.strictObject({ type: TriggerType, id: z.string().nullable() }),
  requestedAt: z.string(),
});
export type RunRequest = z.infer<typeof RunRequest>;

export const RunRequested = z.strictObject({ request: RunRequest });
export const RunCancelRequested = z.strictObject({
  syncId: z.string(),
  entity: Entity.nullable(),
  requestedAt: z.string(),
});

/** Where reading of a target's records stands (D7). Times are UTC seconds of the source, `YYYY-MM-DDTHH:MM:SS`. */
export const Cursor = z.strictObject({ modifiedAfter: z.string() });
export type Cursor = z.infer<typeof Cursor>;

/** Which orders a run takes, fixed when it is accepted, so that a change of settings in the middle cannot tear it. */
export const RunSelection = z.strictObject({
  statuses: z.array(z.string()),
  /** Shop-local calendar date; null = all. */
  createdFrom: z.string().nullable(),
});
export type RunSelection = z.infer<typeof RunSelection>;

export const RunAccepted = z.strictObject({
  request: RunRequest,
  /** The targets this run writes to, resolved from `target` and the connections. */
  targets: z.array(Target).min(1),
  /** Does it hold the slot of its (tenant, entity)? */
  scanning: z.boolean(),
  /** Does it move cursors when it ends (D7)? */
  movesCursors: z.boolean(),
  /** Per target: where to read from; null = full pass. */
  cursors: z.partialRecord(Target, Cursor.nullable()),
  /** Identity of the source the cursors belong to (the shop's URL). */
  sourceIdentity: z.string(),
  /** Identity and epoch of each target (`<realmId>#<epoch>`): part of the cursor's key. */
  targetIdentities: z.partialRecord(Target, z.string()).optional(),
  selection: RunSelection.optional(),
  acceptedAt: z.string(),
});
export type RunAccepted = z.infer<typeof RunAccepted>;

export const RunRefused = z.strictObject({
  syncId: z.string(),
  entity: Entity.nullable(),
  request: RunRequest,
  /** sync_already_running, connection_missing, start_date_missing, idempotency_key_reused. */
  code: z.string(),
  message: z.string(),
  activeSyncId: z.string().nullable(),
  /** start_date_missing: orders it would book, per year of creation. */
  ordersPerYear: z.record(z.string(), z.int()).nullable(),
});
export type RunRefused = z.infer<typeof RunRefused>;

/** entity_sync took note of a run's end: the slot is free, cursors moved (D5, D7). */
export const RunSlotReleased = z.strictObject({
  syncId: z.string(),
  /** New cursors by their key (target, target identity, source identity). */
  cursors: z.record(z.string(), z.strictObject({ cursor: Cursor, selection: RunSelection })),
});
export type RunSlotReleased = z.infer<typeof RunSlotReleased>;

export const RunReplayed = z.strictObject({ syncId: z.string(), originalSyncId: z.string() });

const ErrorSample = z.strictObject({
  failureId: z.string().nullable(),
  entity: Entity,
  entityId: z.string(),
  target: Target,
  code: z.string(),
  message: z.string(),
});
export type ErrorSample = z.infer<typeof ErrorSample>;

/** A snapshot: at most one per handled batch; the read model of a run is the latest one. */
export const RunProgressed = z.strictObject({
  syncId: z.string(),
  /** As in the request; part of the topic's key. */
  entity: Entity.nullable().optional(),
  status: z.enum(['running', 'completed', 'completed_with_errors', 'failed', 'cancelled']),
  counts: RunCounts,
  perTarget: z.partialRecord(Target, RunCounts),
  /** The first 20 (contract section 5). */
  errors: z.array(ErrorSample).max(20),
  cursor: z.strictObject({ from: z.string().nullable(), to: z.string().nullable() }),
  remoteCalls: z.strictObject({ woocommerce: z.int(), quickbooks: z.int(), supabase: z.int() }),
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
  /** failed: why the scan itself did not finish. */
  failure: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
});
export type RunProgressed = z.infer<typeof RunProgressed>;

/** The end of a run: releases the slot, moves the cursors. Published besides the last RunProgressed. */
export const RunFinished = z.strictObject({
  syncId: z.string(),
  entity: Entity.nullable(),
  status: z.enum(['completed', 'completed_with_errors', 'failed', 'cancelled']),
  /** New cursors by target, {} when none moves. */
  cursors: z.partialRecord(Target, Cursor),
  sourceIdentity: z.string(),
});
export type RunFinished = z.infer<typeof RunFinished>;

/** The run's own first event: what was accepted is now the run's state (I5). */
export const RunOpened = z.strictObject({ accepted: RunAccepted });
export type RunOpened = z.infer<typeof RunOpened>;

/** One page of the source is handed over; `position` is the reader's own, null = nothing more to read. */
export const RunScanAdvanced = z.strictObject({
  syncId: z.string(),
  entity: Entity.nullable(),
  /** Pages read so far: a page fed twice is recognised. */
  step: z.int().min(1),
  position: z.json(),
  /** Where the targets' cursors stand when this run ends well; set with the last page. */
  cursor: Cursor.nullable(),
  remoteCalls: z.int().min(0),
});
export type RunScanAdvanced = z.infer<typeof RunScanAdvanced>;

/** No more pages follow (`ScanClosed` of D6): read to the end, cancelled, or the source failed. */
export const RunScanClosed = z.strictObject({
  syncId: z.string(),
  entity: Entity.nullable(),
  failure: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  cancelled: z.boolean(),
  remoteCalls: z.int().min(0),
});
export type RunScanClosed = z.infer<typeof RunScanClosed>;

/** Outcomes the run had not known before; repeats are left out (D6). */
export const RunOutcomesRecorded = z.strictObject({
  syncId: z.string(),
  entity: Entity.nullable(),
  outcomes: z.array(
    z.strictObject({
      ordinal: z.int().min(0),
      target: Target,
      outcome: z.union([Outcome, z.literal('not_counted')]),
      remoteCalls: z.int().min(0),
    }),
  ),
  /** Those of them that belong to the first 20. */
  errors: z.array(ErrorSample),
});
export type RunOutcomesRecorded = z.infer<typeof RunOutcomesRecorded>;

/** Why one record of the shop cannot be taken over although the shop works (D9). */
export const DamageCode = z.enum(['source_unreadable', 'source_too_large']);
export type DamageCode = z.infer<typeof DamageCode>;

/** Facts of sync.discovered.v1; the raw records are in the payload, in the order of `records`. */
export const RecordsDiscovered = z.strictObject({
  syncId: z.string(),
  entity: Entity,
  targets: z.array(Target),
  /** Microseconds since the epoch at which the read of these records began (D8). */
  readBeganAt: z.int(),
  trigger: TriggerType,
  lane: z.enum(['live', 'retry', 'backfill']),
  /** Identity of the shop that was read, with its epoch. */
  sourceIdentity: z.string(),
  selection: RunSelection,
  /** `filters.status` of the run: other records do not count for it. */
  statusFilter: z.array(z.string()).nullable(),
  dryRun: z.boolean(),
  records: z.array(
    z.strictObject({
      ordinal: z.int().min(0),
      sourceId: z.string(),
      /** Targets of this record when they differ from the run's (retry of one target). */
      targets: z.array(Target).optional(),
      recreate: z.boolean().optional(),
      /** Asked for by id and not in the shop. */
      missing: z.boolean().optional(),
      /** In the shop, and not to be had from it; then there is no raw record (D9). No personal data. */
      damage: z.strictObject({ code: DamageCode, message: z.string() }).optional(),
    }),
  ),
});
export type RecordsDiscovered = z.infer<typeof RecordsDiscovered>;
export interface RecordsDiscoveredPayload {
  /** Raw source JSON by sourceId; absent for missing ones. */
  readonly raw: Readonly<Record<string, unknown>>;
  /** What was read along with them, by sourceId. */
  readonly related?: Readonly<Record<string, RelatedRecords>>;
}

/** A record became final in one target of a run, or turned out not to count (`not_counted`: not selected, or seen twice). */
export const RecordSettled = z.strictObject({
  syncId: z.string(),
  ordinal: z.int().min(0),
  target: Target,
  outcome: z.union([Outcome, z.literal('not_counted')]),
  remoteCalls: z.int().min(0),
  error: ErrorSample.nullable(),
  /** Microseconds: when the observation behind it was read, so that an older one is known as such (D8). */
  readBeganAt: z.int().optional(),
});
export type RecordSettled = z.infer<typeof RecordSettled>;

export const RUN_EVENTS = {
  RunRequested,
  RunCancelRequested,
  RunAccepted,
  RunRefused,
  RunReplayed,
  RunSlotReleased,
  RunOpened,
  RunScanAdvanced,
  RunScanClosed,
  RunOutcomesRecorded,
  RunProgressed,
  RunFinished,
  RecordsDiscovered,
  RecordSettled,
} as const;
