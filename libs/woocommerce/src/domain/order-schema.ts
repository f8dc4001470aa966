import { z } from 'zod';

/**
 * What must be readable in an order of `wc/v3`. Unknown fields pass, so that plugins and newer versions do no harm;
 * what the books depend on is strict. Amounts stay text here: their scale depends on the currency.
 */

/** Free text: plugins leave null or numbers where text is documented. */
export const Text = z
  .union([z.string(), z.number(), z.null()])
  .optional()
  .transform((value) => String(value ?? ''));

/** A decimal as text; plugins write numbers. Six decimals are the most WooCommerce itself ever keeps. */
export const Decimal = z.union([z.string(), z.number().transform((value) => value.toFixed(6))]);
/** An amount that may be left out or empty, which is zero. */
const OptionalDecimal = z
  .union([Decimal, z.null()])
  .optional()
  .transform((value) => (value === undefined || value === null || value.trim() === '' ? '0' : value));

const Id = z.union([z.int().min(0), z.string().min(1)]).transform(String);

/** A quantity or percentage as plain decimal text without float noise: 2.5 -> "2.5". */
const Quantity = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^-?\d*\.?\d+$/)
      .transform(Number),
  ])
  .transform(plainDecimal);

function plainDecimal(value: number): string {
  const text = value.toFixed(8).replace(/\.?0+$/, '');
  return text === '-0' ? '0' : text;
}

/** PHP prints an empty map as `[]`. */
export const orEmpty = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === null || value === undefined || Array.isArray(value) ? {} : value), schema);
export const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);

const Tax = z.object({ id: Id, total: OptionalTaxTotal() });
/** A rate that does not apply to a line is listed with an empty total; that is not the same as a tax of zero. */
function OptionalTaxTotal() {
  return z
    .union([Decimal, z.null()])
    .optional()
    .transform((value) => value ?? '');
}

const Charge = { id: Id, total: OptionalDecimal, total_tax: OptionalDecimal, taxes: list(Tax) };

export const WooAddress = z.object({
  first_name: Text,
  last_name: Text,
  company: Text,
  address_1: Text,
  address_2: Text,
  city: Text,
  state: Text,
  postcode: Text,
  country: Text,
  email: Text,
  phone: Text,
});
export type WooAddress = z.infer<typeof WooAddress>;

export const WooLine = z.object({
  ...Charge,
  name: Text,
  product_id: z.int().nullish(),
  variation_id: z.int().nullish(),
  sku: z.union([z.string(), z.number()]).nullish(),
  quantity: Quantity,
  subtotal: z.union([Decimal, z.null()]).optional(),
});
export const WooFee = z.object({ ...Charge, name: Text });
export const WooShipping = z.object({ ...Charge, method_title: Text });
export const WooTaxLine = z.object({
  rate_id: Id,
  label: Text,
  rate_code: Text,
  rate_percent: Quantity.nullish(),
  compound: z.boolean().nullish(),
  tax_total: OptionalDecimal,
  shipping_tax_total: OptionalDecimal,
});
export type WooTaxLine = z.infer<typeof WooTaxLine>;

/** `YYYY-MM-DDTHH:MM:SS` without a zone, as WooCommerce prints dates; a time that exists, since it becomes a book date. */
const Stamp = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/)
  .refine(isTime);

function isTime(stamp: string): boolean {
  const at = new Date(`${stamp}Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(stamp);
}

export const WooOrder = z.object({
  id: z.int().min(1),
  number: Text,
  status: z.string().min(1),
  currency: z.string().regex(/^[A-Z]{3}$/),
  date_created: Stamp,
  // No date of the books: an import that left them at zero does no harm.
  date_created_gmt: Stamp.nullish().catch(null),
  date_modified_gmt: Stamp.nullish().catch(null),
  date_paid: Stamp.nullish(),
  date_paid_gmt: Stamp.nullish(),
  date_completed: Stamp.nullish(),
  date_completed_gmt: Stamp.nullish(),
  total: Decimal,
  /** Strict like `total`: a missing tax must not be booked as none. */
  total_tax: Decimal,
  customer_id: z.int().nullish(),
  billing: orEmpty(WooAddress),
  shipping: orEmpty(WooAddress),
  payment_method: Text,
  payment_method_title: Text,
  transaction_id: Text,
  /** Strict: an order without its lines is damaged, not empty. */
  line_items: z.array(WooLine),
  fee_lines: list(WooFee),
  shipping_lines: list(WooShipping),
  tax_lines: list(WooTaxLine),
  coupon_lines: list(z.object({ code: Text })),
  refunds: list(z.object({ id: Id, reason: Text, total: Decimal })),
});
export type WooOrder = z.infer<typeof WooOrder>;
