import type { FactsOf, FieldDiff, PlanPayload, PlanRequestedPayload } from '@tillstream/contracts';
import type { PlannedTarget } from '../record/plan-observed.js';

export type RunPlanInput =
  /** A record of the dry run, judged by the record's own rules. */
  | {
      readonly type: 'Judged';
      readonly ordinal: number;
      readonly sourceId: string;
      readonly sourceNumber: string;
      readonly targets: readonly PlannedTarget[];
    }
  | { readonly type: 'Answered'; readonly answer: FactsOf<'PlanAnswered'>; readonly diff: readonly FieldDiff[] }
  /** Questions without an answer are not waited for. */
  | { readonly type: 'Cancel' };

export type RunPlanEvent =
  | {
      readonly type: 'PlanRequested';
      readonly facts: FactsOf<'PlanRequested'>;
      readonly payload: PlanRequestedPayload & object;
    }
  | {
      readonly type: 'RecordPlanned';
      readonly facts: FactsOf<'RecordPlanned'>;
      readonly payload: PlanPayload & object;
    }
  | { readonly type: 'RecordSettled'; readonly facts: FactsOf<'RecordSettled'> };
