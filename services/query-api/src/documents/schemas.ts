import { Entity, Target, WrittenDocument } from '@tillstream/contracts';
import { z } from 'zod';

const Money = z.object({ amountMinor: z.int(), currency: z.string() });

const TargetView = z.object({
  state: z.enum(['pending', 'synced', 'held', 'failed', 'retrying', 'skipped']),
  remoteId: z.string().nullable(),
  remoteType: z.string().nullable(),
  docNumber: z.string().nullable(),
  total: Money.nullable(),
  remoteVersion: z.string().nullable(),
  contentHash: z.string().nullable(),
  syncedAt: z.string().nullable(),
  code: z.string().nullable(),
  linked: z.array(WrittenDocument.omit({ totalMinor: true, currency: true }).extend({ total: Money.nullable() })),
});
export type TargetView = z.infer<typeof TargetView>;

export const DocumentView = z.object({
  entity: Entity,
  sourceId: z.string(),
  sourceNumber: z.string().nullable(),
  updatedAt: z.string(),
  source: z
    .object({
      sourceVersion: z.int(),
      contentHash: z.string(),
      status: z.string(),
      total: Money.nullable(),
      totalTax: Money.nullable(),
    })
    .nullable(),
  targets: z.partialRecord(Target, TargetView),
  events: z.array(
    z.object({
      id: z.string(),
      type: z.string(),
      occurredAt: z.string(),
      facts: z.record(z.string(), z.unknown()),
    }),
  ),
});
export type DocumentView = z.infer<typeof DocumentView>;
