import type { TaxRate } from './tax.js';

/** Money settings of the simulated shop. */
export interface MoneySettings {
  readonly currency: string;
  /** Decimals of prices: 0, 2 or 3. */
  readonly decimals: number;
  readonly pricesIncludeTax: boolean;
  /** "Round tax at subtotal level, instead of rounding per line": lines then no longer add up exactly. */
  readonly roundAtSubtotal: boolean;
}

export interface MetaData {
  readonly id: number;
  readonly key: string;
  readonly value: string;
  readonly display_key?: string;
  readonly display_value?: string;
}

/** What was put into the basket; everything else about money follows from it. */
export interface DraftLine {
  /** 0 for a product that was force-deleted. */
  readonly productId: number;
  readonly variationId: number;
  readonly name: string;
  readonly parentName: string | null;
  /** null for a force-deleted product, "" for one without SKU. */
  readonly sku: string | null;
  readonly imageId: number | '';
  /** Decimal string; plugins allow decimals. */
  readonly quantity: string;
  /** Catalogue price of one unit, with or without tax as the shop's setting says. */
  readonly price: string;
  /** "" is the standard class. */
  readonly taxClass: string;
  readonly rates: readonly TaxRate[];
  /** A net total typed in by hand: a discount without coupon. */
  readonly handTotal?: string;
  readonly metaData?: readonly Omit<MetaData, 'id'>[];
}

export interface DraftShipping {
  readonly methodId: string;
  readonly title: string;
  /** Net amount. */
  readonly total: string;
  readonly rates: readonly TaxRate[];
}

export interface DraftFee {
  readonly name: string;
  /** Net wish; negative fees are capped so that they never exceed what they reduce. */
  readonly amount: string;
  readonly taxClass: string;
  readonly taxable: boolean;
  readonly rates: readonly TaxRate[];
}

export interface DraftCoupon {
  readonly code: string;
  readonly type: 'percent' | 'fixed_cart' | 'fixed_product';
  readonly amount: string;
  readonly freeShipping?: boolean;
  /** Only lines of these products, when given. */
  readonly productIds?: readonly number[];
}

export interface OrderDraft {
  /** `checkout` merges equal lines and never goes below zero; `admin` does neither. */
  readonly path: 'checkout' | 'admin';
  readonly lines: readonly DraftLine[];
  readonly shipping: readonly DraftShipping[];
  readonly fees: readonly DraftFee[];
  readonly coupons: readonly DraftCoupon[];
}

export interface WireTax {
  readonly id: number;
  readonly total: string;
  readonly subtotal: string;
}

export interface LineItem {
  id: number;
  name: string;
  product_id: number;
  variation_id: number;
  quantity: number;
  tax_class: string;
  subtotal: string;
  subtotal_tax: string;
  total: string;
  total_tax: string;
  taxes: WireTax[];
  meta_data: MetaData[];
  sku: string | null;
  price: number;
  image: { id: number | ''; src: string };
  parent_name: string | null;
}

export interface TaxLine {
  id: number;
  rate_code: string;
  rate_id: number;
  label: string;
  compound: boolean;
  tax_total: string;
  shipping_tax_total: string;
  rate_percent: number;
  meta_data: MetaData[];
}

export interface ShippingLine {
  id: number;
  method_title: string;
  method_id: string;
  instance_id: string;
  total: string;
  total_tax: string;
  taxes: WireTax[];
  tax_status: 'taxable' | 'none';
  meta_data: MetaData[];
}

export interface FeeLine {
  id: number;
  name: string;
  tax_class: string;
  tax_status: 'taxable' | 'none';
  amount: string;
  total: string;
  total_tax: string;
  taxes: WireTax[];
  meta_data: MetaData[];
}

export interface CouponLine {
  id: number;
  code: string;
  discount: string;
  discount_tax: string;
  meta_data: MetaData[];
  discount_type: string;
  nominal_amount: number;
  free_shipping: boolean;
}

/** The money part of an order, in the API's own shapes. */
export interface OrderMoney {
  currency: string;
  prices_include_tax: boolean;
  discount_total: string;
  discount_tax: string;
  shipping_total: string;
  shipping_tax: string;
  cart_tax: string;
  total: string;
  total_tax: string;
  line_items: LineItem[];
  tax_lines: TaxLine[];
  shipping_lines: ShippingLine[];
  fee_lines: FeeLine[];
  coupon_lines: CouponLine[];
}
