import type { RunFilters } from '@tillstream/contracts';
import type { ScanList } from './position.js';
import { FIRST_SECOND, isUtcSecond, later, msOf, type UtcSecond, utcSecond, withOverlap } from './utc-seconds.js';

/** What a run wants to see of one kind of the shop's records. */
export interface ReadPlan {
  /** Only these (`1042` or `woo:1042`), whatever their status, trash included; null = scan. */
  readonly ids: readonly string[] | null;
  /** The cursor of an incremental pass (UTC second, the overlap is applied on reading); null = full pass. */
  readonly modifiedAfter: UtcSecond | null;
  readonly filters: RunFilters;
  /** A scan goes on through the trash, which no other list shows: what was thrown away is seen too (B6). */
  readonly trash?: boolean;
}

export type RawRecord = Readonly<Record<string, unknown>>;

/** Carts in the making; some versions list them under `any`. They never reach a target. */
const DRAFTS: readonly unknown[] = ['checkout-draft', 'auto-draft'];
export const isDraft = ({ status }: RawRecord): boolean => DRAFTS.includes(status);

const BY_ID = { orderby: 'id', order: 'asc' };

/** Query parameters of a scan of orders. Time bounds are generous here; `matches` is exact. */
export function orderParams(plan: ReadPlan, list: ScanList): Record<string, string> {
  if (list === 'refunds') return { ...BY_ID, ...timeBounds({ ...plan, filters: {} }) };
  const status = list === 'trash' ? 'trash' : (plan.filters.status?.join(',') ?? 'any');
  return { status, ...BY_ID, ...timeBounds(plan) };
}

/** Of products; the statuses that can be asked for are those of orders. */
export function productParams(plan: ReadPlan, list: ScanList): Record<string, string> {
  return { status: list, ...BY_ID, ...timeBounds(plan) };
}

/** Of customers, which have no status and no filter by time: every pass reads all of them. */
export function customerParams(): Record<string, string> {
  return BY_ID;
}

function timeBounds({ modifiedAfter, filters }: ReadPlan): Record<string, string> {
  const since = sinceOf(modifiedAfter, filters);
  const after = filters.createdAfter === undefined ? undefined : utcSecond(Date.parse(filters.createdAfter));
  const before = filters.createdBefore === undefined ? undefined : Date.parse(filters.createdBefore);
  return {
    ...(since !== undefined && { modified_after: withOverlap(since) }),
    ...(after !== undefined && { after: withOverlap(after) }),
    ...(before !== undefined && { before: utcSecond(before + 1_000) }),
    ...((since ?? after ?? before) !== undefined && { dates_are_gmt: 'true' }),
  };
}

/** Was the order in the scan that went before? Only others need a look because of their refunds. */
export function isInScan({ date_modified_gmt: stamp }: RawRecord, { modifiedAfter }: ReadPlan): boolean {
  return modifiedAfter === null || (isUtcSecond(stamp) && stamp > withOverlap(modifiedAfter));
}

function sinceOf(cursor: UtcSecond | null, { modifiedAfter }: RunFilters): UtcSecond | undefined {
  const asked = modifiedAfter === undefined ? undefined : utcSecond(Date.parse(modifiedAfter));
  if (cursor === null || asked === undefined) return cursor ?? asked;
  return later(cursor, asked);
}

/** Does the record fit the run's filters, to the second? Bounds are exclusive, as in WooCommerce. */
export function matches(raw: RawRecord, { createdAfter, createdBefore, modifiedAfter }: RunFilters): boolean {
  return (
    isBeyond(raw.date_created_gmt, createdAfter, 1) &&
    isBeyond(raw.date_created_gmt, createdBefore, -1) &&
    isBeyond(raw.date_modified_gmt, modifiedAfter, 1)
  );
}

/** A record without a readable date passes: parsing it will say what is wrong. */
function isBeyond(stamp: unknown, bound: string | undefined, direction: 1 | -1): boolean {
  return bound === undefined || !isUtcSecond(stamp) || direction * (msOf(stamp) - Date.parse(bound)) > 0;
}

/**
 * The cursor after a pass: the newest change that was in the shop before the pass began. A date in the future (clock
 * once wrong, imports) must not make later changes invisible, and a cursor never goes back.
 */
export function cursorAfter(plan: ReadPlan, newest: RawRecord | 'now' | undefined, nowMs: number): UtcSecond {
  const now = utcSecond(nowMs);
  const stamp = newest === 'now' ? now : newest?.date_modified_gmt;
  const seen = isUtcSecond(stamp) ? stamp : FIRST_SECOND;
  return later(plan.modifiedAfter ?? FIRST_SECOND, seen < now ? seen : now);
}

/** The ids of the plan that the shop could know, as numbers in text, each once; others are missing by themselves. */
export function wantedIds(ids: readonly string[]): { readonly known: string[]; readonly unknown: string[] } {
  const bare = [...new Set(ids.map((id) => id.replace(/^woo:/, '')))];
  const isId = (id: string): boolean => /^[1-9]\d{0,14}$/.test(id);
  return { known: bare.filter(isId), unknown: bare.filter((id) => !isId(id)) };
}
