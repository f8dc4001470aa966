import { type ComputedFee, computeFees } from './fees.js';
import { type Micro, type Rounding, roundTo, sum, toMicro } from './fixed.js';
import { type ComputedCoupon, type ComputedLine, computeLines } from './lines.js';
import { type Taxes, addTaxes, calculateTax } from './tax.js';
import type { DraftShipping, MoneySettings, OrderDraft } from './types.js';

export interface ComputedShipping {
  readonly shipping: DraftShipping;
  readonly total: Micro;
  readonly taxes: Taxes;
}

/** Everything about an order's money before it is written into the API's shapes. Micro units of the currency. */
export interface ComputedOrder {
  readonly lines: readonly ComputedLine[];
  readonly shipping: readonly ComputedShipping[];
  readonly fees: readonly ComputedFee[];
  readonly coupons: readonly ComputedCoupon[];
  /** Tax per rate on lines and fees, and on shipping, as the order's tax lines show them. */
  readonly cartTaxes: Taxes;
  readonly shippingTaxes: Taxes;
  readonly discountTotal: Micro;
  readonly discountTax: Micro;
  readonly shippingTotal: Micro;
  readonly shippingTax: Micro;
  readonly cartTax: Micro;
  readonly totalTax: Micro;
  readonly total: Micro;
}

/**
 * WooCommerce's order totals. With per-line rounding every part is rounded before it is added and the sums are exact;
 * with round-at-subtotal the unrounded parts are added and only the sums rounded, so the shown lines miss the total
 * by up to half a unit each.
 */
export function computeOrder(draft: OrderDraft, settings: MoneySettings): ComputedOrder {
  const { lines, coupons } = computeLines(draft, settings);
  const shipping = draft.shipping.map((each) => computeShipping(each, settings));
  const shippingTotal = sum(shipping.map((each) => each.total));
  const bases = lines.map(({ line, total }) => ({
    net: lineAmount(total, settings),
    taxClass: line.taxClass,
    rates: line.rates,
  }));
  const fees = computeFees(draft, bases, shippingTotal, settings);
  const taxes = sumTaxes(lines, fees, shipping, settings);
  const parts = sum(bases.map((base) => base.net)) + sum(fees.map((fee) => fee.total)) + shippingTotal;
  const total = roundTo(parts + taxes.totalTax, settings.decimals);
  return {
    lines,
    shipping,
    fees,
    coupons,
    ...taxes,
    ...discounts(lines, settings),
    shippingTotal,
    total: draft.path === 'checkout' && total < 0n ? 0n : total,
  };
}

/** How a single tax amount is shown: taxes contained in prices round their ties down. */
export function roundTax(tax: Micro, settings: MoneySettings): Micro {
  const rounding: Rounding = settings.pricesIncludeTax ? 'half-down' : 'half-up';
  return roundTo(tax, settings.decimals, rounding);
}

function lineAmount(total: Micro, settings: MoneySettings): Micro {
  return settings.roundAtSubtotal ? total : roundTo(total, settings.decimals);
}

function computeShipping(shipping: DraftShipping, settings: MoneySettings): ComputedShipping {
  const total = roundTo(toMicro(shipping.total), settings.decimals);
  return {
    shipping,
    total,
    taxes: calculateTax(
      total,
      shipping.rates.filter((rate) => rate.shipping),
      false,
    ),
  };
}

interface TaxSums {
  readonly cartTaxes: Taxes;
  readonly shippingTaxes: Taxes;
  readonly cartTax: Micro;
  readonly shippingTax: Micro;
  readonly totalTax: Micro;
}

function sumTaxes(
  lines: readonly ComputedLine[],
  fees: readonly ComputedFee[],
  shipping: readonly ComputedShipping[],
  settings: MoneySettings,
): TaxSums {
  const perPart = (taxes: Taxes): Taxes =>
    settings.roundAtSubtotal ? taxes : new Map([...taxes].map(([id, tax]) => [id, roundTax(tax, settings)]));
  const cart = new Map<number, Micro>();
  for (const line of lines) addTaxes(cart, perPart(line.totalTaxes));
  for (const fee of fees) addTaxes(cart, perPart(fee.taxes));
  // Shipping and its tax are rounded per shipping line under either setting: their sums were always seen to hold.
  const onShipping = new Map<number, Micro>();
  for (const each of shipping) {
    addTaxes(onShipping, new Map([...each.taxes].map(([id, tax]) => [id, roundTax(tax, settings)])));
  }
  const merged = new Map(cart);
  addTaxes(merged, onShipping);
  return {
    cartTaxes: new Map([...cart].map(([id, tax]) => [id, roundTax(tax, settings)])),
    shippingTaxes: onShipping,
    cartTax: roundTax(sum(cart.values()), settings),
    shippingTax: sum(onShipping.values()),
    totalTax: sum([...merged.values()].map((tax) => roundTax(tax, settings))),
  };
}

/** Discounts are differences of unrounded lines, so they can miss the difference of the shown ones by a unit. */
function discounts(
  lines: readonly ComputedLine[],
  settings: MoneySettings,
): { discountTotal: Micro; discountTax: Micro } {
  const net = sum(lines.map((line) => line.subtotal - line.total));
  const tax = sum(lines.map((line) => sum(line.subtotalTaxes.values()) - sum(line.totalTaxes.values())));
  return { discountTotal: roundTo(net, settings.decimals), discountTax: roundTo(tax, settings.decimals) };
}
