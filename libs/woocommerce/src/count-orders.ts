import type { WooClient } from './woo-client.js';

/**
 * How many orders the shop has per year of creation in its own time zone, years without any left out: the figures of
 * `start_date_missing`. `statuses` = those a run would book.
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
    return yearOf(items[0]?.date_created);
  };
  const [first, last] = [await edge('asc'), await edge('desc')];
  const perYear: Record<string, number> = {};
  if (first === undefined || last === undefined) return perYear;
  for (let year = first; year <= last; year += 1) {
    // A bare time without dates_are_gmt is site-local, under HPOS and without. Both bounds are exclusive.
    const bounds = { after: `${year - 1}-12-31T23:59:59`, before: `${year + 1}-01-01T00:00:00` };
    const { items, total } = await client.list('/wc/v3/orders', { params: { status, per_page: 1, ...bounds }, signal });
    // The total of an empty page means nothing (facts, section 3).
    if (items.length > 0) perYear[year] = total ?? items.length;
  }
  return perYear;
}

function yearOf(stamp: unknown): number | undefined {
  const year = typeof stamp === 'string' ? Number(stamp.slice(0, 4)) : Number.NaN;
  return year >= 1990 && year <= 2200 ? year : undefined;
}
