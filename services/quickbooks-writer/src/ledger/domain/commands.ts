import type { RemoteError } from '@tillstream/contracts';
import type { Operation } from './events.js';
import type { RemoteDocument } from './state.js';

/** Inputs of the ledger. Answers of the remote arrive as data (I6). */
export type EffectCommand =
  | IntendCommand
  | {
      readonly type: 'Confirm';
      readonly revision: number;
      readonly remote: RemoteDocument;
      readonly by: 'reply' | 'lookup';
    }
  | { readonly type: 'Adopt'; readonly remote: RemoteDocument; readonly requestId: string }
  | {
      readonly type: 'Reject';
      readonly revision: number;
      readonly code: string;
      readonly remote: RemoteError | null;
    }
  | { readonly type: 'MarkUnknown'; readonly revision: number; readonly reason: string }
  | {
      readonly type: 'ProveAbsent';
      readonly revision: number;
      /** Wall clock, ms: when the look-up that found nothing began. */
      readonly lookupBeganAtMs: number;
    }
  | { readonly type: 'ReportDuplicates'; readonly remoteIds: readonly string[] };

/** Claims the right to send these bytes now (D11, D14). Refused (no event) while an earlier send is unresolved. */
export interface IntendCommand {
  readonly type: 'Intend';
  readonly operation: Operation;
  /** Exact JSON text. */
  readonly body: string;
  readonly predictedTotalMinor: number | null;
  readonly sourceHash: string | null;
  /** D11's requestid of a revision; pure. */
  readonly requestIdOf: (revision: number) => string;
  readonly ownerEpoch: number;
  readonly requestDeadlineMs: number;
  readonly settleMarginMs: number;
  /** Write again what we took back (B1): only then a create may follow a confirmed void. */
  readonly recreate?: boolean;
}
