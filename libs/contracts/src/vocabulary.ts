import { z } from 'zod';

/** Words shared by REST, gRPC, topics and read models (contract section 5). */
export const Entity = z.enum(['orders', 'customers', 'products']);
export type Entity = z.infer<typeof Entity>;

export const Target = z.enum(['quickbooks', 'supabase']);
export type Target = z.infer<typeof Target>;

export const TargetSelection = z.enum(['all', 'quickbooks', 'supabase']);
export type TargetSelection = z.infer<typeof TargetSelection>;

export const RunMode = z.enum(['full', 'incremental']);
export type RunMode = z.infer<typeof RunMode>;

export const RunStatus = z.enum(['queued', 'running', 'completed', 'completed_with_errors', 'failed', 'cancelled']);
export type RunStatus = z.infer<typeof RunStatus>;

export const TriggerType = z.enum(['api', 'schedule', 'webhook', 'pos', 'retry', 'cli']);
export type TriggerType = z.infer<typeof TriggerType>;

/** Final state of one record in one target of one run. */
export const Outcome = z.enum(['created', 'updated', 'unchanged', 'skipped', 'failed', 'held']);
export type Outcome = z.infer<typeof Outcome>;

export const FailureCategory = z.enum(['transient', 'permanent', 'held', 'unknown_outcome']);
export type FailureCategory = z.infer<typeof FailureCategory>;

export const FailureState = z.enum(['open', 'retrying', 'resolved', 'discarded']);
export type FailureState = z.infer<typeof FailureState>;

/** Lanes of the writer's scheduler, most urgent first (D10). */
export const Lane = z.enum(['live', 'retry', 'backfill']);
export type Lane = z.infer<typeof Lane>;

export const Role = z.enum(['viewer', 'operator', 'admin']);
export type Role = z.infer<typeof Role>;

export const Platform = z.enum(['woocommerce', 'quickbooks', 'supabase']);
export type Platform = z.infer<typeof Platform>;

/** RFC 3339 UTC with milliseconds, as `Date#toISOString` prints it. */
export const Timestamp = z.iso.datetime({ precision: 3 });

/** Counts of a run; `discovered` = created+updated+unchanged+skipped+failed+held+pending. */
export const RunCounts = z.strictObject({
  discovered: z.int().min(0),
  created: z.int().min(0),
  updated: z.int().min(0),
  unchanged: z.int().min(0),
  skipped: z.int().min(0),
  failed: z.int().min(0),
  held: z.int().min(0),
  pending: z.int().min(0),
});
export type RunCounts = z.infer<typeof RunCounts>;

/** The counts of a run that has found nothing yet. */
export const NO_COUNTS: RunCounts = {
  discovered: 0,
  created: 0,
  updated: 0,
  unchanged: 0,
  skipped: 0,
  failed: 0,
  held: 0,
  pending: 0,
};

/** Which source records a run looks at. */
export const RunFilters = z.strictObject({
  status: z.array(z.string().min(1).max(50)).min(1).max(50).optional(),
  createdAfter: z.iso.datetime({ offset: true }).optional(),
  createdBefore: z.iso.datetime({ offset: true }).optional(),
  modifiedAfter: z.iso.datetime({ offset: true }).optional(),
});
export type RunFilters = z.infer<typeof RunFilters>;

/** What the remote said, for people and for support tickets; never a body. */
export const RemoteError = z.object({
  httpStatus: z.int().optional(),
  faultCode: z.string().optional(),
  faultDetail: z.string().optional(),
  traceId: z.string().optional(),
});
export type RemoteError = z.infer<typeof RemoteError>;
