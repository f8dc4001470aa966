import { formatDecimal, minorDigits } from '@tillstream/kernel';
import { currencyOf, decimal, id, list, money, type Row, type Source, source, text, time } from './fields.js';

/** A row of a table that belongs to an order, with the part of the source it comes from. */
export interface ChildRow extends Readonly<Record<string, unknown>> {
  readonly id: string;
  readonly raw: Source;
}

export function orderRow(raw: Source, refunds: readonly Source[]): Row {
  const currency = currencyOf(raw['currency']);
  const billing = source(raw['billing']);
  const shipping = source(raw['shipping']);
  return {
    number: text(raw['number']) ?? id(raw['id']),
    status: text(raw['status']),
    customer_id: id(raw['customer_id']),
    email: text(billing['email']),
    customer_name: nameOf(billing),
    company: text(billing['company']),
    phone: text(billing['phone']),
    billing_country: text(billing['country']),
    billing_postcode: text(billing['postcode']),
    shipping_country: text(shipping['country']),
    shipping_postcode: text(shipping['postcode']),
    currency,
    ...money('total', raw['total'], currency),
    ...money('total_tax', raw['total_tax'], currency),
    ...money('shipping_total', raw['shipping_total'], currency),
    ...money('discount_total', raw['discount_total'], currency),
    ...refunded(refunds, currency),
    payment_method: text(raw['payment_method']),
    payment_method_title: text(raw['payment_method_title']),
    transaction_id: text(raw['transaction_id']),
    created_via: text(raw['created_via']),
    customer_note: text(raw['customer_note']),
    created_at: time(raw['date_created_gmt']),
    modified_at: time(raw['date_modified_gmt']),
    paid_at: time(raw['date_paid_gmt']),
    completed_at: time(raw['date_completed_gmt']),
  };
}

function nameOf(billing: Source): string | null {
  const parts = [text(billing['first_name']), text(billing['last_name'])].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(' ');
}

const LINES = { line_items: 'product', shipping_lines: 'shipping', fee_lines: 'fee' } as const;

/** Lines that carry money, in the order's own order. Taxes and coupons are parts of them and stay in `raw`. */
export function lineRows(raw: Source, orderId: string): ChildRow[] {
  const currency = currencyOf(raw['currency']);
  const found = Object.entries(LINES).flatMap(([field, kind]) => list(raw[field]).map((line) => ({ line, kind })));
  return withOwnIds(found, orderId, ({ line }) => line).map(({ id: own, item: { line, kind } }, position) => ({
    id: own,
    position,
    kind,
    product_id: id(line['product_id']),
    variation_id: id(line['variation_id']),
    sku: text(line['sku']),
    name: text(line['name']) ?? text(line['method_title']),
    tax_class: text(line['tax_class']),
    currency,
    quantity: decimal(line['quantity']),
    ...money('subtotal', line['subtotal'] ?? line['total'], currency),
    ...money('total', line['total'], currency),
    ...money('total_tax', line['total_tax'], currency),
    raw: line,
  }));
}

/** Full refunds when they were read along, else what the order says about them. */
export function refundsOf(raw: Source, related: readonly unknown[] | undefined): readonly Source[] {
  return related === undefined ? list(raw['refunds']) : list(related);
}

export function refundRows(raw: Source, refunds: readonly Source[], orderId: string): ChildRow[] {
  const currency = currencyOf(raw['currency']);
  return withOwnIds(refunds, orderId, (refund) => refund).map(({ id: own, item: refund }) => ({
    id: own,
    reason: text(refund['reason']),
    currency,
    ...money('amount', amountOf(refund), currency),
    created_at: time(refund['date_created_gmt']),
    raw: refund,
  }));
}

/** Positive; the short form inside an order is negative. */
function amountOf(refund: Source): string | null {
  return decimal(refund['amount'] ?? refund['total'])?.replace(/^[+-]/, '') ?? null;
}

function refunded(refunds: readonly Source[], currency: string | null): Row {
  const amounts = refunds.map((refund) => money('amount', amountOf(refund), currency)['amount_minor']);
  if (currency === null || amounts.some((amount) => typeof amount !== 'number'))
    return { refunded_total_minor: null, refunded_total: null };
  const sum = amounts.reduce<number>((total, amount) => total + Number(amount), 0);
  if (!Number.isSafeInteger(sum)) return { refunded_total_minor: null, refunded_total: null };
  return { refunded_total_minor: sum, refunded_total: formatDecimal(sum, minorDigits(currency)) };
}

/** Ids are unique in the shop; what has none, or one twice, gets a name of its own below its order. */
function withOwnIds<T>(items: readonly T[], orderId: string, of: (item: T) => Source): { id: string; item: T }[] {
  const used = new Set<string>();
  return items.map((item, index) => {
    const given = id(of(item)['id']);
    const own = given === null || used.has(given) ? `${orderId}:${index}` : given;
    used.add(own);
    return { id: own, item };
  });
}
