import { z } from 'zod';
import {
  Decimal,
  DecimalOrNothing,
  Flag,
  isNothing,
  list,
  OptionalDecimal,
  orEmpty,
  Quantity,
  RecordId,
  Reference,
  requiredList,
  Text,
  Word,
} from './lenient.js';

/**
 * What must be readable in an order of `wc/v3`. Unknown fields pass, so that plugins and newer versions do no harm;
 * what the books depend on is strict. Amounts stay text here: their scale depends on the currency.
 */

/** A rate that does not apply to a line is listed with an empty total; that is not the same as a tax of zero. */
const Tax = z.object({ id: Word, total: DecimalOrNothing });
const Charge = { id: Word, total: OptionalDecimal, total_tax: OptionalDecimal, taxes: list(Tax) };

export const WooAddress = z.object({
  first_name: Text,
  last_name: Text,
  company: Text,
  address_1: Text,
  address_2: Text,
  city: Text,
  state: Text,
  postcode: Text,
  country: Word,
  email: Text,
  phone: Word,
});
export type WooAddress = z.infer<typeof WooAddress>;

export const WooLine = z.object({
  ...Charge,
  name: Text,
  product_id: Reference,
  variation_id: Reference,
  sku: Text,
  quantity: Quantity,
  subtotal: DecimalOrNothing,
});
export const WooFee = z.object({ ...Charge, name: Text });
export const WooShipping = z.object({ ...Charge, method_title: Text });
export const WooTaxLine = z.object({
  rate_id: Word,
  label: Text,
  rate_code: Text,
  rate_percent: Quantity,
  compound: Flag,
  tax_total: OptionalDecimal,
  shipping_tax_total: OptionalDecimal,
});
export type WooTaxLine = z.infer<typeof WooTaxLine>;

/** `YYYY-MM-DDTHH:MM:SS` without a zone, as WooCommerce prints dates; a time that exists, since it becomes a book date. */
const Stamp = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/)
  .refine(isTime);
/** Nothing, PHP's zero date included, or a date: what is neither is an error. */
const RequiredStamp = z.preprocess(
  (value) => (isNothing(value) || (typeof value === 'string' && value.startsWith('0000-00-00')) ? null : value),
  Stamp.nullable(),
);
/** A date that no calendar has is none: imports leave zeros. */
const OptionalStamp = Stamp.nullish().catch(null);

function isTime(stamp: string): boolean {
  const at = new Date(`${stamp}Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(stamp);
}

export const WooOrder = z.object({
  id: RecordId,
  number: Word,
  status: Word.pipe(z.string().min(1)),
  currency: z.string().regex(/^[A-Z]{3}$/),
  date_created: RequiredStamp,
  date_created_gmt: OptionalStamp,
  date_modified_gmt: OptionalStamp,
  date_paid: OptionalStamp,
  // Being paid puts money into the books: a date that cannot be read must not pass for "not paid".
  date_paid_gmt: RequiredStamp,
  date_completed: OptionalStamp,
  date_completed_gmt: OptionalStamp,
  total: Decimal,
  /** Strict like `total`: a missing tax must not be booked as none. */
  total_tax: Decimal,
  customer_id: Reference,
  parent_id: Reference,
  gift_cards: list(z.object({ code: Word, amount: OptionalDecimal })),
  billing: orEmpty(WooAddress),
  shipping: orEmpty(WooAddress),
  payment_method: Word,
  payment_method_title: Text,
  transaction_id: Text,
  line_items: requiredList(WooLine),
  fee_lines: list(WooFee),
  shipping_lines: list(WooShipping),
  tax_lines: list(WooTaxLine),
  coupon_lines: list(z.object({ code: Text })),
  refunds: list(z.object({ id: Word, reason: Text, total: Decimal })),
});
export type WooOrder = z.infer<typeof WooOrder>;
