import { type Micro, divide, format, sum, toMicro } from './fixed.js';
import type { NextItemId } from './order-money.js';
import type { FeeLine, LineItem, MetaData, OrderMoney, ShippingLine, TaxLine, WireTax } from './types.js';

/** What is given back of one line of an order. */
export interface RefundedItem {
  /** Id of a product, shipping or fee line of the order. */
  readonly item: number;
  /** Units of a product line; default all for a product line without `total`, else 0. */
  readonly quantity?: number;
  /** Net amount (positive decimal string); default the units' share of the line, or the whole shipping or fee line. */
  readonly total?: string;
  /** Tax by rate id (positive decimal strings); default the same share of the line's taxes. */
  readonly taxes?: Readonly<Record<number, string>>;
}

/** The lines of a refund as the API shows them, and what they add up to. */
export interface RefundLines {
  readonly lineItems: readonly object[];
  readonly shippingLines: readonly object[];
  readonly feeLines: readonly object[];
  readonly taxLines: readonly object[];
  /** Net and tax together, positive decimal string. */
  readonly amount: string;
}

interface Share {
  readonly net: Micro;
  readonly taxes: readonly { readonly id: number; readonly tax: Micro }[];
}

/** Negative twins of the named lines; an id the order does not have is ignored, as WooCommerce ignores it. */
export function refundLines(
  money: OrderMoney,
  items: readonly RefundedItem[],
  decimals: number,
  nextId: NextItemId,
): RefundLines {
  const maker = new RefundMaker(decimals, nextId);
  for (const item of items) {
    const line = money.line_items.find(({ id }) => id === item.item);
    const shipping = money.shipping_lines.find(({ id }) => id === item.item);
    const fee = money.fee_lines.find(({ id }) => id === item.item);
    if (line !== undefined) maker.addLine(line, item);
    if (shipping !== undefined) maker.addShipping(shipping, item);
    if (fee !== undefined) maker.addFee(fee, item);
  }
  return maker.finish(money.tax_lines);
}

/** Everything of an order, as a full refund gives it back. */
export function allItems(money: OrderMoney): RefundedItem[] {
  return [...money.line_items, ...money.shipping_lines, ...money.fee_lines].map(({ id }) => ({ item: id }));
}

class RefundMaker {
  readonly #lineItems: object[] = [];
  readonly #shippingLines: object[] = [];
  readonly #feeLines: object[] = [];
  readonly #shares: Share[] = [];
  readonly #cartTax = new Map<number, Micro>();
  readonly #shippingTax = new Map<number, Micro>();

  constructor(
    private readonly decimals: number,
    private readonly nextId: NextItemId,
  ) {}

  addLine(line: LineItem, item: RefundedItem): void {
    const quantity = item.quantity ?? (item.total === undefined ? line.quantity : 0);
    const share = this.#share(line, item, quantity, line.quantity);
    this.#count(share, this.#cartTax);
    const tax = this.#negative(sum(share.taxes.map((each) => each.tax)));
    this.#lineItems.push({
      ...line,
      id: this.nextId(),
      quantity: quantity === 0 ? 0 : -quantity,
      subtotal: this.#negative(share.net),
      subtotal_tax: tax,
      total: this.#negative(share.net),
      total_tax: tax,
      taxes: this.#wireTaxes(share, true),
      meta_data: [...line.meta_data, this.#refundedItem(line.id)],
    });
  }

  addShipping(line: ShippingLine, item: RefundedItem): void {
    this.#shippingLines.push({ ...line, ...this.#twin(line, item, this.#shippingTax) });
  }

  /** The amount of a refunded fee stays positive while its total is negative. */
  addFee(line: FeeLine, item: RefundedItem): void {
    this.#feeLines.push({ ...line, ...this.#twin(line, item, this.#cartTax) });
  }

  finish(taxLines: readonly TaxLine[]): RefundLines {
    const total = sum(this.#shares.flatMap(({ net, taxes }) => [net, ...taxes.map(({ tax }) => tax)]));
    const touched = taxLines.filter(({ rate_id: id }) => this.#cartTax.has(id) || this.#shippingTax.has(id));
    return {
      lineItems: this.#lineItems,
      shippingLines: this.#shippingLines,
      feeLines: this.#feeLines,
      taxLines: touched.map((line) => ({
        ...line,
        id: this.nextId(),
        tax_total: this.#negative(this.#cartTax.get(line.rate_id) ?? 0n),
        shipping_tax_total: this.#negative(this.#shippingTax.get(line.rate_id) ?? 0n),
      })),
      amount: format(total, this.decimals),
    };
  }

  #twin(line: ShippingLine | FeeLine, item: RefundedItem, taxes: Map<number, Micro>): object {
    const share = this.#share(line, item, 1, 1);
    this.#count(share, taxes);
    return {
      id: this.nextId(),
      total: this.#negative(share.net),
      total_tax: this.#negative(sum(share.taxes.map((each) => each.tax))),
      taxes: this.#wireTaxes(share, false),
      meta_data: [...line.meta_data, this.#refundedItem(line.id)],
    };
  }

  /** The refunded part of a line: as asked, or by its units. */
  #share(
    line: { readonly total: string; readonly taxes: readonly WireTax[] },
    item: RefundedItem,
    units: number,
    of: number,
  ): Share {
    const net = toMicro(line.total);
    const asked = item.total === undefined ? undefined : toMicro(item.total);
    const part = (amount: Micro): Micro => {
      if (asked !== undefined) return net === 0n ? 0n : this.#round(divide(amount * asked, net < 0n ? -net : net));
      return of === 0 ? 0n : this.#round(divide(amount * toMicro(String(units)), toMicro(String(of))));
    };
    const taxes = line.taxes.map(({ id, total }) => {
      const given = item.taxes?.[id];
      return { id, tax: given === undefined ? part(toMicro(total)) : toMicro(given) };
    });
    return { net: asked ?? part(net), taxes };
  }

  #count(share: Share, taxes: Map<number, Micro>): void {
    this.#shares.push(share);
    for (const { id, tax } of share.taxes) taxes.set(id, (taxes.get(id) ?? 0n) + tax);
  }

  #wireTaxes(share: Share, withSubtotal: boolean): WireTax[] {
    return share.taxes.map(({ id, tax }) => ({
      id,
      total: this.#negative(tax),
      subtotal: withSubtotal ? this.#negative(tax) : '',
    }));
  }

  #refundedItem(id: number): MetaData {
    const value = String(id);
    return {
      id: this.nextId(),
      key: '_refunded_item_id',
      value,
      display_key: '_refunded_item_id',
      display_value: value,
    };
  }

  #round(value: Micro): Micro {
    return toMicro(format(value, this.decimals));
  }

  #negative(value: Micro): string {
    return format(-value, this.decimals);
  }
}
