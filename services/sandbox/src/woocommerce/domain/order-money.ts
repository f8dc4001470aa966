import { type ComputedOrder, computeOrder, roundTax } from './arithmetic.js';
import { type Micro, format, formatUnpadded, roundTo, sum, toMicro, toNumber } from './fixed.js';
import type { ComputedLine } from './lines.js';
import type { TaxRate, Taxes } from './tax.js';
import type { FeeLine, LineItem, MoneySettings, OrderDraft, OrderMoney, TaxLine, WireTax } from './types.js';

/** Hands out the ids of order lines; the shop has one sequence for all of them. */
export type NextItemId = () => number;

/** The money part of an order as the REST API shows it. */
export function orderMoney(draft: OrderDraft, settings: MoneySettings, nextId: NextItemId): OrderMoney {
  const order = computeOrder(draft, settings);
  const money = (value: Micro) => format(value, settings.decimals);
  return {
    currency: settings.currency,
    prices_include_tax: settings.pricesIncludeTax,
    discount_total: money(order.discountTotal),
    discount_tax: money(order.discountTax),
    shipping_total: money(order.shippingTotal),
    shipping_tax: money(order.shippingTax),
    cart_tax: money(order.cartTax),
    total: money(order.total),
    total_tax: money(order.totalTax),
    line_items: order.lines.map((line) => lineItem(line, settings, nextId)),
    tax_lines: taxLines(order, draft, settings, nextId),
    shipping_lines: order.shipping.map((each) => {
      const shown = wireTaxes(each.taxes, undefined, settings);
      return {
        id: nextId(),
        method_title: each.shipping.title,
        method_id: each.shipping.methodId,
        instance_id: '1',
        total: money(each.total),
        total_tax: money(sumShown(shown)),
        taxes: shown,
        tax_status: each.taxes.size > 0 ? 'taxable' : 'none',
        meta_data: [],
      };
    }),
    fee_lines: order.fees.map((each): FeeLine => {
      const shown = wireTaxes(each.taxes, undefined, settings);
      return {
        id: nextId(),
        name: each.fee.name,
        tax_class: each.fee.taxClass,
        tax_status: each.fee.taxable ? 'taxable' : 'none',
        amount: each.fee.amount,
        total: money(each.total),
        total_tax: money(sumShown(shown)),
        taxes: shown,
        meta_data: [],
      };
    }),
    coupon_lines: order.coupons.map(({ applied, discount, discountTax }) => ({
      id: nextId(),
      code: applied.coupon.code,
      discount: formatUnpadded(discount),
      discount_tax: formatUnpadded(discountTax),
      meta_data: [],
      discount_type: applied.coupon.type,
      nominal_amount: Number(applied.coupon.amount),
      free_shipping: applied.coupon.freeShipping ?? false,
    })),
  };
}

function lineItem(computed: ComputedLine, settings: MoneySettings, nextId: NextItemId): LineItem {
  const { line } = computed;
  const money = (value: Micro) => format(value, settings.decimals);
  const taxes = wireTaxes(computed.totalTaxes, computed.subtotalTaxes, settings);
  const subtotalTax = sum([...computed.subtotalTaxes.values()].map((tax) => roundTax(tax, settings)));
  const quantity = Number(line.quantity);
  return {
    id: nextId(),
    name: line.name,
    product_id: line.productId,
    variation_id: line.variationId,
    quantity,
    tax_class: line.taxClass,
    subtotal: money(computed.subtotal),
    subtotal_tax: money(subtotalTax),
    total: money(computed.total),
    total_tax: money(sumShown(taxes)),
    taxes,
    meta_data: (line.metaData ?? []).map((meta) => ({ id: nextId(), ...meta })),
    sku: line.sku,
    price: quantity === 0 ? 0 : toNumber(computed.total) / quantity,
    image: { id: line.imageId, src: line.imageId === '' || line.imageId === 0 ? '' : `/media/${line.imageId}.jpg` },
    parent_name: line.parentName,
  };
}

function wireTaxes(total: Taxes, subtotal: Taxes | undefined, settings: MoneySettings): WireTax[] {
  const shown = (tax: Micro) => format(roundTax(tax, settings), settings.decimals);
  return [...total].map(([id, tax]) => ({
    id,
    total: shown(tax),
    subtotal: subtotal === undefined ? '' : shown(subtotal.get(id) ?? 0n),
  }));
}

function sumShown(taxes: readonly WireTax[]): Micro {
  return sum(taxes.map((tax) => toMicro(tax.total)));
}

function taxLines(order: ComputedOrder, draft: OrderDraft, settings: MoneySettings, nextId: NextItemId): TaxLine[] {
  const known = new Map<number, TaxRate>();
  for (const { rates } of [...draft.lines, ...draft.shipping, ...draft.fees]) {
    for (const rate of rates) known.set(rate.id, rate);
  }
  const ids = new Set([...order.cartTaxes.keys(), ...order.shippingTaxes.keys()]);
  return [...ids].flatMap((id) => {
    const rate = known.get(id);
    if (rate === undefined) return [];
    return {
      id: nextId(),
      rate_code: rate.code,
      rate_id: id,
      label: rate.label,
      compound: rate.compound,
      tax_total: format(order.cartTaxes.get(id) ?? 0n, settings.decimals),
      shipping_tax_total: format(roundTo(order.shippingTaxes.get(id) ?? 0n, settings.decimals), settings.decimals),
      rate_percent: Number(rate.percent),
      meta_data: [],
    };
  });
}
