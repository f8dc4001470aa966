import {
  type ErrorSample,
  type FactsOf,
  type Outcome,
  PROBLEM_CODES,
  type PlanAction,
  type Target,
} from '@tillstream/contracts';
import type { PlannedTarget } from '../record/plan-observed.js';
import { TARGET_RULES } from '../targets/table.js';
import type { RunPlanEvent, RunPlanInput } from './inputs.js';
import { lineKey, parseLineKey, type RunPlanState } from './state.js';

type Judged = Extract<RunPlanInput, { type: 'Judged' }>;
type Answered = Extract<RunPlanInput, { type: 'Answered' }>;

/** The rules of a plan (contract section 5, ADR 0011): one line per record and target, each need counted once. */
export function decideRunPlan(input: RunPlanInput, state: RunPlanState): readonly RunPlanEvent[] {
  switch (input.type) {
    case 'Judged':
      return judged(input, state);
    case 'Answered':
      return answered(input, state);
    case 'Cancel':
      return Object.entries(state.lines).flatMap(([key, line]) =>
        line === 'done' ? [] : cancelled(parseLineKey(key), line, state),
      );
  }
}

function judged(input: Judged, state: RunPlanState): readonly RunPlanEvent[] {
  const first = state.ordinals[input.sourceId];
  const isSecondSighting = first !== undefined && first !== input.ordinal;
  return input.targets
    .filter(({ target }) => state.lines[lineKey(input.ordinal, target)] === undefined)
    .flatMap((planned) =>
      isSecondSighting ? [settled(state, input.ordinal, planned.target, 'not_counted')] : lineOf(planned, input, state),
    );
}

function lineOf(planned: PlannedTarget, input: Judged, state: RunPlanState): RunPlanEvent[] {
  const { ordinal, sourceId, sourceNumber } = input;
  const { target } = planned;
  const subject = { syncId: state.syncId, ordinal, target, entity: state.entity, sourceId };
  switch (planned.kind) {
    case 'not_counted':
      return [settled(state, ordinal, target, 'not_counted')];
    case 'ask': {
      const { remoteName, contentHash, payload } = planned;
      const facts = { ...subject, sourceNumber, remoteName, contentHash };
      return [{ type: 'PlanRequested', facts, payload: TARGET_RULES[target].question(payload) }];
    }
    case 'line': {
      const { action, reason, message } = planned;
      const none = { predictedTotal: null, predictedCalls: 0, needs: [] };
      const facts = { ...subject, sourceNumber, action, reason, message, ...none };
      return [
        { type: 'RecordPlanned', facts, payload: { diff: [] } },
        settled(state, ordinal, target, OUTCOMES[action], errorOf(facts)),
      ];
    }
  }
}

function answered({ answer, diff }: Answered, state: RunPlanState): readonly RunPlanEvent[] {
  const { ordinal, target } = answer;
  const question = state.lines[lineKey(ordinal, target)];
  // Not asked, answered already, or given up: a repeat.
  if (question === undefined || question === 'done') return [];
  const { writes, needs: needed, remoteCalls, ...told } = answer;
  const needs = [...new Set(needed)].filter((need) => state.needs[`${target}/${need}`] === undefined);
  const predictedCalls = writes + needs.length;
  const facts = { ...told, sourceNumber: question.sourceNumber, predictedCalls, needs };
  return [
    { type: 'RecordPlanned', facts, payload: { diff } },
    settled(state, ordinal, target, OUTCOMES[answer.action], errorOf(facts), remoteCalls),
  ];
}

function cancelled(
  { ordinal, target }: { readonly ordinal: number; readonly target: Target },
  { sourceId, sourceNumber }: Pick<Judged, 'sourceId' | 'sourceNumber'>,
  state: RunPlanState,
): RunPlanEvent[] {
  const planned = {
    kind: 'line',
    target,
    action: 'skip',
    reason: 'run_cancelled',
    message: PROBLEM_CODES.run_cancelled.title,
  } as const;
  return lineOf(planned, { type: 'Judged', ordinal, sourceId, sourceNumber, targets: [] }, state);
}

const OUTCOMES: Readonly<Record<PlanAction, Outcome>> = {
  create: 'created',
  update: 'updated',
  none: 'unchanged',
  hold: 'held',
  skip: 'skipped',
};

function settled(
  { syncId }: RunPlanState,
  ordinal: number,
  target: Target,
  outcome: Outcome | 'not_counted',
  error: ErrorSample | null = null,
  remoteCalls = 0,
): RunPlanEvent {
  return { type: 'RecordSettled', facts: { syncId, ordinal, target, outcome, remoteCalls, error } };
}

/** No failure is opened by a dry run: the sample has no id. */
function errorOf(
  line: Omit<FactsOf<'RecordPlanned'>, 'predictedCalls' | 'needs' | 'predictedTotal'>,
): ErrorSample | null {
  const { action, entity, sourceId: entityId, target, reason, message } = line;
  if (action !== 'hold') return null;
  return { failureId: null, entity, entityId, target, code: reason ?? 'internal_error', message: message ?? '' };
}
