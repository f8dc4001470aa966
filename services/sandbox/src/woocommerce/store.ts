import type { Clock } from '@tillstream/kernel';
import { CatalogueStore } from './catalogue-store.js';
import { sum, toMicro } from './domain/fixed.js';
import { type NextItemId, orderMoney } from './domain/order-money.js';
import { type RefundedItem, allItems, refundLines } from './domain/refunds.js';
import { DEFAULT_SITE, type ShopData, type ShopOrder, type ShopRefund, type Site } from './domain/shop.js';
import type { TaxRate } from './domain/tax.js';
import type { OrderDraft } from './domain/types.js';

/** Who changes an order decides whether its date_modified moves; the rows of the facts' table, as far as needed. */
export type Touch =
  /** A status, a customer note, a date, a new refund, trash: moves under either storage. */
  | 'order'
  /** Lines, money, meta, a save without change: moves under HPOS only. */
  | 'save'
  /** Direct item edits, deleted refunds, a product that disappears: moves nothing. */
  | 'silent';

/** What a new order needs; ids, times and money are filled in when left out. */
export type NewOrder = Pick<ShopOrder, 'status' | 'billing' | 'draft'> &
  Partial<Omit<ShopOrder, 'status' | 'billing' | 'draft'>>;

/** The shop's tables and the changes that can happen to them. */
export class ShopStore extends CatalogueStore {
  site: Site;
  readonly taxRates: TaxRate[] = [];
  readonly orders = new Map<number, ShopOrder>();
  #lastItemId = 1000;

  constructor(clock: Pick<Clock, 'now'>, site: Partial<Site> = {}, shop?: ShopData) {
    super(clock);
    this.site = { ...DEFAULT_SITE, ...shop?.site, ...site };
    if (shop !== undefined) this.load(shop);
  }

