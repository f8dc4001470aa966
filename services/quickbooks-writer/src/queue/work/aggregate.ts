import { publication, recordKey, TOPICS } from '@tillstream/contracts';
import type { Aggregate } from '@tillstream/processor';
import type { WorkCommand } from './commands.js';
import { decideWork } from './decide.js';
import type { WorkEvent } from './events.js';
import { evolveWork } from './evolve.js';
import { parseWorkId } from './identity.js';
import { initialWork, type WorkState } from './state.js';

/** Collection name and stored state: renaming is a migration. */
export const WORK_COLLECTION = 'quickbooks_work';

/** One document per record: the latest request, its attempts and its result (D9). */
export const quickbooksWork: Aggregate<WorkState, WorkCommand, WorkEvent> = {
  name: WORK_COLLECTION,
  initial: (id) => initialWork(parseWorkId(id)),
  decide: (command, state) => decideWork(command, state),
  evolve: evolveWork,
  tenantOf: (id) => parseWorkId(id).tenantId,
  publish: (event, id) => {
    const { tenantId, entity, sourceId } = parseWorkId(id);
    const key = recordKey(tenantId, entity, sourceId);
    if (event.type === 'WorkAccepted') return [publication(TOPICS.events.name, event.type, key)];
    return [publication(TOPICS.results.name, event.type, key)];
  },
  index: (state) => ({ tenantId: state.identity.tenantId, open: isOpen(state) }),
};

/** Work the scheduler has to bring to an end. */
export function isOpen({ status }: WorkState): boolean {
  return status === 'open' || status === 'deferred' || status === 'parked';
}
