import { localStamp } from './domain/dates.js';
import { orderBody } from './serialize.js';
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
