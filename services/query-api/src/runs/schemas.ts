import {
  Entity,
  FieldDiff,
  PlanAction,
  RunCounts,
  RunFilters,
  RunMode,
  RunStatus,
  Target,
  TargetSelection,
  Timestamp,
  TriggerType,
} from '@tillstream/contracts';
import { z } from 'zod';
import { PageQuery } from '../http/lists.js';

const IdempotencyKey = z.string().min(1).max(200);
const SourceId = z.string().regex(/^(woo:)?[0-9]{1,18}$/, 'an id such as "1042" or "woo:1042"');

export const StartRunBody = z.strictObject({
  mode: RunMode.default('incremental'),
  target: TargetSelection.default('all'),
  dryRun: z.boolean().default(false).meta({ description: 'Says what a run would do, and writes nowhere.' }),
  filters: RunFilters.default({}),
  ids: z.array(SourceId).min(1).max(1_000).optional(),
  idempotencyKey: IdempotencyKey.optional(),
});
export type StartRunBody = z.infer<typeof StartRunBody>;

export const IdempotencyHeader = IdempotencyKey.optional();

export const StartedRun = z.object({
  syncId: z.string(),
  status: z.literal('queued'),
  mode: RunMode,
  entity: Entity.nullable(),
  target: TargetSelection,
  dryRun: z.boolean(),
  startedAt: Timestamp,
});
export type StartedRun = z.infer<typeof StartedRun>;

export const ListRunsQuery = z.strictObject({
  entity: Entity.optional(),
  status: RunStatus.optional(),
  trigger: TriggerType.optional(),
  from: z.iso.datetime({ offset: true }).optional().meta({ description: 'Requested at or after.' }),
  to: z.iso.datetime({ offset: true }).optional().meta({ description: 'Requested before.' }),
  ...PageQuery,
});
export type ListRunsQuery = z.infer<typeof ListRunsQuery>;

export const RunView = z.object({
  syncId: z.string(),
  entity: Entity.nullable(),
  mode: RunMode,
  target: TargetSelection,
  dryRun: z.boolean(),
  status: RunStatus,
  trigger: z.object({ type: TriggerType, id: z.string().nullable() }),
  counts: RunCounts,
  perTarget: z.partialRecord(Target, RunCounts),
  errors: z.array(
    z.object({
      failureId: z.string().nullable(),
      entity: Entity,
      entityId: z.string(),
      target: Target,
      code: z.string(),
      message: z.string(),
    }),
  ),
  requestedAt: Timestamp,
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  cursor: z.object({ from: z.string().nullable(), to: z.string().nullable() }),
  remoteCalls: z.object({ woocommerce: z.int(), quickbooks: z.int(), supabase: z.int() }),
  failure: z.object({ code: z.string(), message: z.string() }).nullable().meta({ description: 'Why it failed.' }),
});
export type RunView = z.infer<typeof RunView>;

export const CancelledRun = z.object({ syncId: z.string(), status: RunStatus });

export const ListPlanQuery = z.strictObject({
  action: PlanAction.optional(),
  target: Target.optional(),
  ...PageQuery,
});
export type ListPlanQuery = z.infer<typeof ListPlanQuery>;

export const PlanLine = z.object({
  entity: Entity,
  entityId: z.string(),
  sourceId: z.string(),
  sourceNumber: z.string(),
  target: Target,
  action: PlanAction,
  reason: z.string().nullable().meta({ description: 'hold, skip: the code (docs/errors.md).' }),
  message: z.string().nullable(),
  diff: z.array(FieldDiff),
  predictedTotal: z.object({ amountMinor: z.int(), currency: z.string() }).nullable(),
  predictedCalls: z.int().meta({ description: 'Requests that would change the target; look-ups are not counted.' }),
});
export type PlanLine = z.infer<typeof PlanLine>;
