import { z } from 'zod';

/**
 * The canonical order: what every source reader produces and POS producers send (contract section 6). Amounts are
 * integers of the currency's minor unit and exclude tax unless said; local dates are calendar dates in the shop's zone.
 */
const Minor = z.int();
const LocalDate = z.iso.date();

/** Tax on one line by the source's tax rate id. */
export const LineTax = z.strictObject({ rateId: z.string(), amountMinor: Minor });

const Charge = {
  id: z.string(),
  name: z.string(),
  totalMinor: Minor,
  totalTaxMinor: Minor,
  taxes: z.array(LineTax),
};

export const OrderLine = z.strictObject({
  ...Charge,
  /** null = the product is gone or never was one. */
  productId: z.string().nullable(),
  variationId: z.string().nullable(),
  sku: z.string().nullable(),
  /** Decimal text: plugins make quantities fractional. */
  quantity: z.string(),
  /** Before coupons. */
  subtotalMinor: Minor,
});
export type OrderLine = z.infer<typeof OrderLine>;

export const OrderCharge = z.strictObject(Charge);
export type OrderCharge = z.infer<typeof OrderCharge>;

export const OrderTaxLine = z.strictObject({
  rateId: z.string(),
  label: z.string(),
  /** Percent as decimal text, e.g. "8.25". */
  ratePercent: z.string(),
  compound: z.boolean(),
  taxMinor: Minor,
  shippingTaxMinor: Minor,
});

export const Address = z.strictObject({
  firstName: z.string(),
  lastName: z.string(),
  company: z.string(),
  line1: z.string(),
  line2: z.string(),
  city: z.string(),
  state: z.string(),
  postcode: z.string(),
  /** ISO 3166 alpha-2 or "". */
  country: z.string(),
});
export type Address = z.infer<typeof Address>;

export const Buyer = z.strictObject({
  /** The source's customer id; null = guest. */
  id: z.string().nullable(),
  email: z.string(),
  phone: z.string(),
  billing: Address,
  shipping: Address,
});
export type Buyer = z.infer<typeof Buyer>;

export const OrderRefund = z.strictObject({ id: z.string(), reason: z.string(), amountMinor: Minor });

export const CanonicalOrder = z.strictObject({
  /** `woo` or `pos.<producer>`. */
  source: z.string(),
  /** Id within the source; the identity. */
  id: z.string(),
  /** For people; becomes DocNumber. */
  number: z.string(),
  status: z.string(),
  currency: z.string(),
  createdDate: LocalDate,
  paidDate: LocalDate.nullable(),
  completedDate: LocalDate.nullable(),
  modifiedAt: z.string(),
  totalMinor: Minor,
  totalTaxMinor: Minor,
  buyer: Buyer,
  /** Gateway slug, "" when none. */
  paymentMethod: z.string(),
  paymentMethodTitle: z.string(),
  transactionId: z.string(),
  lines: z.array(OrderLine),
  fees: z.array(OrderCharge),
  shipping: z.array(OrderCharge),
  taxLines: z.array(OrderTaxLine),
  /** Id of the order that this one was split from or belongs to (marketplaces, deposits; B17); absent = none. */
  parentId: z.string().optional(),
  /** What `createdDate` is when the source has no date of creation (B18); absent = the date of creation. */
  dateBasis: z.enum(['paid', 'completed']).optional(),
  /** Gift cards that lowered the total without being lines (B11), positive; absent = none. */
  giftCards: z.array(z.strictObject({ code: z.string(), amountMinor: Minor })).optional(),
  /** Coupon codes, for the discount line's name. */
  couponCodes: z.array(z.string()),
  refunds: z.array(OrderRefund),
});
export type CanonicalOrder = z.infer<typeof CanonicalOrder>;
