import { gmtStamp, localStamp } from './domain/dates.js';
import type { Address, ShopCustomer, ShopOrder, ShopProduct, ShopRefund, Site } from './domain/shop.js';

export type Json = Record<string, unknown>;

function dates(name: string, at: number | null, zone: string): Json {
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
  const body: Json = {
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
    ...order.overrides,
    _links: { self: [{ href: `${baseUrl}/wp-json/wc/v3/orders/${order.id}` }] },
  };
  for (const field of order.omit ?? []) delete body[field];
  return body;
}

function negated(amount: string): string {
  return amount.startsWith('-') ? amount.slice(1) : `-${amount}`;
}

export function refundBody(refund: ShopRefund, parentId: number | undefined, site: Site): Json {
  return {
    id: refund.id,
    ...(parentId === undefined ? {} : { parent_id: parentId }),
    ...dates('date_created', refund.createdAt, site.zone),
    amount: refund.amount,
    reason: refund.reason,
    refunded_by: 1,
    refunded_payment: false,
    meta_data: [],
    line_items: refund.lineItems,
    shipping_lines: [],
    tax_lines: [],
    fee_lines: [],
  };
}

/** Its own SKU, or the parent's for a variation that has none. */
export function shownSku(product: ShopProduct, parent: ShopProduct | undefined): string {
  return product.sku === '' && parent !== undefined ? parent.sku : product.sku;
}

export function productBody(
  product: ShopProduct,
  parent: ShopProduct | undefined,
  variations: readonly ShopProduct[],
  site: Site,
): Json {
  const variable = product.type === 'variable';
  return {
    id: product.id,
    name: product.name,
    slug: `product-${product.id}`,
    ...dates('date_created', product.createdAt, site.zone),
    ...dates('date_modified', product.modifiedAt, site.zone),
    type: product.type,
    status: product.status,
    sku: shownSku(product, parent),
    price: variable ? lowest(variations) : product.price,
    regular_price: variable ? '' : product.price,
    sale_price: '',
    virtual: false,
    downloadable: false,
    tax_status: product.taxable ? 'taxable' : 'none',
    tax_class: product.taxClass,
    manage_stock: false,
    stock_quantity: null,
    stock_status: 'instock',
    parent_id: product.parentId,
    images:
      product.imageId === '' ? [] : [{ id: product.imageId, src: `/media/${product.imageId}.jpg`, name: '', alt: '' }],
    attributes: product.attributes,
    variations: variations.map((each) => each.id),
    meta_data: [],
  };
}

/** A variation as its own route shows it: the short name, one image instead of a list. */
export function variationBody(variation: ShopProduct, parent: ShopProduct, site: Site): Json {
  const body = productBody(variation, parent, [], site);
  delete body['images'];
  delete body['variations'];
  return {
    ...body,
    name: variation.attributes.map((each) => each.option).join(', '),
    image: variation.imageId === '' ? null : { id: variation.imageId, src: `/media/${variation.imageId}.jpg` },
    manage_stock: 'parent',
  };
}

function lowest(variations: readonly ShopProduct[]): string {
  const [first] = variations.map((each) => each.price).toSorted((a, b) => Number(a) - Number(b));
  return first ?? '';
}

export function customerBody(customer: ShopCustomer, site: Site): Json {
  return {
    id: customer.id,
    ...dates('date_created', customer.createdAt, site.zone),
    ...dates('date_modified', customer.modifiedAt, site.zone),
    email: customer.email,
    first_name: customer.firstName,
    last_name: customer.lastName,
    role: 'customer',
    username: customer.username,
    billing: customer.billing,
    shipping: shippingAddress(customer.billing),
    is_paying_customer: true,
    avatar_url: '',
    meta_data: [],
  };
}
