import type { RelatedRecords } from '@tillstream/contracts';
import { currencyOf, decimal, flag, id, list, money, type Row, type Source, source, text, time } from './fields.js';

export function customerRow(raw: Source): Row {
  const billing = source(raw['billing']);
  return {
    email: text(raw['email']),
    first_name: text(raw['first_name']),
    last_name: text(raw['last_name']),
    username: text(raw['username']),
    role: text(raw['role']),
    company: text(billing['company']),
    phone: text(billing['phone']),
    country: text(billing['country']),
    state: text(billing['state']),
    city: text(billing['city']),
    postcode: text(billing['postcode']),
    is_paying_customer: flag(raw['is_paying_customer']),
    created_at: time(raw['date_created_gmt']),
    modified_at: time(raw['date_modified_gmt']),
  };
}

export function productRow(raw: Source, related: RelatedRecords | undefined): Row {
  return { type: text(raw['type']), slug: text(raw['slug']), ...sold(raw, related) };
}

export function variationRow(raw: Source, related: RelatedRecords | undefined): Row {
  const options = list(raw['attributes']).flatMap((attribute) => text(attribute['option']) ?? []);
  return {
    parent_id: related?.parent?.id ?? id(raw['parent_id']),
    parent_name: text(related?.parent?.name),
    parent_sku: text(related?.parent?.sku),
    options: options.length === 0 ? null : options.join(', '),
    ...sold(raw, related),
  };
}

/** A product does not say its currency: it is the shop's, told along with it. */
function sold(raw: Source, related: RelatedRecords | undefined): Row {
  const currency = currencyOf(related?.currency);
  return {
    name: text(raw['name']),
    sku: text(raw['sku']),
    status: text(raw['status']),
    currency,
    ...money('price', raw['price'], currency),
    ...money('regular_price', raw['regular_price'], currency),
    ...money('sale_price', raw['sale_price'], currency),
    stock_quantity: decimal(raw['stock_quantity']),
    stock_status: text(raw['stock_status']),
    tax_status: text(raw['tax_status']),
    tax_class: text(raw['tax_class']),
    permalink: text(raw['permalink']),
    created_at: time(raw['date_created_gmt']),
    modified_at: time(raw['date_modified_gmt']),
  };
}
