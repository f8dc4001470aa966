import { TransientError } from '@tillstream/kernel';

/** Pages shrink when a shop cannot build large ones (hundreds of lines per order, 30 s limits) and grow back slowly. */
export interface PageSize {
  readonly perPage: number;
  /** Pages that went well since the size last changed. */
  readonly calm: number;
}

/** WooCommerce allows no more than 100. */
export const LARGEST_PAGE = 100;
/** Two is the least: one row overlaps with the page before. */
export const SMALLEST_PAGE = 2;
const CALM_PAGES = 8;

export function afterGoodPage({ perPage, calm }: PageSize, largest: number): PageSize {
  if (perPage >= largest) return { perPage: largest, calm: 0 };
  return calm + 1 < CALM_PAGES ? { perPage, calm: calm + 1 } : { perPage: Math.min(largest, perPage * 2), calm: 0 };
}

export function halved(perPage: number): number {
  return Math.max(SMALLEST_PAGE, Math.floor(perPage / 2));
}

const TOO_BIG_STATUSES: readonly unknown[] = [500, 502, 504, 520, 522, 524];
const TOO_BIG_REASONS: readonly unknown[] = ['deadline', 'reset', 'truncated', 'too_large', 'not_json'];

/** May a smaller page succeed where this failed? An empty 200 counts: PHP dies so when it runs out of memory. */
export function mayBeTooBig(error: unknown): boolean {
  if (!(error instanceof TransientError)) return false;
  return TOO_BIG_STATUSES.includes(error.detail.httpStatus) || TOO_BIG_REASONS.includes(error.detail.reason);
}
