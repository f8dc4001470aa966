import type { Outcome, Problem, WorkPayload, WrittenDocument } from '@tillstream/contracts';
import type { RequestedWork } from './state.js';

export type WorkCommand =
  | { readonly type: 'Accept'; readonly request: RequestedWork; readonly record: WorkPayload }
  | {
      readonly type: 'Settle';
      /** Generation that was delivered; a result for an older one is dropped. */
      readonly generation: number;
      readonly outcome: Outcome;
      readonly problem: Problem | null;
      readonly documents: readonly WrittenDocument[];
      readonly remoteCalls: number;
    }
  /** Trouble found outside a delivery (D14's sweep): reported even when the work is settled. */
  | { readonly type: 'Flag'; readonly problem: Problem; readonly documents: readonly WrittenDocument[] }
  | {
      readonly type: 'Defer';
      readonly generation: number;
      readonly problem: Problem;
      /** Wall clock, ms; null = parked until the connection is back. */
      readonly nextAttemptAtMs: number | null;
      readonly remoteCalls: number;
    };
