import type { CatalogueStore, DateMoves, NewCustomer, NewProduct } from './catalogue-store.js';
import type { ShopCustomer, ShopProduct } from './domain/shop.js';

/** A change of products, variations or accounts, in a form that also travels as JSON. */
export type CatalogueMutation =
  | { readonly action: 'addProduct'; readonly product: NewProduct }
  | {
      readonly action: 'editProduct';
      readonly id: number;
      readonly fields: Partial<Omit<ShopProduct, 'id' | 'parentId'>>;
      readonly dates?: DateMoves;
    }
  | { readonly action: 'trashProduct'; readonly id: number }
  | { readonly action: 'addCustomer'; readonly customer: NewCustomer }
  | {
      readonly action: 'editCustomer';
      readonly id: number;
      readonly fields: Partial<Omit<ShopCustomer, 'id'>>;
      readonly dates?: DateMoves;
    }
  | { readonly action: 'deleteCustomer'; readonly id: number };

const ACTIONS: ReadonlySet<string> = new Set<CatalogueMutation['action']>([
  'addProduct',
  'editProduct',
  'trashProduct',
  'addCustomer',
  'editCustomer',
  'deleteCustomer',
]);

export function isCatalogueMutation(mutation: { readonly action: string }): mutation is CatalogueMutation {
  return ACTIONS.has(mutation.action);
}

/** Applies one change; a RangeError names a product or customer that is not there. */
export function mutateCatalogue(store: CatalogueStore, mutation: CatalogueMutation): unknown {
  switch (mutation.action) {
    case 'addProduct':
      return store.addProduct(mutation.product);
    case 'editProduct':
      return store.editProduct(mutation.id, mutation.fields, mutation.dates);
    case 'trashProduct':
      return store.trashProduct(mutation.id);
    case 'addCustomer':
      return store.addCustomer(mutation.customer);
    case 'editCustomer':
      return store.editCustomer(mutation.id, mutation.fields, mutation.dates);
    case 'deleteCustomer':
      return store.deleteCustomer(mutation.id);
  }
}
