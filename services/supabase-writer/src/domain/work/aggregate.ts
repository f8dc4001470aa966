import { publication, recordKey, TOPICS } from '@tillstream/contracts';
import type { Aggregate } from '@tillstream/processor';
import { decideWork, evolveWork, type WorkCommand, type WorkEvent } from './decide.js';
import { initialWork, parseWorkId, type WorkState } from './state.js';

/** Collection name and stored state: renaming is a migration. */
export const WORK_COLLECTION = 'supabase_work';

/** Work that waits for its project; work that is written at once never comes here. */
export const supabaseWork: Aggregate<WorkState, WorkCommand, WorkEvent> = {
  name: WORK_COLLECTION,
  initial: (id) => initialWork(parseWorkId(id)),
  decide: (command, state) => decideWork(command, state),
  evolve: evolveWork,
  tenantOf: (id) => parseWorkId(id).tenantId,
  publish: (event, id) => {
    const { tenantId, entity, sourceId } = parseWorkId(id);
    const key = recordKey(tenantId, entity, sourceId);
    if (event.type === 'RowsAccepted') return [publication(TOPICS.events.name, event.type, key)];
    return [publication(TOPICS.results.name, event.type, key)];
  },
  index: (state) => ({ tenantId: state.identity.tenantId, open: state.status === 'waiting' }),
};
