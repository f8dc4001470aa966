/**
 * UTC times the way the shop compares them: `YYYY-MM-DDTHH:MM:SS`, whole seconds, without `Z`. As text they sort like
 * times. Bounds are sent like this with `dates_are_gmt=true`: with a `Z` the shop would shift them by its zone.
 */
export type UtcSecond = string;

export const FIRST_SECOND: UtcSecond = '1970-01-01T00:00:00';

/**
 * A bound whose clock reading lies in the hour that the shop's zone skips in spring is moved on by an hour (facts,
 * section 3). Reading from more than an hour earlier makes that harmless, and covers seconds still being written.
 */
export const OVERLAP_SECONDS = 65 * 60;

/** The second that contains the instant. */
export function utcSecond(ms: number): UtcSecond {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19);
}

export function msOf(second: UtcSecond): number {
  return Date.parse(`${second}Z`);
}

/** `second` minus the overlap, never before 1970. */
export function withOverlap(second: UtcSecond): UtcSecond {
  return utcSecond(Math.max(0, msOf(second) - OVERLAP_SECONDS * 1000));
}

export function later(a: UtcSecond, b: UtcSecond): UtcSecond {
  return a > b ? a : b;
}

/** A value is a UTC second of the shop: dates that WordPress left empty or zero are not. */
export function isUtcSecond(value: unknown): value is UtcSecond {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(value) && !Number.isNaN(msOf(value));
}
