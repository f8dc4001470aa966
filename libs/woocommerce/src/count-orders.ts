import { TransientError } from '@tillstream/kernel';
import { membersOf } from './domain/entry.js';
import type { WooClient, WooPage } from './woo-client.js';

/**
 * How many orders the shop has per year of creation in its own time zone, years without any left out: the figures of
 * `start_date_missing`. `statuses` = those a run would book. A person decides by these figures, so what the shop does not
 * say is an error (`source_unavailable`) and never a guess.
 */
export async function countOrdersPerYear(
  client: WooClient,
  statuses: readonly string[],
  signal?: AbortSignal,
): Promise<Record<string, number>> {
  const status = statuses.join(',');
  const edge = async (order: 'asc' | 'desc'): Promise<number | undefined> => {
    const params = { status, orderby: 'date', order, per_page: 1 };
    const { items } = await client.list('/wc/v3/orders', { params, signal });
    return items.length === 0 ? undefined : yearOf(membersOf(items[0])['date_created']);
  };
  const [first, last] = [await edge('asc'), await edge('desc')];
  const perYear: Record<string, number> = {};
  if (first === undefined || last === undefined) return perYear;
  for (let year = first; year <= last; year += 1) {
    // A bare time without dates_are_gmt is site-local, under HPOS and without. Both bounds are exclusive.
    const bounds = { after: `${year - 1}-12-31T23:59:59`, before: `${year + 1}-01-01T00:00:00` };
    const { items, total } = await client.list('/wc/v3/orders', { params: { status, per_page: 1, ...bounds }, signal });
    // The total of an empty page means nothing (facts, section 3).
    if (items.length > 0) perYear[year] = totalOf({ items, total });
  }
  return perYear;
}

/** The page holds one order of the year at most: without the shop's total its own length would say 1. */
function totalOf({ items, total }: WooPage): number {
  if (total === null || total < items.length) throw uncountable('the shop does not say how many orders there are');
  return total;
}

function yearOf(stamp: unknown): number {
  const year = typeof stamp === 'string' ? Number(stamp.slice(0, 4)) : Number.NaN;
  if (year >= 1990 && year <= 2200) return year;
  throw uncountable('the date of an order at the end of the list cannot be read');
}

const uncountable = (message: string) => new TransientError('source_unavailable', message);
