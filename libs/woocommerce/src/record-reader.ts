import type { Cursor, RelatedRecords } from '@tillstream/contracts';
import { type Clock, TillstreamError } from '@tillstream/kernel';
import { afterGoodPage, LARGEST_PAGE, type PageSize, SMALLEST_PAGE } from './domain/page-size.js';
import {
  type IdsPosition,
  type Parent,
  type ReaderPosition,
  readPosition,
  type ScanList,
  type ScanPosition,
  type VariationsPosition,
} from './domain/position.js';
import { cursorAfter, matches, type RawRecord, type ReadPlan, wantedIds } from './domain/read-plan.js';
import { FIRST_WINDOW } from './domain/scan-window.js';
import { createLists, idOf, type Lists, type ListStep } from './lists.js';
import type { WooClient } from './woo-client.js';

export interface ReadRecord {
  /** `woo:1042`. */
  readonly sourceId: string;
  /** The record as the shop sent it; absent when it was asked for by id and is not there. */
  readonly raw?: unknown;
  /** What belongs to it and stands elsewhere in the shop. */
  readonly related?: RelatedRecords;
}

export interface RecordPage {
  /** May be empty although more follows. */
  readonly records: readonly ReadRecord[];
  /** Give this to the next call; null = everything was read. */
  readonly next: ReaderPosition | null;
  /** Microseconds since the epoch at which this read began (D8). */
  readonly readBeganAt: number;
  /** With the last page of a scan: where the next incremental pass starts (D7). */
  readonly cursor: Cursor | null;
  /** HTTP calls made for this page. */
  readonly remoteCalls: number;
}

export interface RecordReader {
  /**
   * Reads the next page of `plan`; `position` is null at the start, later the stored `next` of the page before (checked:
   * `position_unreadable`). Every record that is in the shop during the whole pass is handed over at least once, whatever
   * changes meanwhile. Errors are the client's (`source_…`); the same position can simply be read again.
   */
  readPage(position: unknown, plan: ReadPlan, signal?: AbortSignal): Promise<RecordPage>;
}

export interface RecordReaderOptions {
  readonly client: WooClient;
  readonly clock: Clock;
  /** 2 to 100, default 100. */
  readonly largestPage?: number;
}

type Signal = AbortSignal | undefined;

/** What the kinds of records differ in; everything else is read the same way. */
export interface RecordKind {
  readonly path: string;
  /** The lists of a pass, one after the other. */
  readonly lists: (plan: ReadPlan) => readonly ScanList[];
  /** Where a list stands, when it is not `path`. */
  readonly pathOf?: (list: ScanList) => string;
  readonly params: (plan: ReadPlan, list: ScanList) => Record<string, string>;
  /** Asks for the record that changed last; null = the shop cannot say, the pass began now. */
  readonly newest: Record<string, string> | null;
  /** Statuses under which a list shows records asked for by id, the most likely first; `{}` = no statuses. */
  readonly byId: readonly Record<string, string>[];
  /** Never to be handed over. */
  readonly isIgnored: (raw: RawRecord) => boolean;
  /** From the rows of a list to records, with what belongs to them. */
  readonly complete: (rows: readonly RawRecord[], shop: ShopLists, signal: Signal) => Promise<readonly ReadRecord[]>;
  /** From the rows of the list `refunds` to the orders they belong to. */
  readonly owners?: (
    rows: readonly RawRecord[],
    plan: ReadPlan,
    shop: ShopLists,
    signal: Signal,
  ) => Promise<RawRecord[]>;
  /** Rows whose variations follow. */
  readonly parents?: (rows: readonly RawRecord[]) => Parent[];
  readonly variations?: (parents: readonly Parent[], shop: ShopLists, signal: Signal) => Promise<readonly ReadRecord[]>;
}

/** The shop as a kind sees it. */
export interface ShopLists extends Pick<Lists, 'whole'> {
  /** Records by their bare ids, wherever the shop keeps them; unknown ones are left out. */
  byIds(ids: readonly string[], signal: Signal): Promise<RawRecord[]>;
  readonly client: WooClient;
}

/** Parents whose variations are read in one step: bounds what a crash reads again. */
const PARENTS_PER_STEP = 10;

