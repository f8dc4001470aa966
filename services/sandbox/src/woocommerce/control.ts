import { type CatalogueMutation, isCatalogueMutation, mutateCatalogue } from './catalogue-control.js';
import type { RefundedItem } from './domain/refunds.js';
import type { ShopOrder, Site } from './domain/shop.js';
import type { OrderDraft } from './domain/types.js';
import type { NewOrder, ShopStore, Touch } from './store.js';

/** A change that can happen to the shop, in a form that also travels as JSON. */
export type Mutation = CatalogueMutation | OrderMutation;

type OrderMutation =
  | { readonly action: 'add'; readonly order: NewOrder }
  | { readonly action: 'touch' | 'trash' | 'forceDelete' | 'forceDeleteProduct'; readonly id: number }
  | { readonly action: 'expireDrafts' }
  | { readonly action: 'setStatus'; readonly id: number; readonly status: string }
  | { readonly action: 'setPaid'; readonly id: number; readonly transactionId?: string }
  | { readonly action: 'setNote'; readonly id: number; readonly note: string }
  | {
      readonly action: 'edit';
      readonly id: number;
      readonly fields: Partial<Omit<ShopOrder, 'id'>>;
      readonly touch?: Touch;
    }
  | { readonly action: 'recalculate'; readonly id: number; readonly draft: OrderDraft; readonly touch?: Touch }
  | {
      readonly action: 'editItemSilently';
      readonly id: number;
      readonly lineIndex: number;
      readonly fields: { name?: string; quantity?: number; total?: string };
    }
  | { readonly action: 'addRefund'; readonly id: number; readonly amount: string; readonly reason?: string }
  | {
      readonly action: 'refundItems';
      readonly id: number;
      readonly items: readonly RefundedItem[];
      readonly amount?: string;
      readonly reason?: string;
    }
  | { readonly action: 'refundFully'; readonly id: number; readonly reason?: string }
  | { readonly action: 'deleteRefund'; readonly id: number; readonly refundId: number }
  | { readonly action: 'site'; readonly site: Partial<Site> };

/** Applies one change; a RangeError names an order, line, product or customer that is not there. */
export function mutate(store: ShopStore, mutation: Mutation): unknown {
  return isCatalogueMutation(mutation) ? mutateCatalogue(store, mutation) : mutateOrders(store, mutation);
}

function mutateOrders(store: ShopStore, mutation: OrderMutation): unknown {
  switch (mutation.action) {
    case 'add':
      return store.addOrder(mutation.order);
    case 'touch':
      return store.touch(mutation.id);
    case 'trash':
      return store.trash(mutation.id);
    case 'forceDelete':
      return store.forceDelete(mutation.id);
    case 'expireDrafts':
      return store.expireDrafts();
    case 'forceDeleteProduct':
      return store.forceDeleteProduct(mutation.id);
    case 'setStatus':
      return store.setStatus(mutation.id, mutation.status);
    case 'setPaid':
      return store.setPaid(mutation.id, mutation.transactionId);
    case 'setNote':
      return store.setNote(mutation.id, mutation.note);
    case 'edit':
      return store.editOrder(mutation.id, mutation.fields, mutation.touch);
    case 'recalculate':
      return store.recalculate(mutation.id, mutation.draft, mutation.touch);
    case 'editItemSilently':
      return store.editItemSilently(mutation.id, mutation.lineIndex, mutation.fields);
    case 'addRefund':
      return store.addRefund(mutation.id, mutation.amount, mutation.reason);
    case 'refundItems':
      return store.refundItems(mutation.id, mutation.items, mutation);
    case 'refundFully':
      return store.refundFully(mutation.id, mutation.reason);
    case 'deleteRefund':
      return store.deleteRefund(mutation.id, mutation.refundId);
    case 'site':
      store.site = { ...store.site, ...mutation.site };
      return store.site;
    default:
      throw new RangeError('unknown action');
  }
}

/** Changes that happen right after a list page was served: rows drift while a client pages. */
export interface DriftRule {
  /** `orders`, `products`, `customers`, `refunds`, … */
  readonly list: string;
  readonly page: number;
  readonly mutations: readonly Mutation[];
  /** How often it happens; default once. */
  readonly times?: number;
}
