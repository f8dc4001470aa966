import { DateTime } from 'luxon';

/** `YYYY-MM-DDTHH:MM:SS` of the site's wall clock, without zone, as the API prints it. */
export function localStamp(at: number, zone: string): string {
  return DateTime.fromMillis(at, { zone }).toFormat("yyyy-LL-dd'T'HH:mm:ss");
}

/** The same in UTC, also without `Z`: the `*_gmt` twin. */
export function gmtStamp(at: number): string {
  return new Date(at).toISOString().slice(0, 19);
}

/** The reading of the site's wall clock as if it were UTC, in ms: what the local date columns hold. */
export function wallClock(at: number, zone: string): number {
  return at + DateTime.fromMillis(at, { zone }).offset * 60_000;
}

export type DateColumn = 'gmt' | 'local';

export interface DateBound {
  readonly column: DateColumn;
  /** Milliseconds to compare the column with, strictly. */
  readonly value: number;
}

/** WordPress accepts a date only together with a time; `Z` or an offset may follow. */
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}(?::?\d{2})?)?$/;

/**
 * How a date filter is compared, undefined for a malformed date. The value is read in the site's zone (an offset in
 * it is honoured; a reading inside the missing hour of spring moves one hour on) and turned into the site's wall
 * clock. With `dates_are_gmt` that wall clock is compared with the UTC column as if it were UTC, which is why a `Z`
 * there is off by the site's offset. Otherwise orders in their own tables compare the instant, all else the wall clock.
 */
export function dateBound(
  text: string,
  options: { readonly zone: string; readonly datesAreGmt: boolean; readonly ownTables: boolean },
): DateBound | undefined {
  if (!DATE_TIME.test(text)) return undefined;
  const parsed = DateTime.fromISO(text.replace(' ', 'T').toUpperCase(), { zone: options.zone });
  if (!parsed.isValid) return undefined;
  const instant = Math.floor(parsed.toMillis() / 1000) * 1000;
  const wall = wallClock(instant, options.zone);
  if (options.datesAreGmt) return { column: 'gmt', value: wall };
  return options.ownTables ? { column: 'gmt', value: instant } : { column: 'local', value: wall };
}
