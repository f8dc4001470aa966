import type { Buyer, CanonicalOrder, OrderCharge, OrderLine } from '@tillstream/contracts';
import { parseMinor, TillstreamError } from '@tillstream/kernel';
import type { z } from 'zod';
import { type WooFee, type WooLine, WooOrder, type WooTaxLine } from './order-schema.js';
import { describeIssue, plain, toAddress, type Unreadable, unreadable as unreadableRecord } from './parts.js';

export type ParsedOrder = { readonly ok: true; readonly order: CanonicalOrder } | Unreadable;

/** A raw order of `wc/v3` as the canonical order. Pure; never throws for input. */
export function parseOrder(raw: unknown): ParsedOrder {
  const read = WooOrder.safeParse(raw);
  if (!read.success) return unreadable(raw, describeIssue('an order', raw, read.error));
  const dated = saleDate(read.data);
  if (dated === null) {
    return { ...unreadable(raw, 'it has no date of creation, payment or completion'), code: 'source_date_missing' };
  }
  try {
    return { ok: true, order: toCanonical(read.data, dated) };
  } catch (error) {
    if (error instanceof TillstreamError && error.code === 'amount_invalid') return unreadable(raw, error.message);
    throw error;
  }
}

function toCanonical(woo: WooOrder, dated: SaleDate): CanonicalOrder {
  const minor = (text: string): number => parseMinor(text, woo.currency);
  return {
    source: 'woo',
    id: String(woo.id),
    number: woo.number === '' ? String(woo.id) : woo.number,
    status: woo.status,
    currency: woo.currency,
    ...dated,
    paidDate: localDate(woo.date_paid, woo.date_paid_gmt, woo),
    completedDate: localDate(woo.date_completed, woo.date_completed_gmt, woo),
    modifiedAt: `${woo.date_modified_gmt ?? woo.date_created_gmt ?? woo.date_created ?? `${dated.createdDate}T00:00:00`}.000Z`,
    totalMinor: minor(woo.total),
    totalTaxMinor: minor(woo.total_tax),
    buyer: toBuyer(woo),
    paymentMethod: woo.payment_method,
    paymentMethodTitle: plain(woo.payment_method_title),
    transactionId: woo.transaction_id,
    lines: woo.line_items.map((line) => toLine(line, minor)),
    fees: woo.fee_lines.map((fee) => toCharge(fee, fee.name, minor)),
    shipping: woo.shipping_lines.map((line) => toCharge(line, line.method_title, minor)),
    taxLines: woo.tax_lines.map((line) => toTaxLine(line, minor)),
    ...(woo.parent_id !== null && { parentId: woo.parent_id }),
    ...giftCardsOf(woo, minor),
    couponCodes: woo.coupon_lines.map(({ code }) => plain(code)),
    refunds: woo.refunds.map(({ id, reason, total }) => ({ id, reason: plain(reason), amountMinor: 0 - minor(total) })),
  };
}

type SaleDate = Pick<CanonicalOrder, 'createdDate' | 'dateBasis'>;

/** B18: an order that lost its date of creation (moves between storages) is dated by what else is known of it. */
function saleDate(woo: WooOrder): SaleDate | null {
  if (woo.date_created !== null) return { createdDate: dateOf(woo.date_created) };
  const paid = localDate(woo.date_paid, woo.date_paid_gmt, woo);
  if (paid !== null) return { createdDate: paid, dateBasis: 'paid' };
  const completed = localDate(woo.date_completed, woo.date_completed_gmt, woo);
  return completed === null ? null : { createdDate: completed, dateBasis: 'completed' };
}

function giftCardsOf(woo: WooOrder, minor: Minor): Pick<CanonicalOrder, 'giftCards'> {
  const cards = woo.gift_cards.map(({ code, amount }) => ({ code: plain(code), amountMinor: Math.abs(minor(amount)) }));
  const used = cards.filter(({ amountMinor }) => amountMinor !== 0);
  return used.length === 0 ? {} : { giftCards: used };
}

type Minor = (text: string) => number;
type WooCharge = Omit<z.infer<typeof WooFee>, 'name'>;

function toLine(line: z.infer<typeof WooLine>, minor: Minor): OrderLine {
  const { product_id: productId, variation_id: variationId, sku, subtotal } = line;
  // A count that cannot be read does no harm: the amount is the truth, and one piece of it is the same money (B12).
  const quantity = line.quantity ?? '1';
  return {
    ...toCharge(line, line.name, minor),
    productId,
    variationId,
    sku: sku || null,
    quantity,
    subtotalMinor: minor(subtotal ?? line.total),
  };
}

function toCharge(charge: WooCharge, name: string, minor: Minor): OrderCharge {
  return {
    id: charge.id,
    name: plain(name),
    totalMinor: minor(charge.total),
    totalTaxMinor: minor(charge.total_tax),
    taxes: charge.taxes.flatMap(({ id, total }) => (total === null ? [] : [{ rateId: id, amountMinor: minor(total) }])),
  };
}

function toTaxLine(line: WooTaxLine, minor: Minor): CanonicalOrder['taxLines'][number] {
  return {
    rateId: line.rate_id,
    label: plain(line.label === '' ? line.rate_code : line.label),
    ratePercent: line.rate_percent ?? '0',
    compound: line.compound,
    taxMinor: minor(line.tax_total),
    shippingTaxMinor: minor(line.shipping_tax_total),
  };
}

function toBuyer(woo: WooOrder): Buyer {
  return {
    id: woo.customer_id,
    email: woo.billing.email.trim(),
    phone: woo.billing.phone.trim(),
    billing: toAddress(woo.billing),
    shipping: toAddress(woo.shipping),
  };
}

type Stamp = string | null | undefined;

/**
 * The calendar date in the shop's zone (B2). Whether it happened is told by the UTC twin (B3). No zone is asked for: a
 * shop may say "UTC" whatever its clock shows, but its own two readings of the creation tell how far apart they are.
 */
function localDate(local: Stamp, gmt: Stamp, created: Pick<WooOrder, 'date_created' | 'date_created_gmt'>) {
  if (!gmt) return null;
  if (local) return dateOf(local);
  const offsetMs =
    created.date_created && created.date_created_gmt
      ? utcMs(created.date_created) - utcMs(created.date_created_gmt)
      : 0;
  return dateOf(new Date(utcMs(gmt) + offsetMs).toISOString());
}

const utcMs = (stamp: string): number => Date.parse(`${stamp}Z`);

function dateOf(stamp: string): string {
  return stamp.slice(0, 10);
}

const unreadable = (raw: unknown, reason: string): Unreadable => unreadableRecord('Order', raw, reason);
