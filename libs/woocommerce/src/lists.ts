import { PermanentError, TransientError } from '@tillstream/kernel';
import { type Entry, entryOf } from './domain/entry.js';
import { afterGoodPage, halved, mayBeTooBig, type PageSize, SMALLEST_PAGE } from './domain/page-size.js';
import type { RawRecord } from './domain/read-plan.js';
import { advance, FIRST_WINDOW, isUsable, type ScannedPage, type ScanWindow } from './domain/scan-window.js';
import { answers, atItsAddress, fromItems, type ListedPage, type Params, rowByRow } from './list-page.js';
import { orMissing, type WooCall, type WooClient } from './woo-client.js';

type Signal = AbortSignal | undefined;
type GiveUp = (error: unknown, attempt: number) => boolean;

/** A place in a list that is sorted by id. */
type Place = PageSize & { readonly window: ScanWindow };

/** Lists of one shop, read safely while they change. */
export interface Lists {
  /** One page of the list at `path`: rows not handed over before, and where to read next (null = the end was seen). */
  step(path: string, params: Params, place: Place, signal: Signal): Promise<ListStep>;
  /**
   * A whole list that belongs to one record; empty when the shop does not have the record any more. Throws
   * `source_too_large` beyond what belongs to any one record.
   */
  whole(path: string, params: Params, signal: Signal): Promise<RawRecord[]>;
  /**
   * Records by their bare ids: in each of the lists named by `among`, and then at their own addresses; unknown ones are
   * left out.
   */
  byIds(
    path: string,
    among: readonly Params[],
    ids: readonly string[],
    call: Pick<WooCall, 'giveUp' | 'signal'>,
  ): Promise<Entry[]>;
  /** Repeats `read` with smaller pages when the shop cannot build such large ones. */
  adapting<T>(size: PageSize, read: (perPage: number, giveUp: GiveUp) => Promise<T>): Promise<Adapted<T>>;
}

export interface ListStep {
  readonly fresh: readonly Entry[];
  readonly next: ScanWindow | null;
  readonly size: PageSize;
}

interface Sized<T> {
  readonly page: T;
  readonly size: PageSize;
}

interface Adapted<T> {
  readonly result: T;
  readonly size: PageSize;
}

/** Attempts on one page size before a smaller page is tried. */
const ATTEMPTS_PER_SIZE = 2;
/** Rows of a list that belongs to one record, a thousand refunds: a shop that lists on and on must not cost the process. */
const MOST_ROWS = 1_000;

export function createLists(client: WooClient, largest: number): Lists {
  async function step(path: string, params: Params, place: Place, signal: Signal): Promise<ListStep> {
    const { window } = place;
    const { page, size } = await listed(path, params, place, signal);
    const { entries } = page;
    const scanned: ScannedPage = { ...page, ids: entries.map(({ id }) => id) };
    if (!isUsable(scanned, window.offset)) throw unusable();
    const moved = advance(window, scanned);
    const fresh = new Set(moved.fresh);
    // Nobody knows whether a row without an id was handed over before: rather twice than never, unless the window goes back.
    const isTaken = moved.next === null || moved.next.stride === 0;
    const isNew = (entry: Entry): boolean => (entry.id === null ? isTaken : fresh.has(entry.id));
    return { fresh: entries.filter(isNew), next: moved.next, size };
  }

  /** The page at the window, smaller or row by row where the shop cannot build it. */
  async function listed(path: string, params: Params, place: Place, signal: Signal): Promise<Sized<ListedPage>> {
    const { offset, lastId } = place.window;
    const at = { path, params, offset, lastId, signal };
    try {
      const { result, size } = await adapting(place, async (perPage, giveUp) => {
        const page = await client.list(path, { params: { ...params, offset, per_page: perPage }, giveUp, signal });
        return { ...page, perPage };
      });
      return { page: await fromItems(client, at, result.items, result), size };
    } catch (error) {
      if (!mayBeTooBig(error)) throw error;
      const page = await rowByRow(client, at, error);
      // Was it one record, or the size? The next page is as large as can be only when a record was found.
      const isDamaged = page.entries.some(({ damage }) => damage !== undefined);
      return { page, size: { perPage: isDamaged ? largest : SMALLEST_PAGE, calm: 0 } };
    }
  }

  async function whole(path: string, params: Params, signal: Signal): Promise<RawRecord[]> {
    const rows: RawRecord[] = [];
    let place: Place = { window: FIRST_WINDOW, perPage: largest, calm: 0 };
    for (let steps = 0; steps < MOST_ROWS && rows.length <= MOST_ROWS; steps += 1) {
      const { fresh, next, size } = await step(path, { ...params, orderby: 'id', order: 'asc' }, place, signal);
      for (const { raw, damage } of fresh) {
        if (damage !== undefined) throw new PermanentError(damage.code, damage.message);
        rows.push(raw);
      }
      if (next === null) return rows;
      place = { window: next, ...afterGoodPage(size, largest) };
    }
    throw new PermanentError('source_too_large', `the shop lists more than ${MOST_ROWS} entries at ${path}`);
  }

  async function byIds(
    path: string,
    among: readonly Params[],
    ids: readonly string[],
    call: Pick<WooCall, 'giveUp' | 'signal'>,
  ): Promise<Entry[]> {
    const entries: Entry[] = [];
    let rest = ids;
    try {
      for (const params of among) {
        if (rest.length === 0) break;
        const include = { include: rest.join(','), orderby: 'id', order: 'asc', per_page: rest.length };
        const { items } = await client.list(path, { params: { ...params, ...include }, ...call });
        entries.push(...items.map(entryOf).filter(({ id }) => id !== null));
        const found = new Set(entries.map(({ id }) => String(id)));
        rest = rest.filter((id) => !found.has(id));
      }
    } catch (error) {
      if (!mayBeTooBig(error) || ids.length > SMALLEST_PAGE) throw error;
      if (!(await answers(client, { path, signal: call.signal }))) throw error;
    }
    return [...entries, ...(await atTheirAddresses(path, rest, call))];
  }

  /** A plugin's status may be left out of every list, a variation is: only its own address proves that one is gone. */
  async function atTheirAddresses(path: string, ids: readonly string[], { signal }: Pick<WooCall, 'signal'>) {
    const found: Entry[] = [];
    for (const id of ids) {
      const entry = await atItsAddress(client, { path, signal }, Number(id));
      if (entry !== null) found.push(entry);
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

function unusable(): TransientError {
  return new TransientError(
    'source_unavailable',
    'the shop does not sort its list by id, or cannot show most of a page (a plugin that changes queries?)',
    { detail: { reason: 'list_unusable' } },
  );
}
