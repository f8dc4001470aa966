import { publication, runKey, TOPICS } from '@tillstream/contracts';
import type { Aggregate, Publication } from '@tillstream/processor';
import { parseRunId, tenantOf } from '../ids.js';
import { decideRun } from './decide.js';
import { evolveRun } from './evolve.js';
import type { RunEvent, RunInput } from './inputs.js';
import { initialRun, type RunState } from './state.js';

/** One document per run, id = `<tenantId>:<syncId>`. */
export const run: Aggregate<RunState, RunInput, RunEvent> = {
  name: 'run_state',
  initial: (id) => {
    const { tenantId, syncId } = parseRunId(id);
    return initialRun(tenantId, syncId);
  },
  decide: decideRun,
  evolve: evolveRun,
  publish: (event, id) => [place(event, tenantOf(id))],
  tenantOf,
  index: ({ scan, status }) => ({ scanOpen: scan.open, status }),
};

function place(event: RunEvent, tenantId: string): Publication {
  const entity = event.type === 'RunOpened' ? event.facts.accepted.request.entity : (event.facts.entity ?? null);
  const key = runKey(tenantId, entity);
  if (event.type === 'RecordsDiscovered') return publication(TOPICS.discovered.name, event.type, key);
  return publication(TOPICS.runs.name, event.type, key);
}
