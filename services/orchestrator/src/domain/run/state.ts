import type { Cursor, Entity, ErrorSample, FactsOf, RunAccepted, RunStatus } from '@tillstream/contracts';
import type { Outcomes } from './outcomes.js';

/** The source reader's own notion of where it stands; opaque here, JSON. */
export type ScanPosition = FactsOf<'RunScanAdvanced'>['position'];

/** One per run (D6): how far the source was read, and the outcome of every record found. */
export interface RunState {
  readonly tenantId: string;
  readonly syncId: string;
  /** As in the request; null = spans entities. */
  readonly entity: Entity | null;
  /** null until RunAccepted arrived. */
  readonly accepted: RunAccepted | null;
  readonly status: RunStatus;
  readonly scan: {
    /** Pages handed over; the next page must carry this number. */
    readonly step: number;
    readonly position: ScanPosition;
    readonly open: boolean;
    readonly failure: { readonly code: string; readonly message: string } | null;
    /** Where cursors go when the run ends well. */
    readonly cursor: Cursor | null;
  };
  readonly cancelled: boolean;
  /** Ordinals given so far. */
  readonly discovered: number;
  readonly outcomes: Outcomes;
  /** The first 20. */
  readonly errors: readonly ErrorSample[];
  readonly remoteCalls: { readonly woocommerce: number; readonly quickbooks: number; readonly supabase: number };
  readonly finishedAt: string | null;
}

export const initialRun = (tenantId: string, syncId: string): RunState => ({
  tenantId,
  syncId,
  entity: null,
  accepted: null,
  status: 'queued',
  scan: { step: 0, position: null, open: false, failure: null, cursor: null },
  cancelled: false,
  discovered: 0,
  outcomes: {},
  errors: [],
  remoteCalls: { woocommerce: 0, quickbooks: 0, supabase: 0 },
  finishedAt: null,
});

/** The first errors a run shows; the rest stand under failures. */
export const ERRORS_SHOWN = 20;
