import { localStamp } from './domain/dates.js';
import { shownProduct } from './routes.js';
import { variationBody } from './serialize-products.js';
import { type Json, customerBody, orderBody, refundBody } from './serialize.js';
import type { ShopStore } from './store.js';

/** The truth about one order, for comparing with what arrived elsewhere. Money as the API's strings. */
export interface OrderTruth {
  readonly id: number;
  readonly number: string;
  readonly status: string;
  readonly currency: string;
  readonly total: string;
  readonly totalTax: string;
  /** Site-local `YYYY-MM-DDTHH:MM:SS`. */
  readonly dateCreated: string;
  readonly datePaid: string | null;
  readonly dateCompleted: string | null;
  readonly paymentMethod: string;
  readonly transactionId: string;
  readonly customerId: number;
  readonly email: string;
  readonly lineCount: number;
  readonly refundTotal: number;
  /** The hold code for which this order was planted. */
  readonly planted?: string;
}

/** Every order of the shop in order of id, whatever its status, as the API would show its fields now. */
export function orderTruths(store: ShopStore): OrderTruth[] {
  return [...store.orders.values()]
    .toSorted((a, b) => a.id - b.id)
    .map((order) => {
      const shown = orderBody(order, store.site, '');
      const local = (at: number | null) => (at === null ? null : localStamp(at, store.site.zone));
      return {
        id: order.id,
        number: order.number,
        status: order.status,
        currency: String(shown['currency']),
        total: String(shown['total']),
        totalTax: String(shown['total_tax']),
        dateCreated: localStamp(order.createdAt, store.site.zone),
        datePaid: local(order.paidAt),
        dateCompleted: local(order.completedAt),
        paymentMethod: order.paymentMethod,
        transactionId: order.transactionId,
        customerId: order.customerId,
        email: order.billing.email,
        lineCount: order.money.line_items.length,
        refundTotal: order.refunds.reduce((total, refund) => total + Number(refund.amount), 0),
        ...(order.planted === undefined ? {} : { planted: order.planted }),
      };
    });
}

/** Exactly the JSON the API serves right now, for comparison with what arrived elsewhere. */
export class RawTruth {
  constructor(
    private readonly store: ShopStore,
    private readonly baseUrl: () => string,
  ) {}

  /** Undefined for an order that is not there (any more). */
  order(id: number): Json | undefined {
    const order = this.store.order(id);
    return order === undefined ? undefined : wire(orderBody(order, this.store.site, this.baseUrl()));
  }

  /** Every order, whatever its status, in order of id. */
  orders(): Json[] {
    return byId(this.store.orders.values()).map((order) => wire(orderBody(order, this.store.site, this.baseUrl())));
  }

  /** As `/orders/{id}/refunds` shows them (without `parent_id`), oldest first. */
  refunds(orderId: number): Json[] {
    const refunds = this.store.order(orderId)?.refunds ?? [];
    return byId(refunds).map((refund) => wire(refundBody(refund, orderId, this.store.site, this.baseUrl())));
  }

  /** Every account, whatever its role. */
  customers(): Json[] {
    return byId(this.store.customers.values()).map((each) => wire(customerBody(each, this.store.site, this.baseUrl())));
  }

  /** Products without variations, trashed ones included. */
  products(): Json[] {
    return byId(this.store.products.values())
      .filter(({ type }) => type !== 'variation')
      .map((each) => wire(shownProduct(this.store, each, this.baseUrl())));
  }

  /** Variations as their own route shows them, with the parent each belongs to; of one parent when given. */
  variations(parentId?: number): { readonly parentId: number; readonly raw: Json }[] {
    return byId(this.store.products.values()).flatMap((each) => {
      const parent = this.store.products.get(each.parentId);
      if (each.type !== 'variation' || parent === undefined) return [];
      if (parentId !== undefined && parent.id !== parentId) return [];
      return { parentId: parent.id, raw: wire(variationBody(each, parent, this.store.site, this.baseUrl())) };
    });
  }
}

function byId<T extends { readonly id: number }>(rows: Iterable<T>): T[] {
  return [...rows].toSorted((a, b) => a.id - b.id);
}

/** What is left of a body on the wire. */
function wire(body: Json): Json {
  return JSON.parse(JSON.stringify(body)) as Json;
}
