import type { CanonicalOrder, Entity, Lane, Problem, RowsPayload, Target, WorkPayload } from '@tillstream/contracts';

/** One per source record: what was last seen of it, and where each target stands (D8, D9). */
export interface RecordState {
  readonly tenantId: string;
  readonly entity: Entity;
  /** `woo:1042`. */
  readonly sourceId: string;
  readonly sourceNumber: string;
  /** The shop it was read from; another one starts the targets anew. */
  readonly sourceIdentity: string | null;
  /** Strictly growing; microseconds. */
  readonly version: number;
  /** Microseconds at which the read behind the last accepted observation began. */
  readonly readBeganAt: number;
  readonly contentHash: string | null;
  readonly status: string | null;
  /** Cancelled or deleted when last seen: a document of it should not exist (B6). */
  readonly gone: boolean;
  readonly targets: Readonly<Partial<Record<Target, TargetState>>>;
  /** The last runs that met this record: a repeat, or a second sighting in one run, is recognised. */
  readonly runs: readonly RunVisit[];
}

export interface RunVisit {
  readonly syncId: string;
  readonly ordinal: number;
  /** Some target's outcome counts (or will) at this ordinal. */
  readonly counted: boolean;
}

/**
 * - `none`      never asked of this target
 * - `pending`   the writer has it
 * - `retrying`  the writer has it and tries again at `nextAttemptAt`
 * - `parked`    the writer has it and waits for the connection
 * - `synced`, `held`, `failed`, `skipped`: final until something changes
 */
export type Phase = 'none' | 'pending' | 'retrying' | 'parked' | 'synced' | 'held' | 'failed' | 'skipped';

export interface TargetState {
  readonly phase: Phase;
  /** Identity and epoch of the target this state belongs to. */
  readonly identity: string | null;
  /** What `phase` is about. */
  readonly contentHash: string | null;
  /** sourceVersion of the latest work; results of another one are outdated. */
  readonly workVersion: number | null;
  readonly lane: Lane | null;
  readonly nextAttemptAt: string | null;
  /** When the latest work was put off for the first time, ISO; absent = it was not. */
  readonly retryingSince?: string;
  /** What the target has. */
  readonly syncedHash: string | null;
  /** A document exists in the target. */
  readonly written: boolean;
  /** Why it is held, failed or skipped. */
  readonly reason: string | null;
  /** Content somebody discarded the failure of. */
  readonly discardedHash: string | null;
  readonly failure: OpenFailure | null;
  readonly failuresOpened: number;
  /** The run that last asked for work. */
  readonly syncId: string | null;
  readonly waiting: readonly { readonly syncId: string; readonly ordinal: number }[];
  /**
   * Kept while it may have to be sent again without reading the shop; personal data, dropped when synced. For QuickBooks
   * the canonical record, for Supabase the raw one.
   */
  readonly payload: WorkPayload | RowsPayload | null;
  /** What states written before there were other entities have instead of `payload`. */
  readonly order?: CanonicalOrder | null;
}

export interface OpenFailure {
  readonly id: string;
  readonly problem: Problem;
  readonly attempts: number;
  /** Failure of the customer or item that this record only depends on. */
  readonly causedBy?: string | null;
}

/** The content of a record that is cancelled, in the trash or deleted, as far as targets go: there should be none. */
export const GONE = 'gone';

/** The content of a record that the shop has and cannot serve. */
export const DAMAGED = 'damaged';

export const initialTarget: TargetState = {
  phase: 'none',
  identity: null,
  contentHash: null,
  workVersion: null,
  lane: null,
  nextAttemptAt: null,
  syncedHash: null,
  written: false,
  reason: null,
  discardedHash: null,
  failure: null,
  failuresOpened: 0,
  syncId: null,
  waiting: [],
  payload: null,
};

export const initialRecord = (tenantId: string, entity: Entity, sourceId: string): RecordState => ({
  tenantId,
  entity,
  sourceId,
  sourceNumber: sourceId.slice(sourceId.indexOf(':') + 1),
  sourceIdentity: null,
  version: 0,
  readBeganAt: 0,
  contentHash: null,
  status: null,
  gone: false,
  targets: {},
  runs: [],
});

export const targetOf = (state: RecordState, target: Target): TargetState => state.targets[target] ?? initialTarget;

/** What was last sent and may have to be sent again; null = nothing. */
export const payloadOf = ({ payload, order }: TargetState): WorkPayload | RowsPayload | null =>
  payload ?? (order ? { order } : null);

/** In the writer's hands: its result will come. */
export const isWithWriter = ({ phase }: TargetState): boolean =>
  phase === 'pending' || phase === 'retrying' || phase === 'parked';

/**
 * The state seen from another shop or company (contract section 3): nothing is written there yet. Who waits and which
 * failure is open stays, so that both come to an end.
 */
export function rebased(
  state: RecordState,
  sourceIdentity: string,
  identities: Readonly<Partial<Record<Target, string>>>,
): RecordState {
  const otherShop = state.sourceIdentity !== null && state.sourceIdentity !== sourceIdentity;
  const targets = Object.fromEntries(
    Object.entries(state.targets).map(([target, one]) => {
      const identity = identities[target as Target] ?? one.identity;
      const otherTarget = one.identity !== null && one.identity !== identity;
      if (!otherShop && !otherTarget) return [target, { ...one, identity }];
      const { waiting, failure, failuresOpened } = one;
      return [target, { ...initialTarget, identity, waiting, failure, failuresOpened }];
    }),
  );
  return otherShop
    ? { ...state, sourceIdentity, targets, contentHash: null, status: null, gone: false }
    : { ...state, sourceIdentity, targets };
}
