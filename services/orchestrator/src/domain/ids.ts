import type { Entity } from '@tillstream/contracts';
import { InvariantError } from '@tillstream/kernel';

/** Ids of this service's state documents; stored state. */
export const runId = (tenantId: string, syncId: string): string => `${tenantId}:${syncId}`;
export const recordId = (tenantId: string, entity: Entity, sourceId: string): string =>
  `${tenantId}:${entity}:${sourceId}`;

/** Everything before the first colon: tenant ids have none. */
export function tenantOf(id: string): string {
  return splitAt(id)[0];
}

export function parseRunId(id: string): { tenantId: string; syncId: string } {
  const [tenantId, syncId] = splitAt(id);
  return { tenantId, syncId };
}

export function parseEntitySyncId(id: string): { tenantId: string; entity: Entity | null } {
  const [tenantId, entity] = splitAt(id);
  return { tenantId, entity: entity === '*' ? null : (entity as Entity) };
}

export function parseRecordId(id: string): { tenantId: string; entity: Entity; sourceId: string } {
  const [tenantId, rest] = splitAt(id);
  const [entity, sourceId] = splitAt(rest);
  return { tenantId, entity: entity as Entity, sourceId };
}

export const planId = (tenantId: string, entity: Entity, syncId: string): string => `${tenantId}:${entity}:${syncId}`;

export function parsePlanId(id: string): { tenantId: string; entity: Entity; syncId: string } {
  const [tenantId, rest] = splitAt(id);
  const [entity, syncId] = splitAt(rest);
  return { tenantId, entity: entity as Entity, syncId };
}

/** A source id in its long form; a bare one belongs to the shop (contract section 5). */
export function longSourceId(id: string): string {
  return id.includes(':') ? id : `woo:${id}`;
}

function splitAt(text: string): [string, string] {
  const cut = text.indexOf(':');
  if (cut < 0) throw new InvariantError('id_malformed', `"${text.slice(0, 80)}" is not an id of this service`);
  return [text.slice(0, cut), text.slice(cut + 1)];
}
