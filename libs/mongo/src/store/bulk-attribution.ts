import type { WriteOutcome } from '@tillstream/document-store';
import type { StoredDocument } from './stored-document.js';

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

export type Seen = Pick<StoredDocument, '_id' | 'version' | 'writer'>;

export interface Evidence {
  /** The documents as they are after the bulk write. */
  readonly found: ReadonlyMap<string, Seen>;
  /** The name our write gave to the versions it made. */
  readonly writer: string;
  /** How many of the operations that are `not_told` the server applied. */
  readonly applied: number;
}

/**
 * Whose write made it, told from what is stored now. A version that carries our name is ours; one that is not above the
 * expected, or is the next one under another name, is not. If somebody already wrote on top of it, only the server's
 * count can tell: either all such writes were ours or none. Returns null where neither holds: nobody can tell any more.
 */
export function attribute(sent: readonly Sent[], evidence: Evidence): readonly WriteOutcome[] | null {
  const verdicts = sent.map((one) => verdictOf(one, evidence));
  const untold = verdicts.filter((_, index) => sent[index]?.answer === 'not_told');
  const remaining = evidence.applied - untold.filter((verdict) => verdict === 'ours').length;
  const overwritten = untold.filter((verdict) => verdict === 'overwritten').length;
  if (overwritten > 0 && remaining !== 0 && remaining !== overwritten) return null;
  return sent.map(({ id, expectedVersion }, index) => {
    const ours = verdicts[index] === 'ours' || (verdicts[index] === 'overwritten' && remaining > 0);
    if (ours) return { ok: true, version: expectedVersion + 1 };
    return { ok: false, reason: 'version_conflict', actualVersion: evidence.found.get(id)?.version ?? 0 };
  });
}

type Verdict = 'ours' | 'not_ours' | 'overwritten';

function verdictOf({ id, expectedVersion, answer }: Sent, { found, writer }: Evidence): Verdict {
  if (answer === 'stored') return 'ours';
  const now = found.get(id);
  // Also an insert can be refused by its own first attempt, when the driver sent it again after a lost answer.
  if (now?.version === expectedVersion + 1) return now.writer === writer ? 'ours' : 'not_ours';
  if (answer === 'refused') return 'not_ours';
  // Gone (deleted before our write or after it), or further on.
  return now === undefined || now.version > expectedVersion ? 'overwritten' : 'not_ours';
}
