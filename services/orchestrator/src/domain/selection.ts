import type { RunSelection, Settings } from '@tillstream/contracts';

/** Statuses after which the books must lose a document they have (B6); trash and deleted count among them. */
const CANCELLED = new Set(['cancelled', 'failed', 'trash', 'gone']);

export type StatusGroup = 'selected' | 'cancelled' | 'other';

/** What a status means for the books. The selection wins: a shop may choose to sync failed orders. */
export function statusGroup(status: string, { statuses }: RunSelection): StatusGroup {
  if (statuses.includes(status)) return 'selected';
  return CANCELLED.has(status) ? 'cancelled' : 'other';
}

/** The part of the settings that decides which orders are taken. */
export function selectionOf(orders: Settings['orders']): RunSelection {
  const createdFrom = orders.createdFrom === 'all' ? null : orders.createdFrom;
  return { statuses: [...orders.statuses].sort(), createdFrom };
}

/** Does `next` take orders that `previous` left out? Then cursors taken under `previous` have gaps (D7). */
export function widens(previous: RunSelection, next: RunSelection): boolean {
  if (next.statuses.some((status) => !previous.statuses.includes(status))) return true;
  if (previous.createdFrom === null) return false;
  return next.createdFrom === null || next.createdFrom < previous.createdFrom;
}
