import type {
  CanonicalCustomer,
  CanonicalOrder,
  CanonicalProduct,
  WorkPayload,
  WrittenDocument,
} from '@tillstream/contracts';
import { assertNever } from '@tillstream/kernel';
import { buyerOf, customerIdentity, needOfProduct } from '@tillstream/quickbooks';
import { deliverCustomer } from './names/deliver-customer.js';
import { deliverOrder, orderDocuments } from './order/deliver-order.js';
import { deliverProduct } from './names/deliver-product.js';
import type { DeliveryEnv } from './delivery-env.js';
import type { DeliveryInput, DeliveryResult } from './delivery-result.js';
import { nameState, type RecordNameKind, writtenName } from './names/names.js';

/** A record of the source, by its entity. */
export type SourceRecord =
  | { readonly entity: 'orders'; readonly order: CanonicalOrder }
  | { readonly entity: 'customers'; readonly customer: CanonicalCustomer }
  | { readonly entity: 'products'; readonly product: CanonicalProduct };

/** The record that a piece of work carries; null = none. */
export function recordIn({ order, customer, product }: Nullable<WorkPayload>): SourceRecord | null {
  if (order) return { entity: 'orders', order };
  if (customer) return { entity: 'customers', customer };
  return product ? { entity: 'products', product } : null;
}
type Nullable<T> = { readonly [K in keyof T]?: T[K] | null };

/** `woo` of any record. */
export function sourceNameOf(record: SourceRecord): string {
  return contentOf(record).source;
}

/** For messages: ids and numbers, no names of people. */
export function subjectOf(record: SourceRecord): string {
  switch (record.entity) {
    case 'orders':
      return `Order ${record.order.number}`;
    case 'customers':
      return `Customer ${record.customer.source}:${record.customer.id}`;
    case 'products':
      return `Product ${record.product.source}:${record.product.id}`;
    default:
      return assertNever(record, 'record');
  }
}

/** Brings one record to QuickBooks. Re-entrant; throws a Hold or a Deferral. */
export function deliverRecord(env: DeliveryEnv, record: SourceRecord, input: DeliveryInput): Promise<DeliveryResult> {
  switch (record.entity) {
    case 'orders':
      return deliverOrder(env, record.order, input);
    case 'customers':
      return deliverCustomer(env, record.customer, input);
    case 'products':
      return deliverProduct(env, record.product, input);
    default:
      return assertNever(record, 'record');
  }
}

/** What of the record lives in QuickBooks as far as the ledger knows. */
export function knownDocuments(env: DeliveryEnv, record: SourceRecord): Promise<readonly WrittenDocument[]> {
  switch (record.entity) {
    case 'orders':
      return orderDocuments(env, record.order);
    case 'customers':
      return knownName(env, 'customer', customerIdentity(buyerOf(record.customer), env.settings));
    case 'products':
      return knownName(env, 'item', needOfProduct(record.product).identity);
    default:
      return assertNever(record, 'record');
  }
}

async function knownName(env: DeliveryEnv, kind: RecordNameKind, sourceId: string): Promise<WrittenDocument[]> {
  const state = await nameState(env, kind, sourceId);
  return state?.remote ? [writtenName(kind, state.remote)] : [];
}

function contentOf(record: SourceRecord): { readonly source: string } {
  switch (record.entity) {
    case 'orders':
      return record.order;
    case 'customers':
      return record.customer;
    case 'products':
      return record.product;
    default:
      return assertNever(record, 'record');
  }
}