  readonly #nextItemId: NextItemId = () => {
    this.#lastItemId += 1;
    return this.#lastItemId;
  };

  /** Adds a generated shop; the data is copied, so that two sandboxes can serve the same one. */
  load(shop: ShopData): void {
    const copy = structuredClone(shop);
    this.taxRates.push(...copy.taxRates);
    for (const product of copy.products) this.products.set(product.id, product);
    for (const customer of copy.customers) this.customers.set(customer.id, customer);
    for (const order of copy.orders) this.orders.set(order.id, order);
    for (const order of copy.orders) {
      const refundIds = order.refunds.map((refund) => refund.id);
      const itemIds = order.money.line_items.map((line) => line.id);
      this.lastId = Math.max(this.lastId, order.id, ...refundIds);
      this.#lastItemId = Math.max(this.#lastItemId, ...itemIds.map((id) => id + 1000));
    }
    this.lastId = Math.max(this.lastId, ...this.products.keys(), ...this.customers.keys());
  }

  /** The order, or undefined; checkout drafts and trashed orders are orders too. */
  order(id: number): ShopOrder | undefined {
    return this.orders.get(id);
  }

  addOrder(input: NewOrder): ShopOrder {
    const now = this.now();
    const id = input.id ?? this.nextId();
    const order: ShopOrder = {
      id,
      number: String(id),
      createdVia: input.draft.path,
      customerId: 0,
      createdAt: now,
      modifiedAt: now,
      paidAt: null,
      completedAt: null,
      shipping: input.billing,
      paymentMethod: 'stripe',
      paymentMethodTitle: 'Card',
      transactionId: '',
      customerNote: '',
      money: input.money ?? orderMoney(input.draft, this.site, this.#nextItemId),
      refunds: [],
      metaData: [],
      ...input,
    };
    this.orders.set(id, order);
    this.lastId = Math.max(this.lastId, id);
    return order;
  }

  /** A save without any change. */
  touch(id: number): ShopOrder {
    return this.#change(id, 'save', () => {});
  }

  setStatus(id: number, status: string): ShopOrder {
    return this.#change(id, 'order', (order) => {
      order.status = status;
      if (status === 'completed') order.completedAt = this.now();
    });
  }

  setPaid(id: number, transactionId = ''): ShopOrder {
    return this.#change(id, 'order', (order) => {
      order.paidAt = this.now();
      order.transactionId = transactionId;
      if (!this.customers.has(order.customerId)) return;
      this.editCustomer(order.customerId, { isPaying: true });
    });
  }

  setNote(id: number, note: string): ShopOrder {
    return this.#change(id, 'order', (order) => {
      order.customerNote = note;
    });
  }

  /** Any field but the ids; `touch` says whose date moves (a REST edit of a billing e-mail is a `save`). */
  editOrder(id: number, fields: Partial<Omit<ShopOrder, 'id'>>, touch: Touch = 'save'): ShopOrder {
    return this.#change(id, touch, (order) => Object.assign(order, structuredClone(fields)));
  }

  /** New basket, new totals. */
  recalculate(id: number, draft: OrderDraft, touch: Touch = 'save'): ShopOrder {
    return this.#change(id, touch, (order) => {
      order.draft = draft;
      order.money = orderMoney(draft, { ...this.site, currency: order.money.currency }, this.#nextItemId);
    });
  }

  /** `wc_update_order_item_meta()` and the like: the line changes, no date moves, no total is recomputed. */
  editItemSilently(
    id: number,
    lineIndex: number,
    fields: { name?: string; quantity?: number; total?: string },
  ): ShopOrder {
    return this.#change(id, 'silent', (order) => {
      const line = order.money.line_items[lineIndex];
      if (line === undefined) throw new RangeError(`order ${id} has no line ${lineIndex}`);
      Object.assign(line, fields);
    });
  }

  /** Money back without units: the status stays, whatever the amount. Returns the refund's id. */
  addRefund(id: number, amount: string, reason = '', lineItems: readonly object[] = []): number {
    return this.#refund(id, { amount, reason, lineItems }, false);
  }

  /**
   * Gives back lines of an order. Without `amount` it is their sum; with one it need not be. An order whose total is
   * given back in full becomes `refunded`. Returns the refund's id.
   */
  refundItems(id: number, items: readonly RefundedItem[], options: { amount?: string; reason?: string } = {}): number {
    const order = this.orders.get(id);
    if (order === undefined) throw new RangeError(`no order ${id}`);
    const { amount, ...lines } = refundLines(order.money, items, this.site.decimals, this.#nextItemId);
    return this.#refund(id, { ...lines, amount: options.amount ?? amount, reason: options.reason ?? '' }, true);
  }

  /** Every line with all its units; the order becomes `refunded`. */
  refundFully(id: number, reason = ''): number {
    const order = this.orders.get(id);
    if (order === undefined) throw new RangeError(`no order ${id}`);
    return this.refundItems(id, allItems(order.money), { amount: order.money.total, reason });
  }

  #refund(id: number, refund: Omit<ShopRefund, 'id' | 'createdAt'>, closes: boolean): number {
    const refundId = this.nextId();
    this.#change(id, 'order', (order) => {
      order.refunds.push({ id: refundId, createdAt: this.now(), ...refund });
      const given = sum(order.refunds.map((each) => toMicro(each.amount)));
      if (closes && given >= toMicro(order.money.total)) order.status = 'refunded';
    });
    return refundId;
  }

  /** Final and silent: no date, no status. */
  deleteRefund(id: number, refundId: number): void {
    this.#change(id, 'silent', (order) => {
      order.refunds = order.refunds.filter((refund) => refund.id !== refundId);
    });
  }

  trash(id: number): ShopOrder {
    return this.setStatus(id, 'trash');
  }

  /** The row is gone; nothing announces it. */
  forceDelete(id: number): boolean {
    return this.orders.delete(id);
  }

  /** The daily job: checkout drafts older than a day disappear without a trace. Returns their ids. */
  expireDrafts(): number[] {
    const before = this.now() - 86_400_000;
    const expired = [...this.orders.values()].filter(
      (each) => each.status === 'checkout-draft' && each.modifiedAt < before,
    );
    for (const { id } of expired) this.orders.delete(id);
    return expired.map(({ id }) => id);
  }

  /** The product goes, its variations with it; the lines that sold it stay, without product, SKU and image, and no order's date moves. */
  forceDeleteProduct(id: number): void {
    this.products.delete(id);
    for (const variation of this.variationsOf(id)) this.products.delete(variation.id);
    for (const order of this.orders.values()) {
      for (const line of order.money.line_items) {
        if (line.product_id !== id && line.variation_id !== id) continue;
        Object.assign(line, { product_id: 0, variation_id: 0, sku: null, image: { id: 0, src: '' } });
      }
    }
  }

  #change(id: number, touch: Touch, change: (order: ShopOrder) => void): ShopOrder {
    const order = this.orders.get(id);
    if (order === undefined) throw new RangeError(`no order ${id}`);
    const before = order.modifiedAt;
    change(order);
    const moves = touch === 'order' || (touch === 'save' && this.site.hpos);
    order.modifiedAt = moves ? Math.max(before, this.now()) : order.modifiedAt;
    return order;
  }
}
