import type { Cursor, RelatedRecords } from '@tillstream/contracts';
import { type Clock, TillstreamError } from '@tillstream/kernel';
import { type Damage, type Entry, entryOf } from './domain/entry.js';
import { afterGoodPage, LARGEST_PAGE, mayBeTooBig, type PageSize, SMALLEST_PAGE } from './domain/page-size.js';
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
import { answers, damageOf } from './list-page.js';
import { createLists, type Lists, type ListStep } from './lists.js';
import type { WooClient } from './woo-client.js';

export interface ReadRecord {
  /** `woo:1042`. */
  readonly sourceId: string;
  /** The record as the shop sent it; absent when it was asked for by id and is not there. */
  readonly raw?: unknown;
  /** What belongs to it and stands elsewhere in the shop. */
  readonly related?: RelatedRecords;
  /** It is there and the shop cannot serve it, or not so that it could be kept (D9); then there is no `raw`. */
  readonly damage?: Damage;
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
   * changes meanwhile. A record that the shop cannot serve while it serves others is handed over with its damage. Errors
   * are the client's (`source_…`); the same position can simply be read again.
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
  readonly owners?: (rows: readonly RawRecord[], plan: ReadPlan, shop: ShopLists, signal: Signal) => Promise<Entry[]>;
  /** Rows whose variations follow. */
  readonly parents?: (rows: readonly RawRecord[]) => Parent[];
  readonly variations?: (parents: readonly Parent[], shop: ShopLists, signal: Signal) => Promise<readonly ReadRecord[]>;
}

/** The shop as a kind sees it. */
export interface ShopLists extends Pick<Lists, 'whole'> {
  /** Records by their bare ids, wherever the shop keeps them; unknown ones are left out. */
  byIds(ids: readonly string[], signal: Signal): Promise<Entry[]>;
  /** Does the shop answer when none of its records is asked for? */
  answers(): Promise<boolean>;
  readonly client: WooClient;
}

/** The newest change may be one that cannot be read: so many are tried. */
const NEWEST_LOOKED_AT = 5;
const twice = (error: unknown, attempt: number): boolean => attempt >= 2 && mayBeTooBig(error);

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
    answers: () => answers(client, { path: kind.path, signal: undefined }),
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
    for (let offset = 0; offset < NEWEST_LOOKED_AT; offset += 1) {
      const newest = await readable(client.list(kind.path, { params: { ...params, offset }, giveUp: twice, signal }));
      if (newest !== undefined) return cursorAfter(plan, newest.items.map(entryOf)[0]?.raw, now);
    }
    // Whatever is newest cannot be read: the next pass starts where this one did.
    return cursorAfter(plan, undefined, now);
  }

  async function readScan(position: ScanPosition, plan: ReadPlan, signal: Signal) {
    const { list } = position;
    const path = kind.pathOf?.(list) ?? kind.path;
    const step = lists.step(path, kind.params(plan, list), position, signal);
    const { fresh, next, size } = list === 'refunds' ? await orNothing(step, position) : await step;
    const entries = list === 'refunds' ? ((await kind.owners?.(rowsOf(fresh), plan, shop, signal)) ?? []) : fresh;
    const rows = rowsOf(entries);
    const wanted = rows.filter((raw) => !kind.isIgnored(raw) && matches(raw, plan.filters));
    const place = nextPlace(kind.lists(plan), list, next);
    const resume = place && { ...position, ...place, ...afterGoodPage(size, largest) };
    const parents = kind.parents?.(rows) ?? [];
    const { cursor } = position;
    return {
      records: [...(await kind.complete(wanted, shop, signal)), ...damagedOf(entries)],
      ...afterPage(parents.length === 0 ? resume : { kind: 'variations' as const, parents, resume, cursor }, cursor),
    };
  }

  async function readVariations({ parents, resume, cursor }: VariationsPosition, plan: ReadPlan, signal: Signal) {
    const records = (await kind.variations?.(parents.slice(0, PARENTS_PER_STEP), shop, signal)) ?? [];
    const rest = parents.slice(PARENTS_PER_STEP);
    return {
      records: records.filter(({ raw }) => raw === undefined || matches(raw as RawRecord, plan.filters)),
      ...afterPage(rest.length === 0 ? resume : { kind: 'variations' as const, parents: rest, resume, cursor }, cursor),
    };
  }

  async function readIds(position: IdsPosition, ids: readonly string[], signal: Signal) {
    const { known, unknown } = wantedIds(ids);
    const { result: entries, size } = await lists.adapting(position, (perPage, giveUp) =>
      lists.byIds(kind.path, kind.byId, known.slice(position.index, position.index + perPage), { giveUp, signal }),
    );
    const wanted = known.slice(position.index, position.index + size.perPage);
    const kept = rowsOf(entries).filter((raw) => !kind.isIgnored(raw));
    const read = [...(await kind.complete(kept, shop, signal)), ...damagedOf(entries)];
    const found = new Map(read.map((record) => [record.sourceId, record]));
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

/** A row that was told apart (`entryOf`). */
export function toRecord(raw: RawRecord, related?: RelatedRecords): ReadRecord {
  return { sourceId: sourceIdOf(raw), raw, ...(related && { related }) };
}

const sourceIdOf = (raw: RawRecord): string => `woo:${String(entryOf(raw).id)}`;

function rowsOf(entries: readonly Entry[]): RawRecord[] {
  return entries.flatMap(({ raw }) => (raw === undefined ? [] : [raw]));
}

function damagedOf(entries: readonly Entry[]): ReadRecord[] {
  return entries.flatMap((entry) =>
    entry.damage === undefined ? [] : [{ sourceId: `woo:${entry.id ?? entry.name ?? '?'}`, damage: entry.damage }],
  );
}

/** Completes one row; when what belongs to it cannot be read while the shop answers, that row alone is damaged (D9). */
export async function completedOrDamaged(
  raw: RawRecord,
  shop: Pick<ShopLists, 'answers'>,
  complete: () => Promise<ReadRecord>,
): Promise<ReadRecord> {
  try {
    return await complete();
  } catch (error) {
    const isOwn =
      error instanceof TillstreamError && (error.code === 'source_too_large' || error.code === 'source_unreadable');
    if (!isOwn && !(mayBeTooBig(error) && (await shop.answers()))) throw error;
    return { sourceId: sourceIdOf(raw), damage: damageOf(error) };
  }
}

/** undefined when the shop cannot build this answer. */
async function readable<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (mayBeTooBig(error)) return undefined;
    throw error;
  }
}

/** Asks for several things at once without pressing the shop (facts, section 7). */
export async function gently<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let index = 0; index < items.length; index += 4) {
    results.push(...(await Promise.all(items.slice(index, index + 4).map(work))));
  }
  return results;
}
