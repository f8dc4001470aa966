import { publication, runKey, TOPICS } from '@tillstream/contracts';
import type { Aggregate } from '@tillstream/processor';
import { parseEntitySyncId, tenantOf } from '../ids.js';
import { decideEntitySync } from './decide.js';
import { evolveEntitySync } from './evolve.js';
import type { EntitySyncEvent, EntitySyncInput } from './inputs.js';
import { initialEntitySync, type EntitySyncState } from './state.js';

/** One document per (tenant, entity), so that two requests at once cannot both win (D5). Id = `runKey`. */
export const entitySync: Aggregate<EntitySyncState, EntitySyncInput, EntitySyncEvent> = {
  name: 'entity_sync',
  initial: (id) => {
    const { tenantId, entity } = parseEntitySyncId(id);
    return initialEntitySync(tenantId, entity);
  },
  decide: decideEntitySync,
  evolve: evolveEntitySync,
  publish: (event, id) => {
    const { tenantId, entity } = parseEntitySyncId(id);
    return [publication(TOPICS.runs.name, event.type, runKey(tenantId, entity))];
  },
  tenantOf,
};
