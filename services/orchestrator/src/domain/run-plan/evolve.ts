import type { RunPlanEvent } from './inputs.js';
import { lineKey, type RunPlanState } from './state.js';

/** The fold of a plan's events (I5). */
export function evolveRunPlan(state: RunPlanState, event: RunPlanEvent): RunPlanState {
  const { ordinal, target } = event.facts;
  const key = lineKey(ordinal, target);
  switch (event.type) {
    case 'PlanRequested': {
      const { sourceId, sourceNumber } = event.facts;
      return { ...sighted(state, sourceId, ordinal), lines: { ...state.lines, [key]: { sourceId, sourceNumber } } };
    }
    case 'RecordPlanned': {
      const { sourceId, needs } = event.facts;
      const counted = Object.fromEntries(needs.map((need) => [`${target}/${need}`, true as const]));
      const next = sighted(state, sourceId, ordinal);
      return { ...next, lines: { ...state.lines, [key]: 'done' }, needs: { ...state.needs, ...counted } };
    }
    case 'RecordSettled':
      return { ...state, lines: { ...state.lines, [key]: 'done' } };
  }
}

function sighted(state: RunPlanState, sourceId: string, ordinal: number): RunPlanState {
  return { ...state, ordinals: { ...state.ordinals, [sourceId]: state.ordinals[sourceId] ?? ordinal } };
}
