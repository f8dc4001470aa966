import { z } from 'zod';
import type { RowsPayload, WorkPayload } from './record-events.js';
import { Entity, Target } from './vocabulary.js';

/** Facts on sync.plan.<target>.v1, sync.plan.answers.v1 and sync.plans.v1: dry runs (contract section 5, ADR 0011). */

/** What the target's writer is asked to plan: the same record that a real run would give it. Reads only. */
export const PlanRequested = z.strictObject({
  syncId: z.string(),
  /** Place in the dry run; with `target` the key of the answer. */
  ordinal: z.int().min(0),
  target: Target,
  entity: Entity,
  sourceId: z.string(),
  sourceNumber: z.string(),
  /** The remote's own name: realm id or project. */
  remoteName: z.string(),
  /** As the work of a real run would carry it. */
  contentHash: z.string(),
});
export type PlanRequested = z.infer<typeof PlanRequested>;
/** `work` for QuickBooks, `rows` for Supabase. */
export interface PlanRequestedPayload {
  readonly work?: WorkPayload;
  readonly rows?: RowsPayload;
}

export const PlanAction = z.enum(['create', 'update', 'none', 'hold', 'skip']);
export type PlanAction = z.infer<typeof PlanAction>;

/** One difference between what the target has and what it will have; texts as a person reads them. */
export const FieldDiff = z.strictObject({ field: z.string(), from: z.string().nullable(), to: z.string().nullable() });
export type FieldDiff = z.infer<typeof FieldDiff>;

/** Personal data: the payload part of both events below. */
export interface PlanPayload {
  readonly diff: readonly FieldDiff[];
}

const PredictedTotal = z.strictObject({ amountMinor: z.int(), currency: z.string() });

const PlanFacts = {
  syncId: z.string(),
  ordinal: z.int().min(0),
  target: Target,
  entity: Entity,
  sourceId: z.string(),
  action: PlanAction,
  /** hold, skip: the problem code; else null. */
  reason: z.string().nullable(),
  /** hold, skip: what a person can act on; else null. */
  message: z.string().nullable(),
  /** What the target will compute; null where it computes nothing. */
  predictedTotal: PredictedTotal.nullable(),
};

/**
 * The writer's answer. `writes` = requests that change the target for this record alone; `needs` = what else would be
 * created for it, each one request (`customer|woo:17`, `item|woo:88`, `account|shippingIncome`): the orchestrator counts
 * each need once per run, at the first record that has it. Its producer is the question, so a repeat has the same id.
 */
export const PlanAnswered = z.strictObject({
  ...PlanFacts,
  writes: z.int().min(0),
  needs: z.array(z.string()),
  /** Calls made to find out. */
  remoteCalls: z.int().min(0),
});
export type PlanAnswered = z.infer<typeof PlanAnswered>;

/** One line of a dry run's plan, final. */
export const RecordPlanned = z.strictObject({
  ...PlanFacts,
  sourceNumber: z.string(),
  /** Requests that would change the target, shared needs counted once per run. */
  predictedCalls: z.int().min(0),
  /** What else would be created and is counted here, at the first record of the run that needs it. */
  needs: z.array(z.string()),
});
export type RecordPlanned = z.infer<typeof RecordPlanned>;

export const PLAN_EVENTS = { PlanRequested, PlanAnswered, RecordPlanned } as const;
