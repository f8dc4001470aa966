import type { Entity } from '@tillstream/contracts';
import { fullSourceId } from '../documents/source-ids.js';
import { refuseForeignFilters } from './filters.js';
import type { NewRun } from './run-starter.js';
import type { StartRunBody } from './schemas.js';

/** What REST and gRPC ask for alike, so that the same request has the same hash. Throws `validation_failed`. */
export function newRun(entity: Entity, body: StartRunBody, trigger: NewRun['trigger']): NewRun {
  const { idempotencyKey, ids, ...what } = body;
  refuseForeignFilters(entity, what.filters);
  return {
    ...what,
    entity,
    ids: ids ? [...new Set(ids.map(fullSourceId))] : null,
    refs: null,
    idempotencyKey: idempotencyKey ?? null,
    trigger,
  };
}
