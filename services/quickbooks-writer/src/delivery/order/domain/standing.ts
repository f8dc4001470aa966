import { bodyText, type Held, isRemoved, type WireEntity } from '@tillstream/quickbooks';
import type { EffectState, Operation, RemoteDocument } from '../../../ledger/domain/index.js';
import { type DesiredDocument, type DocumentRef, keyOf } from './document.js';
import type { Failure, Write } from './step.js';

/** What a document refers to, by QuickBooks id. */
export interface Refs {
  readonly customerId: string;
  /** By `ItemNeed.identity`. */
  readonly itemIds: ReadonlyMap<string, string>;
}

/** A write that QuickBooks refused in this delivery. */
export interface Refusal {
  readonly operation: Operation;
  /** Exact text that was refused. */
  readonly body: string;
  readonly failure: Failure;
  /** How often a newer version came in between. */
  readonly stale: number;
  /** It was refused although its references had just been matched anew. */
  readonly matched: boolean;
}

/** What QuickBooks was seen to say in this delivery. Nothing of it is older than the last refusal. */
export interface Seen {
  /** Documents asked for by id, by `keyOfSeen`; null = QuickBooks does not know it. */
  readonly documents: ReadonlyMap<string, WireEntity | null>;
  /** Invoices with the number, and ours under another one; null = not asked. */
  readonly holders: readonly WireEntity[] | null;
  /** Payments against the order's sale; null = not asked. */
  readonly payments: readonly WireEntity[] | null;
  /** null = not brought about yet. */
  readonly refs: Refs | null;
  /** By `keyOf` the document. */
  readonly refusals: ReadonlyMap<string, Refusal>;
  /** Why a document was taken back a moment ago, by `keyOf` the document. */
  readonly takenBack: ReadonlyMap<string, Held>;
  /** References were matched anew. */
  readonly matched: boolean;
}

/** What stands for one order: its ledger entries, read once, and what QuickBooks was seen to say. */
export interface Standing {
  /** Entries of the order's documents, by `keyOf`; only of what was ever intended or adopted. */
  readonly entries: ReadonlyMap<string, StandingDocument>;
  readonly seen: Seen;
}

export interface StandingDocument {
  readonly ref: DocumentRef;
  readonly entry: EffectState;
}

export const NOTHING_SEEN: Seen = {
  documents: new Map(),
  holders: null,
  payments: null,
  refs: null,
  refusals: new Map(),
  takenBack: new Map(),
  matched: false,
};

export function standingOf(documents: readonly StandingDocument[], seen: Partial<Seen> = {}): Standing {
  return {
    entries: new Map(documents.map((document) => [keyOf(document.ref), document])),
    seen: { ...NOTHING_SEEN, ...seen },
  };
}

export function entryOf({ entries }: Standing, ref: DocumentRef): EffectState | null {
  return entries.get(keyOf(ref))?.entry ?? null;
}

export type Live = EffectState & { readonly remote: RemoteDocument };

/** It exists in QuickBooks as far as the ledger knows. */
export function isLive(entry: EffectState | null): entry is Live {
  return entry !== null && entry.remote !== null && !entry.gone;
}

/** B1: the answer is what was predicted. A payment has no tax. */
export function isAsPredicted({ kind, predicted }: DesiredDocument, { totalMinor, taxMinor }: RemoteDocument): boolean {
  return totalMinor === predicted.totalMinor && (kind === 'payment' || taxMinor === predicted.taxMinor);
}

/** Nothing is left to do for it. What was adopted with another amount is somebody's change: a payment stays (B5). */
export function isSettled(document: DesiredDocument, entry: EffectState | null): boolean {
  if (!isLive(entry) || entry.mixed) return false;
  return isAsPredicted(document, entry.remote) || (document.kind === 'payment' && entry.by === 'adoption');
}

/** It was made from another version of the order. */
export function isOfAnotherVersion({ sourceHash }: DesiredDocument, entry: EffectState | null): boolean {
  return entry !== null && entry.sourceHash !== null && entry.sourceHash !== sourceHash;
}

function keyOfSeen({ kind }: DocumentRef, id: string): string {
  return `${kind} ${id}`;
}

/** The document as QuickBooks showed it by id; null = not there, undefined = not asked. */
export function seenDocument({ seen }: Standing, ref: DocumentRef, id: string): WireEntity | null | undefined {
  return seen.documents.get(keyOfSeen(ref, id));
}

/** Deleted, voided or unknown to QuickBooks. */
export function isNowhere(entity: WireEntity | null): boolean {
  return entity === null || isRemoved(entity);
}

// --- how it grows ----------------------------------------------------------------------------------------------

export function withEntry(standing: Standing, ref: DocumentRef, entry: EffectState): Standing {
  return { ...standing, entries: new Map(standing.entries).set(keyOf(ref), { ref, entry }) };
}

export function withSeen(standing: Standing, seen: Partial<Seen>): Standing {
  return { ...standing, seen: { ...standing.seen, ...seen } };
}

export function withDocuments(
  standing: Standing,
  ref: DocumentRef,
  found: ReadonlyMap<string, WireEntity | null>,
): Standing {
  const documents = new Map(standing.seen.documents);
  for (const [id, entity] of found) documents.set(keyOfSeen(ref, id), entity);
  return withSeen(standing, { documents });
}

/** What was seen of documents is outdated by every write, done or refused. */
const OUTDATED = { documents: new Map(), holders: null, payments: null } as const;

/** `entry` = the document's after the write was confirmed. */
export function afterWrite(standing: Standing, write: Write, entry: EffectState): Standing {
  const key = keyOf(write.document);
  const refusals = new Map(standing.seen.refusals);
  refusals.delete(key);
  const next = withSeen(withEntry(standing, write.document, entry), { ...OUTDATED, refusals });
  return 'because' in write
    ? withSeen(next, { takenBack: new Map(standing.seen.takenBack).set(key, write.because) })
    : next;
}

/** `entry` = the document's after the write was refused. */
export function afterRefusal(standing: Standing, write: Write, entry: EffectState, failure: Failure): Standing {
  const key = keyOf(write.document);
  const { refusals, matched } = standing.seen;
  const stale = (refusals.get(key)?.stale ?? 0) + (failure.kind === 'stale' ? 1 : 0);
  const refusal: Refusal = { operation: write.step, body: bodyText(write.body), failure, stale, matched };
  const next = withEntry(standing, write.document, entry);
  return withSeen(next, { ...OUTDATED, refusals: new Map(refusals).set(key, refusal) });
}
