import type { WriteOutcome } from '@tillstream/document-store';
import { REMEMBERED_WRITERS, type StoredDocument } from './stored-document.js';

/** A compare-and-set that one bulk write sent. */
export interface Sent {
  readonly id: string;
  readonly expectedVersion: number;
  /**
   * What the answer says of this very operation. Inserts are answered one by one: `stored` or `refused`; updates as one
   * number for all of them: `stored` when all were, else `not_told`.
   */
  readonly answer: 'stored' | 'refused' | 'not_told';
}

export type Seen = Pick<StoredDocument, '_id' | 'version' | 'writers'>;

export interface Evidence {
  /** The documents as they are after the bulk write. */
  readonly found: ReadonlyMap<string, Seen>;
  /** The name our write gave to the versions it made. */
  readonly writer: string;
  /** How many of the operations that are `not_told` the server applied. */
  readonly applied: number;
}

/**
 * Whose write made it, told from what is stored now: ours is among the writers the document remembers, or it did not
 * happen. When others wrote so often that the memory does not reach back, or deleted the document, only the server's
 * count can tell: either all such writes were ours or none. Returns null where neither holds: nobody can tell any more.
 */
export function attribute(sent: readonly Sent[], evidence: Evidence): readonly WriteOutcome[] | null {
  const verdicts = sent.map((one) => verdictOf(one, evidence));
  const untold = verdicts.filter((_, index) => sent[index]?.answer === 'not_told');
  const remaining = evidence.applied - untold.filter((verdict) => verdict === 'ours').length;
  const lost = untold.filter((verdict) => verdict === 'out_of_sight').length;
  if (lost > 0 && remaining !== 0 && remaining !== lost) return null;
  return sent.map(({ id, expectedVersion }, index) => {
    const ours = verdicts[index] === 'ours' || (verdicts[index] === 'out_of_sight' && remaining > 0);
    if (ours) return { ok: true, version: expectedVersion + 1 };
    return { ok: false, reason: 'version_conflict', actualVersion: evidence.found.get(id)?.version ?? 0 };
  });
}

type Verdict = 'ours' | 'not_ours' | 'out_of_sight';

function verdictOf({ id, expectedVersion, answer }: Sent, { found, writer }: Evidence): Verdict {
  if (answer === 'stored') return 'ours';
  const now = found.get(id);
  // Also an insert can be refused by its own first attempt, when the driver sent it again after a lost answer.
  if (now?.writers.includes(writer)) return 'ours';
  if (answer === 'refused') return 'not_ours';
  // Gone: deleted before our write or after it.
  if (!now) return 'out_of_sight';
  return now.version - expectedVersion > REMEMBERED_WRITERS ? 'out_of_sight' : 'not_ours';
}
