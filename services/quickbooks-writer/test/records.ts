import type { CanonicalCustomer, CanonicalProduct } from '@tillstream/contracts';
import { makeOrder } from './orders.js';

/** The record of the buyer of `makeOrder`, unless said otherwise. */
export function makeCustomer(id = '7', change: Partial<CanonicalCustomer> = {}): CanonicalCustomer {
  const { email, phone, billing, shipping } = makeOrder('1').buyer;
  return { source: 'woo', id, email, firstName: 'Ann', lastName: 'Baker', phone, billing, shipping, ...change };
}

/** The product that the lines of `makeOrder` are about, unless said otherwise. */
export function makeProduct(id = '88', change: Partial<CanonicalProduct> = {}): CanonicalProduct {
  return {
    source: 'woo',
    id,
    parentId: null,
    type: 'simple',
    name: 'Mug',
    sku: 'MUG',
    parentSku: null,
    status: 'publish',
    priceMinor: 1000,
    currency: 'USD',
    ...change,
  };
}