/** Reads records page by page, safely while the shop goes on changing (facts, section 3: Drift). */
export function createRecordReader(
  { client, clock, largestPage = LARGEST_PAGE }: RecordReaderOptions,
  kind: RecordKind,
): RecordReader {
  const largest = Math.min(LARGEST_PAGE, Math.max(SMALLEST_PAGE, largestPage));
  const lists = createLists(client, largest);
  const shop: ShopLists = {
    whole: (path, params, signal) => lists.whole(path, params, signal),
    client,
    byIds: (ids, signal) => lists.byIds(kind.path, kind.byId, ids, { signal }),
  };

  return {
    async readPage(stored, plan, signal) {
      const readBeganAt = Math.floor(clock.now() * 1000);
      const callsBefore = client.calls;
      const position = stored === null || stored === undefined ? await begin(plan, signal) : readPosition(stored);
      const page = await read(position, plan, signal);
      return { ...page, readBeganAt, remoteCalls: client.calls - callsBefore };
    },
  };

  function read(position: ReaderPosition, plan: ReadPlan, signal: Signal) {
    switch (position.kind) {
      case 'ids':
        return readIds(position, plan.ids ?? [], signal);
      case 'variations':
        return readVariations(position, plan, signal);
      case 'scan':
        return readScan(position, plan, signal);
    }
  }

  async function begin(plan: ReadPlan, signal: Signal): Promise<ReaderPosition> {
    const size: PageSize = { perPage: largest, calm: 0 };
    if (plan.ids !== null) return { kind: 'ids', index: 0, ...size };
    const now = clock.now();
    return { kind: 'scan', list: 'any', window: FIRST_WINDOW, cursor: await newestChange(plan, now, signal), ...size };
  }

  async function newestChange(plan: ReadPlan, now: number, signal: Signal): Promise<string> {
    if (kind.newest === null) return cursorAfter(plan, 'now', now);
    const params = { ...kind.newest, orderby: 'modified', order: 'desc', per_page: 1 };
    const { items } = await client.list(kind.path, { params, signal });
    return cursorAfter(plan, items[0], now);
  }

  async function readScan(position: ScanPosition, plan: ReadPlan, signal: Signal) {
    const { list } = position;
    const path = kind.pathOf?.(list) ?? kind.path;
    const step = lists.step(path, kind.params(plan, list), position, signal);
    const { fresh, next, size } = list === 'refunds' ? await orNothing(step, position) : await step;
    const rows = list === 'refunds' ? ((await kind.owners?.(fresh, plan, shop, signal)) ?? []) : fresh;
    const wanted = rows.filter((raw) => !kind.isIgnored(raw) && matches(raw, plan.filters));
    const place = nextPlace(kind.lists(plan), list, next);
    const resume = place && { ...position, ...place, ...afterGoodPage(size, largest) };
    const parents = kind.parents?.(rows) ?? [];
    const { cursor } = position;
    return {
      records: await kind.complete(wanted, shop, signal),
      ...afterPage(parents.length === 0 ? resume : { kind: 'variations' as const, parents, resume, cursor }, cursor),
    };
  }

  async function readVariations({ parents, resume, cursor }: VariationsPosition, plan: ReadPlan, signal: Signal) {
    const records = (await kind.variations?.(parents.slice(0, PARENTS_PER_STEP), shop, signal)) ?? [];
    const rest = parents.slice(PARENTS_PER_STEP);
    return {
      records: records.filter(({ raw }) => matches(raw as RawRecord, plan.filters)),
      ...afterPage(rest.length === 0 ? resume : { kind: 'variations' as const, parents: rest, resume, cursor }, cursor),
    };
  }

  async function readIds(position: IdsPosition, ids: readonly string[], signal: Signal) {
    const { known, unknown } = wantedIds(ids);
    const { result: rows, size } = await lists.adapting(position, (perPage, giveUp) =>
      lists.byIds(kind.path, kind.byId, known.slice(position.index, position.index + perPage), { giveUp, signal }),
    );
    const wanted = known.slice(position.index, position.index + size.perPage);
    const kept = rows.filter((raw) => !kind.isIgnored(raw));
    const found = new Map((await kind.complete(kept, shop, signal)).map((record) => [record.sourceId, record]));
    const index = position.index + wanted.length;
    const missing = position.index === 0 ? unknown : [];
    return {
      records: [...wanted, ...missing].map((id): ReadRecord => found.get(`woo:${id}`) ?? { sourceId: `woo:${id}` }),
      next: index < known.length ? { ...position, index, ...afterGoodPage(size, largest) } : null,
      cursor: null,
    };
  }
}

/** Shops before WooCommerce 9.0 have no list of all refunds. */
async function orNothing(step: Promise<ListStep>, size: PageSize): Promise<ListStep> {
  try {
    return await step;
  } catch (error) {
    if (error instanceof TillstreamError && error.code === 'source_api_missing') return { fresh: [], next: null, size };
    throw error;
  }
}

function afterPage(next: ReaderPosition | null, cursor: string) {
  return { next, cursor: next === null ? { modifiedAfter: cursor } : null };
}

/** After the end of one list comes the next one of the pass; null = everything was read. */
function nextPlace(lists: readonly ScanList[], list: ScanList, window: ScanPosition['window'] | null) {
  if (window !== null) return { list, window };
  const following = lists[lists.indexOf(list) + 1];
  return following === undefined ? null : { list: following, window: FIRST_WINDOW };
}

export function toRecord(raw: RawRecord, related?: RelatedRecords): ReadRecord {
  return { sourceId: `woo:${idOf(raw)}`, raw, ...(related && { related }) };
}

/** Asks for several things at once without pressing the shop (facts, section 7). */
export async function gently<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let index = 0; index < items.length; index += 4) {
    results.push(...(await Promise.all(items.slice(index, index + 4).map(work))));
  }
  return results;
}
