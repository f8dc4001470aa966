import { gmtStamp, localStamp } from './domain/dates.js';
import type { Address, ShopCustomer, ShopOrder, ShopRefund, Site } from './domain/shop.js';

export type Json = Record<string, unknown>;

export function dates(name: string, at: number | null, zone: string): Json {
  return {
    [name]: at === null ? null : localStamp(at, zone),
    [`${name}_gmt`]: at === null ? null : gmtStamp(at),
  };
}

/** A shipping address has no e-mail. */
function shippingAddress(address: Address): Json {
  const shown: Json = { ...address };
  delete shown['email'];
  return shown;
}

/** An order as the REST API shows it, with what a plugin overwrote or dropped. */
export function orderBody(order: ShopOrder, site: Site, baseUrl: string): Json {
  return withOverrides(order, {
    id: order.id,
    parent_id: 0,
    status: order.status,
    version: site.wooVersion,
    ...dates('date_created', order.createdAt, site.zone),
    ...dates('date_modified', order.modifiedAt, site.zone),
    customer_id: order.customerId,
    order_key: `wc_order_${order.id}`,
    billing: order.billing,
    shipping: shippingAddress(order.shipping),
    payment_method: order.paymentMethod,
    payment_method_title: order.paymentMethodTitle,
    transaction_id: order.transactionId,
    customer_ip_address: '',
    customer_user_agent: '',
    created_via: order.createdVia,
    customer_note: order.customerNote,
    ...dates('date_completed', order.completedAt, site.zone),
    ...dates('date_paid', order.paidAt, site.zone),
    cart_hash: '',
    number: order.number,
    meta_data: order.metaData,
    ...order.money,
    refunds: order.refunds.map((refund) => ({ id: refund.id, reason: refund.reason, total: negated(refund.amount) })),
    payment_url: `${baseUrl}/checkout/order-pay/${order.id}/?pay_for_order=true&key=wc_order_${order.id}`,
    is_editable: ['pending', 'on-hold', 'auto-draft'].includes(order.status),
    needs_payment: ['pending', 'failed'].includes(order.status),
    needs_processing: order.status === 'processing',
    _links: { self: [{ href: `${baseUrl}/wp-json/wc/v3/orders/${order.id}` }] },
  });
}

/** What a plugin overwrote in an answer, and what it dropped. */
export function withOverrides(
  { overrides, omit }: { overrides?: Readonly<Record<string, unknown>>; omit?: readonly string[] },
  body: Json,
): Json {
  const shown: Json = { ...body, ...overrides };
  for (const field of omit ?? []) delete shown[field];
  return shown;
}

function negated(amount: string): string {
  return amount.startsWith('-') ? amount.slice(1) : `-${amount}`;
}

/** A refund below its order, or with `parent_id` in the list over all orders. */
export function refundBody(refund: ShopRefund, orderId: number, site: Site, baseUrl: string, withParent = false): Json {
  const order = `${baseUrl}/wp-json/wc/v3/orders/${orderId}`;
  return {
    id: refund.id,
    ...(withParent ? { parent_id: orderId } : {}),
    ...dates('date_created', refund.createdAt, site.zone),
    amount: refund.amount,
    reason: refund.reason,
    refunded_by: 1,
    refunded_payment: false,
    meta_data: [],
    line_items: refund.lineItems,
    shipping_lines: refund.shippingLines ?? [],
    tax_lines: refund.taxLines ?? [],
    fee_lines: refund.feeLines ?? [],
    _links: {
      self: [{ href: `${order}/refunds/${refund.id}` }],
      collection: [{ href: `${order}/refunds` }],
      up: [{ href: order }],
    },
  };
}

export function customerBody(customer: ShopCustomer, site: Site, baseUrl: string): Json {
  const collection = `${baseUrl}/wp-json/wc/v3/customers`;
  return withOverrides(customer, {
    id: customer.id,
    ...dates('date_created', customer.createdAt, site.zone),
    ...dates('date_modified', customer.modifiedAt, site.zone),
    email: customer.email,
    first_name: customer.firstName,
    last_name: customer.lastName,
    role: customer.role ?? 'customer',
    username: customer.username,
    billing: customer.billing,
    shipping: shippingAddress(customer.shipping ?? customer.billing),
    is_paying_customer: customer.isPaying ?? true,
    avatar_url: '',
    meta_data: customer.metaData ?? [],
    _links: { self: [{ href: `${collection}/${customer.id}` }], collection: [{ href: collection }] },
  });
}
