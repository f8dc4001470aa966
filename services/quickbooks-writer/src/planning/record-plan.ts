import type { FactsOf, FieldDiff } from '@tillstream/contracts';

/** What a dry run says of one record. */
export interface RecordPlan
  extends Pick<FactsOf<'PlanAnswered'>, 'action' | 'reason' | 'message' | 'predictedTotal' | 'writes' | 'needs'> {
  readonly diff: readonly FieldDiff[];
}

export const ACTION_OF = { created: 'create', updated: 'update', unchanged: 'none', skipped: 'skip' } as const;

/** An attempt that was held, with what it would have done until then. */
export class HeldPlan {
  constructor(
    readonly thrown: unknown,
    readonly writes: number,
    readonly needs: readonly string[],
  ) {}
}
