import { realmKey, runKey, TOPICS } from '@tillstream/contracts';
import type { Aggregate, Publication } from '@tillstream/processor';
import { parsePlanId, tenantOf } from '../ids.js';
import { TARGET_ROUTES } from '../targets.js';
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
  publish: (event, id) => [publication(event, id)],
  tenantOf,
};

function publication(event: RunPlanEvent, id: string): Publication {
  const { tenantId, entity } = parsePlanId(id);
  switch (event.type) {
    case 'PlanRequested': {
      const { target, remoteName } = event.facts;
      return { topic: TARGET_ROUTES[target].planTopic, key: realmKey(tenantId, remoteName) };
    }
    case 'RecordPlanned':
      return { topic: TOPICS.plans.name, key: runKey(tenantId, entity) };
    case 'RecordSettled':
      return { topic: TOPICS.progress.name, key: runKey(tenantId, entity) };
  }
}
