import { TillstreamError } from '@tillstream/kernel';
import { type Damage, type Entry, entryOf, unreadable } from './domain/entry.js';
import { mayBeTooBig, SMALLEST_PAGE } from './domain/page-size.js';
import { isLast } from './domain/scan-window.js';
import { orMissing, type WooClient } from './woo-client.js';

export type Params = Readonly<Record<string, string>>;

/** Rows of a list from `offset` on, each told apart as far as possible. */
export interface ListedPage {
  readonly entries: readonly Entry[];
  readonly perPage: number;
  readonly total: number | null;
}

interface Place {
  readonly path: string;
  readonly params: Params;
  readonly offset: number;
  /** The highest id before `offset`; 0 = none. */
  readonly lastId: number;
  readonly signal: AbortSignal | undefined;
}

/** Rows in a row that cannot be told apart, and ids that may stand in a gap: beyond it the list is not usable. */
const MOST_DAMAGED = 50;
const MOST_CANDIDATES = 200;
/** Attempts at one row, and at one record's own address. */
const ATTEMPTS = 2;
const giveUp = (error: unknown, attempt: number): boolean => attempt >= ATTEMPTS && mayBeTooBig(error);

/**
 * A page whose rows the shop could list. Behind its end more rows are read until one can be told apart: the next page
 * has to overlap with it.
 */
export async function fromItems(client: WooClient, place: Place, items: readonly unknown[], rest: Rest) {
  const entries = items.map(entryOf);
  const isEnd = isLast(place.offset, { ids: entries.map(({ id }) => id), ...rest });
  const { total } = isEnd ? rest : await readOn(client, place, entries, rest);
  return told(client, place, { entries, perPage: rest.perPage, total });
}

type Rest = Pick<ListedPage, 'perPage' | 'total'>;

/**
 * The shop cannot build even the smallest page at `offset`: each of its rows for itself (D9). What fails alone while
 * the shop answers otherwise is damaged. Throws `failure` when nothing shows that the shop works.
 */
export async function rowByRow(client: WooClient, place: Place, failure: unknown): Promise<ListedPage> {
  const entries: Entry[] = [];
  const rest = await readOn(client, place, entries, { perPage: SMALLEST_PAGE, total: null });
  const works = entries.some(({ raw }) => raw !== undefined) || (await answers(client, place));
  if (!works) throw failure;
  return told(client, place, { entries, ...rest });
}

/** Does the shop answer when none of its records is asked for? */
export async function answers(client: WooClient, { path, signal }: Pick<Place, 'path' | 'signal'>): Promise<boolean> {
  try {
    await client.list(path, { params: { include: NOBODY, per_page: 1 }, giveUp: () => true, signal });
    return true;
  } catch (error) {
    if (mayBeTooBig(error)) return false;
    throw error;
  }
}
/** An id that no shop has reached. */
const NOBODY = 999_999_999_999;

/**
 * Appends single rows until the page can be gone on from: two rows at least, the last one known, or the end of the list.
 * A whole page is only lengthened when its end is not known.
 */
async function readOn(client: WooClient, place: Place, entries: Entry[], { perPage, total }: Rest): Promise<Rest> {
  const { path, params, offset, signal } = place;
  let size = total;
  for (let more = 0; more < MOST_DAMAGED && wantsMore(entries, offset, size); more += 1) {
    const at = offset + entries.length;
    try {
      const page = await client.list(path, { params: { ...params, offset: at, per_page: 1 }, giveUp, signal });
      size = page.items.length === 0 ? at : (page.total ?? size);
      entries.push(...page.items.slice(0, 1).map(entryOf));
    } catch (error) {
      if (!mayBeTooBig(error)) throw error;
      entries.push({ id: null, damage: damageOf(error) });
    }
  }
  return { perPage, total: size };
}

function wantsMore(entries: readonly Entry[], offset: number, total: number | null): boolean {
  if (total !== null && offset + entries.length >= total) return false;
  return entries.length < SMALLEST_PAGE || entries.at(-1)?.id === null;
}

/** Finds out which records the damaged rows are, from the shop's word or from their neighbours. */
async function told(client: WooClient, place: Place, page: ListedPage): Promise<ListedPage> {
  const entries = [...page.entries];
  for (const [index, entry] of entries.entries()) {
    if (entry.damage === undefined || entry.id !== null || entry.name !== undefined) continue;
    const lowest = entries.slice(0, index).findLast(({ id }) => id !== null)?.id ?? place.lastId;
    const highest = entries.slice(index + 1).find(({ id }) => id !== null)?.id ?? null;
    const id = await listedId(client, place, index);
    const own = id === null ? await inGap(client, place, lowest, highest) : await atItsAddress(client, place, id);
    entries[index] = own ?? { id, name: `after-${lowest}`, damage: entry.damage };
  }
  return { ...page, entries };
}

/** Some plugins break only what is shown of a record, not its id. */
async function listedId(client: WooClient, { path, params, offset, signal }: Place, index: number) {
  try {
    const bare = { ...params, _fields: 'id', offset: offset + index, per_page: 1 };
    const { items } = await client.list(path, { params: bare, giveUp: () => true, signal });
    return entryOf(items[0]).id;
  } catch (error) {
    if (mayBeTooBig(error)) return null;
    throw error;
  }
}

/** Asks for each id between two known ones at its own address: the one that is there and cannot be shown is meant. */
async function inGap(client: WooClient, place: Place, lowest: number, highest: number | null): Promise<Entry | null> {
  const end = Math.min(highest ?? Number.POSITIVE_INFINITY, lowest + MOST_CANDIDATES + 1);
  for (let id = lowest + 1; id < end; id += 1) {
    const entry = await atItsAddress(client, place, id);
    if (entry === null) continue;
    if (entry.raw === undefined || isListed(entry.raw.status, place.params.status)) return entry;
  }
  return null;
}

/** Is a record of this status in the list that was read? */
function isListed(status: unknown, listed: string | undefined): boolean {
  if (listed === undefined) return true;
  return listed === 'any' ? status !== 'trash' : listed.split(',').includes(String(status));
}

/** One record at its own address; null = the shop does not have it. Something else in its place is damage. */
export async function atItsAddress(
  client: WooClient,
  { path, signal }: Pick<Place, 'path' | 'signal'>,
  id: number,
): Promise<Entry | null> {
  try {
    const answer = await orMissing(client.get(`${path}/${id}`, { signal, giveUp }));
    if (answer === undefined) return null;
    const entry = entryOf(answer.body);
    return entry.raw !== undefined && entry.id !== id
      ? { id, damage: unreadable('it has another id') }
      : { ...entry, id };
  } catch (error) {
    if (!mayBeTooBig(error)) throw error;
    return { id, damage: damageOf(error) };
  }
}

export function damageOf(error: unknown): Damage {
  if (!(error instanceof TillstreamError)) throw error;
  const isLarge = error.detail.reason === 'too_large' || error.code === 'source_too_large';
  return { code: isLarge ? 'source_too_large' : 'source_unreadable', message: error.message };
}
