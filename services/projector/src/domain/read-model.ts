import type { EventType, SyncEvent } from '@tillstream/contracts';

/**
 * What every read model document carries besides its content: the highest seq applied per producer. All events of one
 * document come over one topic and one key (D6), so "not newer than seen" means "applied before" (D3, I4).
 */
export interface Folded {
  readonly seen: Readonly<Record<string, number>>;
}

/**
 * Applies `fold` unless the event was applied before. A fold answers null when there is nothing to keep yet, and never
 * throws on a recorded event: what it does not know leaves the document as it is.
 */
export function applyOnce<Doc extends object>(
  document: (Doc & Folded) | null,
  event: SyncEvent,
  fold: (document: Doc | null, event: SyncEvent) => Doc | null,
): (Doc & Folded) | null {
  if (document && (document.seen[event.producer] ?? 0) >= event.seq) return document;
  const folded = fold(document, event);
  if (folded === null) return null;
  return { ...folded, seen: { ...document?.seen, [event.producer]: event.seq } };
}

/** One event's part in one document. */
export interface Step {
  readonly event: SyncEvent;
  /** What the event makes of the document, `seen` apart. */
  readonly content: (document: object | null, event: SyncEvent) => object | null;
}

/**
 * `applyOnce` for one step after the other, with the same result. `seen` is copied once and not per step: its names are
 * other ones in every document, which makes such copies slow.
 */
export function applyAll(document: Folded | null, steps: readonly Step[]): Folded | null {
  const seen = new Map(Object.entries(document?.seen ?? {}));
  let content: object | null = document;
  let applied = false;
  for (const { event, content: contentOf } of steps) {
    if (content && (seen.get(event.producer) ?? 0) >= event.seq) continue;
    content = contentOf(content, event);
    applied = true;
    if (content === null) seen.clear();
    else seen.set(event.producer, event.seq);
  }
  if (!applied) return document;
  return content && { ...content, seen: Object.fromEntries(seen) };
}

type EventOf<T extends EventType> = Extract<SyncEvent, { type: T }>;

/** What each event does to a document; types that are not named leave it as it is. */
export type FoldTable<Doc, Result = Doc> = {
  readonly [T in EventType]?: (document: Doc, event: EventOf<T>) => Result;
};

/** The table's answer for this event, or `otherwise` when the table does not name its type. */
export function foldWith<Doc, Result>(
  table: FoldTable<Doc, Result>,
  document: Doc,
  event: SyncEvent,
  otherwise: Result,
): Result {
  const fold = table[event.type] as ((document: Doc, event: SyncEvent) => Result) | undefined;
  return fold ? fold(document, event) : otherwise;
}
