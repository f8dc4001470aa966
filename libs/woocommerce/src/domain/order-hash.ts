import type { CanonicalOrder, Settings } from '@tillstream/contracts';
import { contentHash } from '@tillstream/kernel';

/** Two links differ by the request that built them; under HPOS any save moves the dates without changing a thing. */
const NOT_CONTENT: readonly string[] = ['_links', 'payment_url', 'date_modified', 'date_modified_gmt'];

/** Hash of a raw record's content: moves when something in the record changed, not when it was merely saved (D8). */
export function orderContentHash(raw: unknown): string {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return contentHash(raw);
  return contentHash(Object.fromEntries(Object.entries(raw).filter(([name]) => !NOT_CONTENT.includes(name))));
}

/** The settings that decide what of an order reaches QuickBooks. */
export interface WorkSettings {
  readonly orders: Pick<Settings['orders'], 'statuses'>;
  readonly quickbooks: Pick<Settings['quickbooks'], 'documentDate'>;
}

export type StatusGroup = 'selected' | 'cancelled' | 'other';

const CANCELLED: readonly string[] = ['cancelled', 'failed', 'trash', 'gone'];

/** What a status means for the books (B6). The selection wins: a shop may choose to sync failed orders. */
export function statusGroup(status: string, selected: readonly string[]): StatusGroup {
  if (selected.includes(status)) return 'selected';
  return CANCELLED.includes(status) ? 'cancelled' : 'other';
}

/**
 * Hash of what matters to QuickBooks: decides `unchanged`. Paying an order moves it (a Payment is due); completing it
 * does not, unless the completion date is the document's date.
 */
export function workHash(order: CanonicalOrder, { orders, quickbooks }: WorkSettings): string {
  const { modifiedAt: _modifiedAt, completedDate, status, ...rest } = order;
  return contentHash({
    ...rest,
    status: statusGroup(status, orders.statuses),
    ...(quickbooks.documentDate === 'completed' && { completedDate }),
  });
}
