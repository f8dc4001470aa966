import type { Outcome, WrittenDocument } from '@tillstream/contracts';
import type { RemoteDocument } from '../../../ledger/domain/index.js';
import { ENTITY_OF, type OrderDocumentKind } from './document.js';
import { isLive, type Standing, type StandingDocument } from './standing.js';
import { isWrite, type Step } from './step.js';

/** What of the order lives in QuickBooks as far as the ledger knows. */
export function writtenDocuments({ entries }: Standing): readonly WrittenDocument[] {
  return living(entries.values()).map(({ ref, remote }) => writtenDocument(ref.kind, remote));
}

/**
 * How the delivery ends once `steps` are done: `created` when the order was new to the books, `updated` when it has more
 * documents than were reported before, else `unchanged`. What was adopted counts as known.
 */
export function outcomeOf(
  { entries }: Standing,
  steps: readonly Step[],
  reportedDocuments: number,
): Extract<Outcome, 'created' | 'updated' | 'unchanged'> {
  const standing = living(entries.values());
  const adopted = standing.filter(({ by }) => by === 'adoption');
  const created = steps.filter((step) => isWrite(step) && step.step === 'create').length;
  const isKnown = reportedDocuments > 0 || adopted.some(({ ref }) => ref.kind === 'invoice');
  if (!isKnown) return 'created';
  const known = reportedDocuments > 0 ? reportedDocuments : adopted.length;
  return standing.length + created > known ? 'updated' : 'unchanged';
}

function living(documents: Iterable<StandingDocument>) {
  return [...documents].flatMap(({ ref, entry }) =>
    isLive(entry) ? [{ ref, remote: entry.remote, by: entry.by }] : [],
  );
}

function writtenDocument(kind: OrderDocumentKind, remote: RemoteDocument): WrittenDocument {
  return {
    remoteType: ENTITY_OF[kind],
    remoteId: remote.id,
    docNumber: remote.docNumber,
    totalMinor: remote.totalMinor,
    currency: remote.currency,
    remoteVersion: remote.syncToken,
  };
}
