import { Entity, FailureCategory, FailureState, RemoteError, Target } from '@tillstream/contracts';
import { z } from 'zod';
import { PageQuery } from '../http/lists.js';

export const ListFailuresQuery = z.strictObject({
  entity: Entity.optional(),
  target: Target.optional(),
  code: z.string().min(1).max(100).optional(),
  state: FailureState.optional(),
  syncId: z.string().min(1).max(200).optional(),
  causedBy: z.string().min(1).max(200).optional().meta({
    description: '`any` also lists what only waits for another failure; an id lists what waits for that one.',
  }),
  ...PageQuery,
});
export type ListFailuresQuery = z.infer<typeof ListFailuresQuery>;

const Attempt = z.object({ at: z.string(), code: z.string(), message: z.string(), remote: RemoteError.nullable() });

export const FailureView = z.object({
  id: z.string(),
  entity: Entity,
  entityId: z.string(),
  sourceId: z.string(),
  sourceNumber: z.string(),
  target: Target,
  code: z.string(),
  category: FailureCategory,
  message: z.string(),
  remote: RemoteError.nullable(),
  attempts: z.int(),
  firstFailedAt: z.string(),
  lastFailedAt: z.string(),
  nextAttemptAt: z.string().nullable(),
  state: FailureState,
  action: z.string(),
  syncId: z.string().nullable(),
  causedBy: z.string().nullable(),
});
export type FailureView = z.infer<typeof FailureView>;

export const FailureWithHistory = FailureView.extend({ history: z.array(Attempt) });
export type FailureWithHistory = z.infer<typeof FailureWithHistory>;

export const RetryBody = z.strictObject({
  entity: Entity.optional(),
  target: Target.optional(),
  code: z.string().min(1).max(100).optional(),
  ids: z.array(z.string().min(1).max(200)).min(1).max(1_000).optional(),
  limit: z.int().min(1).max(1_000).default(1_000),
});
export type RetryBody = z.infer<typeof RetryBody>;
/** `syncId` is null when nothing was open: then there is no run. */
export const RetriedMany = z.object({ syncId: z.string().nullable(), accepted: z.int() });

export const RetryOneBody = z.strictObject({
  /** Write again what somebody deleted or voided in the target (B5). */
  recreate: z.boolean().default(false),
});
export const RetriedOne = z.object({ syncId: z.string() });

export const DiscardBody = z.strictObject({ reason: z.string().trim().min(1).max(500) });
export const Discarded = z.object({ id: z.string() });
