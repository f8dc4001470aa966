import { DateTime } from 'luxon';
import type { Random } from './random.js';

const DAY = 86_400_000;
const SPAN = 90 * DAY;

/** From this many orders on, one second holds more of them than a page can. */
export const BIG_SHOP = 300;
const BIG_TIE = 120;

/** Ascending instants over the 90 days before `endAt`, two days short of it. */
export function creationTimes(count: number, endAt: number, random: Random): number[] {
  const from = endAt - SPAN;
  const room = (SPAN - 2 * DAY) / 1000;
  return Array.from({ length: count }, () => from + random.int(0, room) * 1000).toSorted((a, b) => a - b);
}

/**
 * Most orders were last saved soon after they were made; a bulk edit gave many the same second, in a big shop more
 * than fit on one page, in the middle of the others so that a page edge falls inside.
 */
export function modificationTimes(created: readonly number[], endAt: number, random: Random): number[] {
  const tied = created.length >= BIG_SHOP ? BIG_TIE : Math.min(5, Math.floor(created.length / 3));
  const first = Math.floor((created.length - tied) / 2);
  const bulkAt = Math.max(endAt - SPAN, (created[first + tied - 1] ?? endAt) + 3_600_000);
  return created.map((at, index) =>
    index >= first && index < first + tied ? bulkAt : at + random.int(61, 7200) * 1000,
  );
}

/** An instant in the hour the site's clock shows twice (the second time), or any evening where it never does. */
export function momentInRepeatedHour(zone: string, endAt: number, random: Random): number {
  for (let at = Math.floor((endAt - 3 * DAY) / 3_600_000) * 3_600_000; at > endAt - SPAN; at -= 3_600_000) {
    const before = DateTime.fromMillis(at - 1, { zone }).offset;
    if (DateTime.fromMillis(at, { zone }).offset < before) return at + random.int(0, 3599) * 1000;
  }
  return endAt - 10 * DAY + random.int(0, 3599) * 1000;
}
