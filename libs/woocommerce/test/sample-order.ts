/** The sample order of the facts (section 5); values invented. */
export const SAMPLE_ORDER = {
  id: 1042,
  parent_id: 0,
  number: '1042',
  order_key: 'wc_order_x',
  created_via: 'checkout',
  version: '11.1.0',
  status: 'processing',
  currency: 'USD',
  prices_include_tax: false,
  customer_id: 0,
  date_created: '2026-11-22T21:15:04',
  date_created_gmt: '2026-11-23T05:15:04',
  date_modified: '2026-11-22T21:15:06',
  date_modified_gmt: '2026-11-23T05:15:06',
  date_paid: '2026-11-22T21:15:05',
  date_paid_gmt: '2026-11-23T05:15:05',
  date_completed: null,
  date_completed_gmt: null,
  discount_total: '4.00',
  discount_tax: '0.32',
  shipping_total: '5.00',
  shipping_tax: '0.40',
  cart_tax: '2.88',
  total_tax: '3.28',
  total: '44.28',
  billing: {
    first_name: 'Ann',
    last_name: 'Lee',
    company: 'Lee &amp; Daughters',
    address_1: '1 Elm St',
    address_2: '',
    city: 'Reno',
    state: 'NV',
    postcode: '89501',
    country: 'US',
    email: 'ann@example.com',
    phone: '',
  },
  shipping: {
    first_name: 'Ann',
    last_name: 'Lee',
    company: '',
    address_1: '',
    address_2: '',
    city: '',
    state: '',
    postcode: '',
    country: '',
  },
  payment_method: 'stripe',
  payment_method_title: 'Card',
  transaction_id: 'ch_1',
  line_items: [
    {
      id: 311,
      name: 'Mug &#8211; Blue',
      product_id: 88,
      variation_id: 91,
      quantity: 2,
      tax_class: '',
      subtotal: '40.00',
      subtotal_tax: '3.20',
      total: '36.00',
      total_tax: '2.88',
      taxes: [
        { id: 1, total: '2.88', subtotal: '3.20' },
        { id: 2, total: '', subtotal: '' },
      ],
      meta_data: [{ id: 9001, key: 'pa_color', value: 'blue', display_key: 'Color', display_value: 'Blue' }],
      sku: 'MUG-B',
      price: 18,
      image: { id: '', src: '' },
      parent_name: 'Mug',
    },
  ],
  tax_lines: [
    {
      id: 312,
      rate_code: 'US-NV-TAX-1',
      rate_id: 1,
      label: 'Tax',
      compound: false,
      tax_total: '2.88',
      shipping_tax_total: '0.40',
      rate_percent: 8.25,
      meta_data: [],
    },
  ],
  shipping_lines: [
    {
      id: 313,
      method_title: 'Flat rate',
      method_id: 'flat_rate',
      instance_id: '1',
      total: '5.00',
      total_tax: '0.40',
      taxes: [{ id: 1, total: '0.40', subtotal: '' }],
      tax_status: 'taxable',
      meta_data: [],
    },
  ],
  fee_lines: [] as unknown[],
  coupon_lines: [{ id: 314, code: 'save10', discount: '4', discount_tax: '0.32', meta_data: [] }],
  refunds: [{ id: 1050, reason: 'damaged', total: '-10.00' }],
  meta_data: [] as unknown[],
  payment_url: 'https://shop.example/pay/1042',
  _links: { self: [{ href: 'https://shop.example/wp-json/wc/v3/orders/1042' }] },
};

export type SampleOrder = typeof SAMPLE_ORDER;

/** A copy with some fields replaced. */
export function sampleOrder(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return { ...structuredClone(SAMPLE_ORDER), ...fields };
}

/** A copy whose only line has some fields replaced. */
export function withLine(fields: Record<string, unknown>): Record<string, unknown> {
  return sampleOrder({ line_items: [{ ...structuredClone(SAMPLE_ORDER.line_items[0]), ...fields }] });
}
