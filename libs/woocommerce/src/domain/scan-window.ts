/**
 * Reading a list that changes while it is read. WooCommerce has no `id >` filter, so pages are cut by offset from the
 * list sorted by id, and each page starts at the row read last: if that row (or an older one) is still its first, no row
 * has slipped through. If rows before it have gone, everything moved to the front; then the window goes back until it
 * overlaps again. Rows that appear before the window were created or changed after the scan began: the next
 * incremental run, which starts from the newest change before this scan, reads them.
 */
export interface ScanWindow {
  /** Where the next page starts. */
  readonly offset: number;
  /** The highest id handed over; 0 = none yet. */
  readonly lastId: number;
  /** How far the next step back goes. */
  readonly stride: number;
}

export const FIRST_WINDOW: ScanWindow = { offset: 0, lastId: 0, stride: 0 };

export interface ScannedPage {
  /** Ids as listed; ascending. null = a row that nobody can tell apart. */
  readonly ids: readonly (number | null)[];
  readonly perPage: number;
  /** Size of the whole list, null when unknown. Means nothing when `ids` is empty. */
  readonly total: number | null;
}

export interface ScanStep {
  /** Ids of the page that were not handed over before. */
  readonly fresh: readonly number[];
  /** null = the end of the list was seen. */
  readonly next: ScanWindow | null;
}

/** What a page at `window.offset` brings, and where to read next. Pure. */
export function advance(window: ScanWindow, page: ScannedPage): ScanStep {
  const { offset, lastId } = window;
  const firstId = page.ids[0] ?? undefined;
  const gapless = offset === 0 || (firstId !== undefined && firstId <= lastId);
  if (!gapless) {
    const stride = Math.max(window.stride, page.perPage);
    return { fresh: [], next: { offset: Math.max(0, offset - stride), lastId, stride: stride * 2 } };
  }
  const fresh = knownIds(page).filter((id) => id > lastId);
  if (isLast(offset, page)) return { fresh, next: null };
  // The last row stands at least here; later if the shop left rows out of the page that it could not show.
  return { fresh, next: { offset: offset + lastKnown(page), lastId: fresh.at(-1) ?? lastId, stride: 0 } };
}

function knownIds({ ids }: ScannedPage): number[] {
  return ids.filter((id) => id !== null);
}

/** The next page overlaps with a row that can be told apart. */
function lastKnown({ ids }: ScannedPage): number {
  return Math.max(
    0,
    ids.findLastIndex((id) => id !== null),
  );
}

/** Was this the end of the list? */
export function isLast(offset: number, { ids, perPage, total }: ScannedPage): boolean {
  if (ids.length === 0 || total === null) return ids.length < perPage;
  return offset + Math.max(perPage, ids.length) >= total;
}

/** Can the window move on from such a page at all? Not when the list is unsorted or almost nothing of it is shown. */
export function isUsable(page: ScannedPage, offset: number): boolean {
  const known = knownIds(page);
  if (known.some((id, index) => index > 0 && id <= (known[index - 1] ?? 0))) return false;
  return isLast(offset, page) || (page.ids.length > 1 && (offset > 0 ? lastKnown(page) > 0 : known.length > 0));
}
