import type { WriteOperation } from '@tillstream/document-store';

export interface Placed<Prepared> {
  /** Place of its outcome in the answer. */
  readonly index: number;
  readonly operation: Prepared;
}

/**
 * Operations in rounds that may run in any order within themselves: a document occurs at most once per round, its second
 * operation waits for the second round. Nearly every call is one round.
 */
export function waves<Prepared extends Pick<WriteOperation, 'collection' | 'id'>>(
  operations: readonly Prepared[],
): readonly (readonly Placed<Prepared>[])[] {
  const rounds: Placed<Prepared>[][] = [];
  const seen = new Map<string, number>();
  operations.forEach((operation, index) => {
    const address = `${operation.collection}\0${operation.id}`;
    const round = seen.get(address) ?? 0;
    seen.set(address, round + 1);
    (rounds[round] ??= []).push({ index, operation });
  });
  return rounds;
}
