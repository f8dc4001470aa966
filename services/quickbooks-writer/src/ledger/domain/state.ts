import type { RemoteError } from '@tillstream/contracts';
import type { ConfirmedBy, Operation } from './events.js';
import type { EffectIdentity } from './identity.js';

/** What QuickBooks holds after a confirmed effect; amounts in minor units. */
export interface RemoteDocument {
  readonly id: string;
  /** The version to send with the next update; may be outdated (payments move it), so a stale answer re-reads. */
  readonly syncToken: string | null;
  readonly docNumber: string | null;
  readonly totalMinor: number | null;
  readonly taxMinor: number | null;
  readonly currency: string | null;
}

/**
 * - `planned`    nothing was ever sent
 * - `intended`   the bytes may be leaving, or left, and no outcome is stored
 * - `unknown`    they left and the reply was lost; only a look-up resolves it
 * - `absent`     looked up after the settle time and not there: the same bytes may go again under the same revision
 * - `rejected`   a definite answer without effect (a fault, 401, 429, or not sent at all)
 * - `confirmed`  it exists
 */
export type EffectStatus = 'planned' | 'intended' | 'unknown' | 'absent' | 'rejected' | 'confirmed';

export interface EffectState {
  readonly identity: EffectIdentity;
  readonly status: EffectStatus;
  /** 0 = nothing intended yet; see `decide` for when it grows. */
  readonly revision: number;
  readonly requestId: string;
  readonly operation: Operation;
  /** The exact JSON text last intended (B5: the fields we wrote); null = adopted, we wrote nothing. */
  readonly body: string | null;
  /**
   * Names: the body that QuickBooks confirmed, while a change of it is under way or was refused; absent otherwise, and
   * then `body` is the one.
   */
  readonly standing?: string;
  readonly bodyHash: string;
  readonly predictedTotalMinor: number | null;
  /** Hash of the source content the last body was made from; null = adopted, or a name that an order needed. */
  readonly sourceHash: string | null;
  /** Wall clock, ms; the latest send of this revision. */
  readonly sentAtMs: number;
  /** Wall clock, ms; from here on a look-up that began later may prove absence (D12). */
  readonly settleAtMs: number;
  /** First send of the revision, ms: look-ups by creation time start an hour before it (D13). */
  readonly firstSentAtMs: number;
  readonly ownerEpoch: number;
  /** Sends of this revision, resends included. */
  readonly sends: number;
  /** A send of this revision was once concluded to be absent: its request id is kept, whatever the next body is. */
  readonly doubted: boolean;
  /** Different bodies went under this revision's request id: which of them was written has to be made sure. */
  readonly mixed: boolean;
  readonly remote: RemoteDocument | null;
  /** We took it back (void or delete confirmed): nothing of this effect lives in QuickBooks. */
  readonly gone: boolean;
  readonly by: ConfirmedBy | null;
  readonly rejection: { readonly code: string; readonly remote: RemoteError | null } | null;
  /** Remote ids of several documents with our marker (D14); empty = none known. */
  readonly duplicates: readonly string[];
}

export const initialEffect = (identity: EffectIdentity): EffectState => ({
  identity,
  status: 'planned',
  revision: 0,
  requestId: '',
  operation: 'create',
  body: null,
  bodyHash: '',
  predictedTotalMinor: null,
  sourceHash: null,
  sentAtMs: 0,
  settleAtMs: 0,
  firstSentAtMs: 0,
  ownerEpoch: 0,
  sends: 0,
  doubted: false,
  mixed: false,
  remote: null,
  gone: false,
  by: null,
  rejection: null,
  duplicates: [],
});

/** An earlier send has no outcome yet: nothing may be concluded from lists, the effect has to be resolved first. */
export function isUnresolved(state: EffectState | null): state is EffectState & { readonly body: string } {
  return (state?.status === 'intended' || state?.status === 'unknown') && state.body !== null;
}
