import { TillstreamError, TransientError } from '@tillstream/kernel';
import { afterGoodPage, halved, mayBeTooBig, type PageSize, SMALLEST_PAGE } from './domain/page-size.js';
import type { RawRecord } from './domain/read-plan.js';
import { advance, FIRST_WINDOW, isUsable, type ScannedPage, type ScanWindow } from './domain/scan-window.js';
import type { WooCall, WooClient } from './woo-client.js';

type Signal = AbortSignal | undefined;
type GiveUp = (error: unknown, attempt: number) => boolean;
type Params = Readonly<Record<string, string>>;

/** A place in a list that is sorted by id. */
type Place = PageSize & { readonly window: ScanWindow };

/** Lists of one shop, read safely while they change. */
export interface Lists {
  /** One page of the list at `path`: rows not handed over before, and where to read next (null = the end was seen). */
  step(path: string, params: Params, place: Place, signal: Signal): Promise<ListStep>;
  /** A whole list that belongs to one record; empty when the shop does not have the record any more. */
  whole(path: string, params: Params, signal: Signal): Promise<RawRecord[]>;
  /** Rows by their bare ids: in each of the lists named by `among`, and then at their own addresses. */
  byIds(
    path: string,
    among: readonly Params[],
    ids: readonly string[],
    call: Pick<WooCall, 'giveUp' | 'signal'>,
  ): Promise<RawRecord[]>;
  /** Repeats `read` with smaller pages when the shop cannot build such large ones. */
  adapting<T>(size: PageSize, read: (perPage: number, giveUp: GiveUp) => Promise<T>): Promise<Adapted<T>>;
}

export interface ListStep {
  readonly fresh: readonly RawRecord[];
  readonly next: ScanWindow | null;
  readonly size: PageSize;
}

interface Adapted<T> {
  readonly result: T;
  readonly size: PageSize;
}

/** Attempts on one page size before a smaller page is tried. */
const ATTEMPTS_PER_SIZE = 2;

export function createLists(client: WooClient, largest: number): Lists {
  async function step(path: string, params: Params, place: Place, signal: Signal): Promise<ListStep> {
    const { window } = place;
    const { result: page, size } = await adapting(place, (perPage, giveUp) =>
      client.list(path, { params: { ...params, offset: window.offset, per_page: perPage }, giveUp, signal }),
    );
    const scanned: ScannedPage = { ids: page.items.map(idOf), perPage: size.perPage, total: page.total };
    if (!isUsable(scanned, window.offset)) throw unusable();
    const moved = advance(window, scanned);
    const fresh = new Set(moved.fresh);
    return { fresh: page.items.filter((raw) => fresh.has(idOf(raw))), next: moved.next, size };
  }

  async function whole(path: string, params: Params, signal: Signal): Promise<RawRecord[]> {
    const rows: RawRecord[] = [];
    let place: Place = { window: FIRST_WINDOW, perPage: largest, calm: 0 };
    for (;;) {
      const { fresh, next, size } = await step(path, { ...params, orderby: 'id', order: 'asc' }, place, signal);
      rows.push(...fresh);
      if (next === null) return rows;
      place = { window: next, ...afterGoodPage(size, largest) };
    }
  }

  async function byIds(
    path: string,
    among: readonly Params[],
    ids: readonly string[],
    call: Pick<WooCall, 'giveUp' | 'signal'>,
  ): Promise<RawRecord[]> {
    const rows: RawRecord[] = [];
    let rest = ids;
    for (const params of among) {
      if (rest.length === 0) break;
      const include = { include: rest.join(','), orderby: 'id', order: 'asc', per_page: rest.length };
      rows.push(...(await client.list(path, { params: { ...params, ...include }, ...call })).items);
      const found = new Set(rows.map((raw) => String(idOf(raw))));
      rest = rest.filter((id) => !found.has(id));
    }
    return [...rows, ...(await atTheirAddress(path, rest, call))];
  }

  /** A plugin's status may be left out of every list, a variation is: only its own address proves that one is gone. */
  async function atTheirAddress(path: string, ids: readonly string[], { signal }: Pick<WooCall, 'signal'>) {
    const found: RawRecord[] = [];
    for (const id of ids) {
      const body = await orMissing(client.get(`${path}/${id}`, { signal }).then((answer) => answer.body));
      if (body !== undefined && !Array.isArray(body)) found.push(body as RawRecord);
    }
    return found;
  }

  async function adapting<T>(
    { perPage, calm }: PageSize,
    read: (perPage: number, giveUp: GiveUp) => Promise<T>,
  ): Promise<Adapted<T>> {
    const canShrink = (error: unknown): boolean => perPage > SMALLEST_PAGE && mayBeTooBig(error);
    const giveUp: GiveUp = (error, attempt) => attempt >= ATTEMPTS_PER_SIZE && canShrink(error);
    try {
      return { result: await read(perPage, giveUp), size: { perPage, calm } };
    } catch (error) {
      if (!canShrink(error)) throw error;
      return adapting({ perPage: halved(perPage), calm: 0 }, read);
    }
  }

  return {
    step,
    byIds,
    adapting,
    whole: async (path, params, signal) => (await orMissing(whole(path, params, signal))) ?? [],
  };
}

/** undefined when the shop does not have it. */
export async function orMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof TillstreamError && error.code === 'source_not_found') return undefined;
    throw error;
  }
}

export function idOf({ id }: RawRecord): number {
  if (typeof id === 'number' && Number.isSafeInteger(id) && id > 0) return id;
  throw new TransientError('source_unavailable', 'the shop listed a record without an id', {
    detail: { reason: 'list_unusable' },
  });
}

function unusable(): TransientError {
  return new TransientError(
    'source_unavailable',
    'the shop does not sort its list by id, or cannot show most of a page (a plugin that changes queries?)',
    { detail: { reason: 'list_unusable' } },
  );
}
