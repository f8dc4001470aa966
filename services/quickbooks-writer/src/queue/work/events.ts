import type { FactsOf, WorkPayload } from '@tillstream/contracts';

/** The facts of one record's work for QuickBooks (D9, D10). */
export type WorkEvent =
  | { readonly type: 'WorkAccepted'; readonly facts: FactsOf<'WorkAccepted'>; readonly payload: WorkPayload & object }
  | { readonly type: 'WorkSettled'; readonly facts: FactsOf<'WorkSettled'> }
  | { readonly type: 'WorkDeferred'; readonly facts: FactsOf<'WorkDeferred'> };
