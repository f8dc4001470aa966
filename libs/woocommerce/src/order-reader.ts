import type { Cursor } from '@tillstream/contracts';
import { type Clock, TillstreamError, TransientError } from '@tillstream/kernel';
import { afterGoodPage, halved, LARGEST_PAGE, mayBeTooBig, type PageSize, SMALLEST_PAGE } from './domain/page-size.js';
import {
  type IdsPosition,
  type ReaderPosition,
  readPosition,
  type ScanList,
  type ScanPosition,
} from './domain/position.js';
import {
  cursorAfter,
  isDraft,
  matches,
  type RawOrder,
  type ReadPlan,
  scanParams,
  wantedIds,
} from './domain/read-plan.js';
import { advance, FIRST_WINDOW, isUsable, type ScannedPage, type ScanWindow } from './domain/scan-window.js';
import type { WooCall, WooClient, WooPage } from './woo-client.js';

export interface ReadRecord {
  /** `woo:1042`. */
  readonly sourceId: string;
  /** The record as the shop sent it; absent when it was asked for by id and is not there. */
  readonly raw?: unknown;
}

export interface OrderPage {
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

export interface OrderReader {
  /**
   * Reads the next page of `plan`; `position` is null at the start, later the stored `next` of the page before (checked:
   * `position_unreadable`). Every order that is in the shop during the whole pass is handed over at least once, whatever
   * changes meanwhile. Errors are the client's (`source_…`); the same position can simply be read again.
   */
  readPage(position: unknown, plan: ReadPlan, signal?: AbortSignal): Promise<OrderPage>;
}

export interface OrderReaderOptions {
  readonly client: WooClient;
  readonly clock: Clock;
  /** 2 to 100, default 100. */
  readonly largestPage?: number;
}

const ORDERS = '/wc/v3/orders';
/** Attempts on one page size before a smaller page is tried. */
const ATTEMPTS_PER_SIZE = 2;

/** Reads orders page by page, safely while the shop goes on changing (facts, section 3: Drift). */
export function createOrderReader({ client, clock, largestPage = LARGEST_PAGE }: OrderReaderOptions): OrderReader {
  const largest = Math.min(LARGEST_PAGE, Math.max(SMALLEST_PAGE, largestPage));

  return {
    async readPage(stored, plan, signal) {
      const readBeganAt = Math.floor(clock.now() * 1000);
      const callsBefore = client.calls;
      const position = stored === null || stored === undefined ? await begin(plan, signal) : readPosition(stored);
      const page =
        position.kind === 'ids'
          ? await readIds(position, plan.ids ?? [], signal)
          : await readScan(position, plan, signal);
      return { ...page, readBeganAt, remoteCalls: client.calls - callsBefore };
    },
  };

  async function begin(plan: ReadPlan, signal: AbortSignal | undefined): Promise<ReaderPosition> {
    const size: PageSize = { perPage: largest, calm: 0 };
    if (plan.ids !== null) return { kind: 'ids', index: 0, ...size };
    const params = { status: 'any', orderby: 'modified', order: 'desc', per_page: 1 };
    const { items } = await client.list(ORDERS, { params, signal });
    return {
      kind: 'scan',
      list: 'any',
      window: FIRST_WINDOW,
      cursor: cursorAfter(plan, items[0], clock.now()),
      ...size,
    };
  }

  async function readScan(position: ScanPosition, plan: ReadPlan, signal: AbortSignal | undefined) {
    const params = { ...scanParams(plan, position.list), offset: position.window.offset };
    const { page, size } = await listAdaptively(position, (perPage, giveUp) =>
      client.list(ORDERS, { params: { ...params, per_page: perPage }, giveUp, signal }),
    );
    const scanned: ScannedPage = { ids: page.items.map(idOf), perPage: size.perPage, total: page.total };
    if (!isUsable(scanned, position.window.offset)) throw unusable();
    const step = advance(position.window, scanned);
    const fresh = new Set(step.fresh);
    const orders = page.items.filter((raw) => fresh.has(idOf(raw)) && !isDraft(raw) && matches(raw, plan.filters));
    const { list, window } = nextPlace(position.list, step.next, plan);
    return {
      records: orders.map(toRecord),
      next: window && { ...position, list, window, ...afterGoodPage(size, largest) },
      cursor: window === null ? { modifiedAfter: position.cursor } : null,
    };
  }

  async function readIds(position: IdsPosition, ids: readonly string[], signal: AbortSignal | undefined) {
    const { known, unknown } = wantedIds(ids);
    const { page, size } = await listAdaptively(position, async (perPage, giveUp) => {
      const wanted = known.slice(position.index, position.index + perPage);
      return { items: await fetchByIds(wanted, { giveUp, signal }), total: null };
    });
    const wanted = known.slice(position.index, position.index + size.perPage);
    const found = new Map(page.items.map((raw) => [String(idOf(raw)), raw]));
    const index = position.index + wanted.length;
    const missing = position.index === 0 ? unknown : [];
    return {
      records: [...wanted, ...missing].map((id): ReadRecord => {
        const raw = found.get(id);
        return { sourceId: `woo:${id}`, ...(raw !== undefined && { raw }) };
      }),
      next: index < known.length ? { ...position, index, ...afterGoodPage(size, largest) } : null,
      cursor: null,
    };
  }

  /** `any` never lists the trash, so what it does not know is looked for there. */
  async function fetchByIds(wanted: readonly string[], call: Pick<WooCall, 'giveUp' | 'signal'>): Promise<RawOrder[]> {
    if (wanted.length === 0) return [];
    const ask = async (include: readonly string[], status: string): Promise<WooPage['items']> =>
      (
        await client.list(ORDERS, {
          params: { status, include: include.join(','), orderby: 'id', order: 'asc', per_page: include.length },
          ...call,
        })
      ).items;
    const without = (ids: readonly string[], rows: readonly RawOrder[]) => {
      const found = new Set(rows.map((raw) => String(idOf(raw))));
      return ids.filter((id) => !found.has(id));
    };
    const live = await ask(wanted, 'any');
    const unlisted = without(wanted, live);
    const trashed = unlisted.length === 0 ? [] : await ask(unlisted, 'trash');
    const hidden = await fetchHidden(without(unlisted, trashed), call);
    return [...live, ...trashed, ...hidden].filter((raw) => !isDraft(raw));
  }

  /** A status of a plugin may be left out of every list: only the order's own address proves that it is gone. */
  async function fetchHidden(ids: readonly string[], call: Pick<WooCall, 'signal'>): Promise<RawOrder[]> {
    const found: RawOrder[] = [];
    for (const id of ids) {
      try {
        const { body } = await client.get(`${ORDERS}/${id}`, { signal: call.signal });
        if (!Array.isArray(body)) found.push(body as RawOrder);
      } catch (error) {
        if (!(error instanceof TillstreamError) || error.code !== 'source_not_found') throw error;
      }
    }
    return found;
  }

  async function listAdaptively(
    { perPage, calm }: PageSize,
    list: (perPage: number, giveUp: (error: unknown, attempt: number) => boolean) => Promise<WooPage>,
  ): Promise<{ page: WooPage; size: PageSize }> {
    const canShrink = (error: unknown): boolean => perPage > SMALLEST_PAGE && mayBeTooBig(error);
    const giveUp = (error: unknown, attempt: number) => attempt >= ATTEMPTS_PER_SIZE && canShrink(error);
    try {
      return { page: await list(perPage, giveUp), size: { perPage, calm } };
    } catch (error) {
      if (!canShrink(error)) throw error;
      return listAdaptively({ perPage: halved(perPage), calm: 0 }, list);
    }
  }
}

/** After the end of one list comes the trash when the plan wants it; a null window = everything was read. */
function nextPlace(list: ScanList, window: ScanWindow | null, { trash }: ReadPlan) {
  if (window !== null || list === 'trash' || trash !== true) return { list, window };
  return { list: 'trash' as const, window: FIRST_WINDOW };
}

function toRecord(raw: RawOrder): ReadRecord {
  return { sourceId: `woo:${idOf(raw)}`, raw };
}

function idOf({ id }: RawOrder): number {
  if (typeof id === 'number' && Number.isSafeInteger(id) && id > 0) return id;
  throw new TransientError('source_unavailable', 'the shop listed an order without an id', {
    detail: { reason: 'list_unusable' },
  });
}

function unusable(): TransientError {
  return new TransientError(
    'source_unavailable',
    'the shop does not list its orders by id, or cannot show most of a page (a plugin that changes order queries?)',
    { detail: { reason: 'list_unusable' } },
  );
}
