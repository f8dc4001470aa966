import type { CanonicalCustomer, CanonicalOrder, CanonicalProduct, RowsPayload, Settings } from '@tillstream/contracts';
import { contentHash } from '@tillstream/kernel';

/** They differ by the request that built them. */
const LINKS: readonly string[] = ['_links', 'payment_url'];
/** Under HPOS any save moves the dates without changing a thing. */
const NOT_CONTENT: readonly string[] = [...LINKS, 'date_modified', 'date_modified_gmt'];

/** Hash of a raw record's content: moves when something in the record changed, not when it was merely saved (D8). */
export function orderContentHash(raw: unknown): string {
  return contentHash(without(NOT_CONTENT, raw));
}

/** Hash of what a mirror shows: the raw record with its dates, and what belongs to it and stands elsewhere. */
export function mirrorHash({ raw, related = {} }: RowsPayload): string {
  const { refunds, ...rest } = related;
  const shown = { ...rest, ...(refunds && { refunds: refunds.map((refund) => without(LINKS, refund)) }) };
  return contentHash({ raw: without(LINKS, raw), related: shown });
}

function without(names: readonly string[], raw: unknown): unknown {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return raw;
  return Object.fromEntries(Object.entries(raw).filter(([name]) => !names.includes(name)));
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

/** Hash of what of a customer matters to QuickBooks; that it bought something again does not. */
export function customerWorkHash(customer: CanonicalCustomer): string {
  return contentHash(customer);
}

/** Hash of what of a product matters to QuickBooks: sales, stock and texts do not. */
export function productWorkHash(product: CanonicalProduct): string {
  return contentHash(product);
}
