import { Entity, Target } from '@tillstream/contracts';
import { z } from 'zod';
import { PageQuery } from '../http/lists.js';

export const LogLevel = z.enum(['info', 'warn', 'error']);
export type LogLevel = z.infer<typeof LogLevel>;

const Time = z.iso.datetime({ offset: true });

export const LogsQuery = z.strictObject({
  syncId: z.string().min(1).max(200).optional().meta({ description: 'Only what belongs to this run.' }),
  entity: Entity.optional(),
  entityId: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .meta({ description: 'One record; the entity is orders unless named.' }),
  level: LogLevel.default('info').meta({ description: 'This level and worse.' }),
  from: Time.optional().meta({ description: 'At or after.' }),
  to: Time.optional().meta({ description: 'Before.' }),
  format: z.enum(['json', 'csv']).default('json'),
  ...PageQuery,
});
export type LogsQuery = z.infer<typeof LogsQuery>;

export const LogEntry = z.object({
  id: z.string(),
  at: z.string(),
  level: LogLevel,
  entity: Entity,
  entityId: z.string(),
  sourceId: z.string(),
  type: z.string(),
  target: Target.nullable(),
  /** Of the failure, or why the record was left out. */
  code: z.string().nullable(),
  syncId: z.string().nullable(),
  message: z.string().nullable(),
  facts: z.record(z.string(), z.unknown()),
});
export type LogEntry = z.infer<typeof LogEntry>;
