import type { CanonicalOrder, QuickBooksSettings } from '@tillstream/contracts';
import { formatMinor, minorDigits } from '@tillstream/kernel';
import { held, type Held } from './held.js';
import type { CompanyProfile } from './model.js';

/** What must be true of an order before anything is planned for it, in the order people should hear about it. */

/** Decimals of totals in QuickBooks. */
const QUICKBOOKS_DIGITS = 2;

/** The first reason to hold the order, or null. */
export function checkOrder(order: CanonicalOrder, settings: QuickBooksSettings, profile: CompanyProfile): Held | null {
  return (
    checkCurrency(order, profile) ??
    checkSign(order) ??
    checkNegativeTax(order) ??
    checkLines(order) ??
    checkRefunds(order) ??
    checkGiftCards(order, settings) ??
    checkPeriod(order, settings, profile) ??
    // With an override the order's tax is one figure: nothing else of its tax rows reaches the books (B13).
    (profile.isUs ? null : checkTaxSums(order, settings))
  );
}

/** B14. */
function checkCurrency(order: CanonicalOrder, profile: CompanyProfile): Held | null {
  if (order.currency !== profile.homeCurrency) {
    return held(
      'currency_unsupported',
      `Order ${order.number} over ${amount(order.totalMinor, order)} is in ${order.currency}; the company keeps its books in ${profile.homeCurrency || 'an unknown currency'}.`,
    );
  }
  const step = 10 ** Math.max(0, minorDigits(order.currency) - QUICKBOOKS_DIGITS);
  const finest = [order.totalMinor, order.totalTaxMinor, ...lineAmounts(order)].find((minor) => minor % step !== 0);
  if (finest === undefined) return null;
  return held(
    'currency_unsupported',
    `Order ${order.number} has the amount ${amount(finest, order)}; QuickBooks keeps two decimals.`,
  );
}

function lineAmounts(order: CanonicalOrder): number[] {
  return [
    ...order.lines.flatMap((line) => [line.subtotalMinor, line.totalMinor]),
    ...[...order.fees, ...order.shipping].map((charge) => charge.totalMinor),
    ...[...order.lines, ...order.fees, ...order.shipping].flatMap(({ taxes }) => taxes.map((tax) => tax.amountMinor)),
  ];
}

/** B14. */
function checkSign(order: CanonicalOrder): Held | null {
  if (order.totalMinor >= 0) return null;
  return held('negative_total', `Order ${order.number} has the total ${amount(order.totalMinor, order)}.`);
}

/** B13: known before anything is written. */
function checkNegativeTax(order: CanonicalOrder): Held | null {
  if (order.totalTaxMinor >= 0) return null;
  return held('negative_tax', `Order ${order.number} has the tax ${amount(order.totalTaxMinor, order)}.`);
}

/** B11: what a gift card paid is no discount, so it needs an account of its own. */
function checkGiftCards(order: CanonicalOrder, { accounts }: QuickBooksSettings): Held | null {
  const cards = order.giftCards ?? [];
  if (cards.length === 0 || accounts.giftCards !== undefined) return null;
  const paid = amount(sum(cards.map(({ amountMinor }) => amountMinor)), order);
  return held('gift_card_account_missing', `Order ${order.number}: gift cards lowered its total by ${paid}.`);
}

function checkLines(order: CanonicalOrder): Held | null {
  if (order.lines.length + order.fees.length + order.shipping.length > 0) return null;
  return held(
    'lines_missing',
    `Order ${order.number} over ${amount(order.totalMinor, order)} has no product, fee or shipping line.`,
  );
}

/** Refunds without money need no booking (B4); the others are not written by this version. */
export function checkRefunds(order: CanonicalOrder): Held | null {
  const refunds = order.refunds.filter(({ amountMinor }) => amountMinor !== 0);
  if (refunds.length === 0) return checkRefundedStatus(order);
  const sum = refunds.reduce((total, { amountMinor }) => total + Math.abs(amountMinor), 0);
  return held(
    'order_has_refunds',
    `Order ${order.number} over ${amount(order.totalMinor, order)} has ${refunds.length === 1 ? 'a refund' : `${refunds.length} refunds`} of ${amount(sum, order)}.`,
  );
}

/** B18: the shop says refunded, and no refund says how much. */
function checkRefundedStatus(order: CanonicalOrder): Held | null {
  if (order.status !== 'refunded' || order.totalMinor === 0) return null;
  return held('refund_missing', `Order ${order.number} over ${amount(order.totalMinor, order)} is marked refunded.`);
}

/** B2. */
function checkPeriod(
  order: CanonicalOrder,
  settings: QuickBooksSettings,
  { bookCloseDate }: CompanyProfile,
): Held | null {
  const date = documentDate(order, settings);
  if (!isClosed(date, bookCloseDate)) return null;
  return held('period_closed', `Order ${order.number} is dated ${date}; the books are closed up to ${bookCloseDate}.`);
}

/** B2: on or before the closing date nothing is written. */
export function isClosed(date: string, bookCloseDate: string | null): boolean {
  return bookCloseDate !== null && date <= bookCloseDate;
}

/** The sales document's calendar date (B2); the day of creation while the chosen event has not happened. */
export function documentDate(order: CanonicalOrder, settings: QuickBooksSettings): string {
  const chosen = { created: order.createdDate, paid: order.paidDate, completed: order.completedDate };
  return chosen[settings.documentDate] ?? order.createdDate;
}

/** B3: paid, and worth a payment. */
export function isPaid(order: CanonicalOrder): boolean {
  return order.paidDate !== null && order.totalMinor > 0;
}

/**
 * How far lines and total may differ, in minor units; equal is allowed (B1, contract section 4): half a unit per
 * product, fee, shipping and tax line, rounded up, plus one, at least 5.
 */
export function automaticBound(order: CanonicalOrder): number {
  const count = order.lines.length + order.fees.length + order.shipping.length + order.taxLines.length;
  return Math.max(5, Math.ceil(count / 2) + 1);
}

export function roundingBound(order: CanonicalOrder, settings: QuickBooksSettings): number {
  return settings.rounding.maxAdjustmentMinor ?? automaticBound(order);
}

/**
 * The tax of the lines and of the tax lines must explain `total_tax`. A setting narrower than the automatic bound does
 * not narrow this: it limits what is booked as rounding, and these differences are not booked.
 */
function checkTaxSums(order: CanonicalOrder, settings: QuickBooksSettings): Held | null {
  const charges = [...order.lines, ...order.fees, ...order.shipping];
  const bound = Math.max(roundingBound(order, settings), automaticBound(order));
  const sums: [string, number][] = [
    ['the tax of its lines', sum(charges.map((charge) => charge.totalTaxMinor))],
    ['the tax of its lines by rate', sum(charges.flatMap(({ taxes }) => taxes.map((tax) => tax.amountMinor)))],
    ['its tax lines', sum(order.taxLines.map((tax) => tax.taxMinor + tax.shippingTaxMinor))],
  ];
  for (const [what, total] of sums) {
    const difference = Math.abs(order.totalTaxMinor - total);
    if (difference > bound) {
      return held(
        'total_mismatch',
        `Order ${order.number} has the tax ${amount(order.totalTaxMinor, order)}, but ${what} add up to ${amount(total, order)}; the difference of ${amount(difference, order)} is above the ${amount(bound, order)} that rounding explains.`,
      );
    }
  }
  return null;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function amount(minor: number, { currency }: Pick<CanonicalOrder, 'currency'>): string {
  return `${formatMinor(minor, currency)} ${currency}`;
}
