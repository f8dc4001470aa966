import type { FactsOf } from '@tillstream/contracts';
import { describe, expect, it } from 'vitest';
import type { PlannedTarget } from '../record/plan-observed.js';
import { decideRunPlan } from './decide.js';
import { evolveRunPlan } from './evolve.js';
import type { RunPlanInput } from './inputs.js';
import { initialRunPlan, type RunPlanState } from './state.js';

const ask = (target: 'quickbooks' | 'supabase' = 'quickbooks'): PlannedTarget => ({
  kind: 'ask',
  target,
  remoteName: 'realm',
  contentHash: 'a',
  payload: target === 'quickbooks' ? {} : { raw: {} },
});
const line = (action: 'none' | 'hold' | 'skip', reason: string | null = null): PlannedTarget => ({
  kind: 'line',
  target: 'quickbooks',
  action,
  reason,
  message: reason,
});
const judged = (ordinal: number, targets: readonly PlannedTarget[], sourceId = `woo:${ordinal}`): RunPlanInput => ({
  type: 'Judged',
  ordinal,
  sourceId,
  sourceNumber: `#${ordinal}`,
  targets,
});
const answered = (ordinal: number, over: Partial<FactsOf<'PlanAnswered'>> = {}): RunPlanInput => ({
  type: 'Answered',
  diff: [{ field: 'total', from: null, to: '1.00' }],
  answer: {
    syncId: 'run_1',
    ordinal,
    target: 'quickbooks',
    entity: 'orders',
    sourceId: `woo:${ordinal}`,
    action: 'create',
    reason: null,
    message: null,
    predictedTotal: { amountMinor: 100, currency: 'USD' },
    writes: 2,
    needs: ['customer|woo:17'],
    remoteCalls: 3,
    ...over,
  },
});

/** The events of each input, one after another. */
function plan(...inputs: readonly RunPlanInput[]) {
  let state: RunPlanState = initialRunPlan('demo', 'orders', 'run_1');
  return inputs.map((input) => {
    const events = decideRunPlan(input, state);
    state = events.reduce(evolveRunPlan, state);
    return events;
  });
}
const types = (events: readonly { readonly type: string }[]) => events.map(({ type }) => type);
const of = (events: readonly { readonly type: string; readonly facts: object }[], type: string) =>
  events.find((event) => event.type === type)?.facts;

describe('the plan of a dry run', () => {
  it('asks the writer of each target and takes its answer as the line', () => {
    const [asked = [], answer = []] = plan(judged(0, [ask(), ask('supabase')]), answered(0));
    expect(types(asked)).toEqual(['PlanRequested', 'PlanRequested']);
    expect(of(answer, 'RecordPlanned')).toMatchObject({
      sourceNumber: '#0',
      predictedCalls: 3,
      needs: ['customer|woo:17'],
    });
    expect(of(answer, 'RecordSettled')).toMatchObject({ outcome: 'created', remoteCalls: 3, error: null });
  });

  it('counts what several records need once, at the first of them', () => {
    const [, , first = [], second = []] = plan(judged(0, [ask()]), judged(1, [ask()]), answered(1), answered(0));
    expect(of(first, 'RecordPlanned')).toMatchObject({ ordinal: 1, predictedCalls: 3 });
    expect(of(second, 'RecordPlanned')).toMatchObject({ ordinal: 0, predictedCalls: 2, needs: [] });
  });

  it('takes a repeat for what it is: of a judgement, of an answer, of an answer nobody asked for', () => {
    const events = plan(
      judged(0, [ask()]),
      judged(0, [ask()]),
      answered(0),
      answered(0),
      judged(0, [ask()]),
      answered(7),
    );
    expect(events.map((each) => each.length)).toEqual([1, 0, 2, 0, 0, 0]);
  });

  it('writes a line at once for what the rules settle, held ones with their reason among the errors', () => {
    const [none = [], hold = [], skip = []] = plan(
      judged(0, [line('none')]),
      judged(1, [line('hold', 'source_invalid')]),
      judged(2, [line('skip', 'before_start_date')]),
    );
    expect(of(none, 'RecordSettled')).toMatchObject({ outcome: 'unchanged', error: null });
    expect(of(hold, 'RecordSettled')).toMatchObject({
      outcome: 'held',
      error: { failureId: null, code: 'source_invalid', entityId: 'woo:1' },
    });
    expect(of(skip, 'RecordPlanned')).toMatchObject({ action: 'skip', reason: 'before_start_date', predictedCalls: 0 });
  });

  it('counts a record that the shop listed twice once', () => {
    const [, again = []] = plan(judged(0, [ask()], 'woo:5'), judged(1, [ask()], 'woo:5'));
    expect(of(again, 'RecordSettled')).toMatchObject({ ordinal: 1, outcome: 'not_counted' });
    expect(types(again)).toEqual(['RecordSettled']);
  });

  it('cancelled waits for no answer, and one that comes late changes nothing', () => {
    const [, cancelled = [], late = []] = plan(judged(0, [ask()]), { type: 'Cancel' }, answered(0));
    expect(of(cancelled, 'RecordPlanned')).toMatchObject({
      action: 'skip',
      reason: 'run_cancelled',
      sourceNumber: '#0',
    });
    expect(of(cancelled, 'RecordSettled')).toMatchObject({ outcome: 'skipped' });
    expect(late).toEqual([]);
  });
});
