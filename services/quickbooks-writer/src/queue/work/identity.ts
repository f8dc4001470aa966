import { Entity } from '@tillstream/contracts';
import { InvariantError } from '@tillstream/kernel';

export interface WorkIdentity {
  readonly tenantId: string;
  readonly realmId: string;
  readonly entity: Entity;
  readonly sourceId: string;
}

/** `<tenant>:<realm>:<entity>:<sourceId>`: stored state, never changes. */
export function workId({ tenantId, realmId, entity, sourceId }: WorkIdentity): string {
  return `${tenantId}:${realmId}:${entity}:${sourceId}`;
}

const WORK_ID = /^([^:]+):([^:]+):([a-z]+):(.+)$/s;

/** The inverse of `workId`. Throws `work_id_invalid` for anything else (a bug). */
export function parseWorkId(id: string): WorkIdentity {
  const [, tenantId = '', realmId = '', entity = '', sourceId = ''] = WORK_ID.exec(id) ?? [];
  const known = Entity.safeParse(entity);
  if (!known.success) throw new InvariantError('work_id_invalid', `"${id}" is not the id of a piece of work`);
  return { tenantId, realmId, entity: known.data, sourceId };
}
