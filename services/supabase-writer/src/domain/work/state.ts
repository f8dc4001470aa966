import type { Entity, RowsPayload, RowsRequested } from '@tillstream/contracts';
import { Entity as EntitySchema } from '@tillstream/contracts';
import { InvariantError } from '@tillstream/kernel';

export interface WorkIdentity {
  readonly tenantId: string;
  readonly entity: Entity;
  readonly sourceId: string;
}

/** `<tenant>:<entity>:<sourceId>`: stored state, never changes. */
export function workId({ tenantId, entity, sourceId }: WorkIdentity): string {
  return `${tenantId}:${entity}:${sourceId}`;
}

const WORK_ID = /^([^:]+):([a-z]+):(.+)$/s;

/** The inverse of `workId`. Throws `work_id_invalid` for anything else (a bug). */
export function parseWorkId(id: string): WorkIdentity {
  const [, tenantId = '', entity = '', sourceId = ''] = WORK_ID.exec(id) ?? [];
  const known = EntitySchema.safeParse(entity);
  if (!known.success) throw new InvariantError('work_id_invalid', `"${id}" is not the id of a piece of work`);
  return { tenantId, entity: known.data, sourceId };
}

/**
 * - `none`     nothing waits
 * - `waiting`  to be written when the project can be
 * - `settled`  written, refused, or overtaken
 */
export type WorkStatus = 'none' | 'waiting' | 'settled';

/** Work that could not be written at once; one document per record that ever waited. */
export interface WorkState {
  readonly identity: WorkIdentity;
  readonly status: WorkStatus;
  readonly request: RowsRequested | null;
  /** Only while it waits: personal data is not kept longer than needed. */
  readonly payload: RowsPayload | null;
  /** Grows with every accepted request: a result of an earlier one is recognised and dropped. */
  readonly generation: number;
  readonly attempts: number;
  /** Wall clock, ms; null = until the project or its connection is put right. */
  readonly nextAttemptAtMs: number | null;
  readonly remoteCalls: number;
}

export const initialWork = (identity: WorkIdentity): WorkState => ({
  identity,
  status: 'none',
  request: null,
  payload: null,
  generation: 0,
  attempts: 0,
  nextAttemptAtMs: null,
  remoteCalls: 0,
});
