import { publication, realmKey, runKey, TOPICS } from '@tillstream/contracts';
import type { Aggregate, Publication } from '@tillstream/processor';
import { parsePlanId, tenantOf } from '../ids.js';
import { TARGET_RULES } from '../targets/table.js';
import { decideRunPlan } from './decide.js';
import { evolveRunPlan } from './evolve.js';
import type { RunPlanEvent, RunPlanInput } from './inputs.js';
import { initialRunPlan, type RunPlanState } from './state.js';

/** One document per dry run, id = `<tenantId>:<entity>:<syncId>`. */
export const runPlan: Aggregate<RunPlanState, RunPlanInput, RunPlanEvent> = {
  name: 'run_plan',
  initial: (id) => {
    const { tenantId, entity, syncId } = parsePlanId(id);
    return initialRunPlan(tenantId, entity, syncId);
  },
  decide: (input, state) => decideRunPlan(input, state),
  evolve: evolveRunPlan,
  publish: (event, id) => [place(event, id)],
  tenantOf,
};

function place(event: RunPlanEvent, id: string): Publication {
  const { tenantId, entity } = parsePlanId(id);
  switch (event.type) {
    case 'PlanRequested': {
      const { target, remoteName } = event.facts;
      return publication(TARGET_RULES[target].planTopic, event.type, realmKey(tenantId, remoteName));
    }
    case 'RecordPlanned':
      return publication(TOPICS.plans.name, event.type, runKey(tenantId, entity));
    case 'RecordSettled':
      return publication(TOPICS.progress.name, event.type, runKey(tenantId, entity));
  }
}
