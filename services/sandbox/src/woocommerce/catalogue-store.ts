import type { Clock } from '@tillstream/kernel';
import type { ShopCustomer, ShopProduct } from './domain/shop.js';

/** What a new product needs; the rest is filled in when left out. */
export type NewProduct = Pick<ShopProduct, 'name'> & Partial<Omit<ShopProduct, 'name'>>;
export type NewCustomer = Pick<ShopCustomer, 'email'> & Partial<Omit<ShopCustomer, 'email'>>;

/** Whether a change moves date_modified; database imports, `total_sales` and some bulk tools do not. */
export type DateMoves = 'moves' | 'silent';

/** Products, variations and accounts of the shop, and the changes that can happen to them. */
export class CatalogueStore {
  readonly products = new Map<number, ShopProduct>();
  readonly customers = new Map<number, ShopCustomer>();
  protected lastId = 100;

  constructor(protected readonly clock: Pick<Clock, 'now'>) {}

  /** A product, or a variation when `parentId` names a variable one. */
  addProduct(input: NewProduct): ShopProduct {
    const now = this.now();
    const product: ShopProduct = {
      id: input.id ?? this.nextId(),
      parentId: 0,
      type: input.parentId === undefined || input.parentId === 0 ? 'simple' : 'variation',
      sku: '',
      price: '10.00',
      status: 'publish',
      taxClass: '',
      taxable: true,
      imageId: '',
      createdAt: now,
      modifiedAt: now,
      attributes: [],
      ...structuredClone(input),
    };
    this.products.set(product.id, product);
    this.lastId = Math.max(this.lastId, product.id);
    return product;
  }

  /** Any field but the ids. An edited variation moves its parent's date too. Throws RangeError for an unknown id. */
  editProduct(
    id: number,
    fields: Partial<Omit<ShopProduct, 'id' | 'parentId'>>,
    dates: DateMoves = 'moves',
  ): ShopProduct {
    const product = this.#product(id);
    Object.assign(product, structuredClone(fields));
    if (dates === 'moves') {
      for (const each of [product, this.products.get(product.parentId)]) {
        if (each !== undefined && fields.modifiedAt === undefined)
          each.modifiedAt = Math.max(each.modifiedAt, this.now());
      }
    }
    return product;
  }

  /** Out of the lists, still readable by id. */
  trashProduct(id: number): ShopProduct {
    const product = this.#product(id);
    product.status = 'trash';
    product.modifiedAt = this.now();
    return product;
  }

  variationsOf(parentId: number): ShopProduct[] {
    return [...this.products.values()].filter((product) => product.parentId === parentId && product.parentId !== 0);
  }

  addCustomer(input: NewCustomer): ShopCustomer {
    const now = this.now();
    const id = input.id ?? this.nextId();
    const { firstName = 'Ann', lastName = 'Lee' } = input;
    const customer: ShopCustomer = {
      id,
      firstName,
      lastName,
      username: `user${id}`,
      createdAt: now,
      modifiedAt: now,
      billing: {
        first_name: firstName,
        last_name: lastName,
        company: '',
        address_1: '',
        address_2: '',
        city: '',
        state: '',
        postcode: '',
        country: '',
        email: input.email,
        phone: '',
      },
      isPaying: false,
      ...structuredClone(input),
    };
    this.customers.set(id, customer);
    this.lastId = Math.max(this.lastId, id);
    return customer;
  }

  editCustomer(id: number, fields: Partial<Omit<ShopCustomer, 'id'>>, dates: DateMoves = 'moves'): ShopCustomer {
    const customer = this.#customer(id);
    Object.assign(customer, structuredClone(fields));
    if (dates === 'moves' && fields.modifiedAt === undefined) {
      customer.modifiedAt = Math.max(customer.modifiedAt, this.now());
    }
    return customer;
  }

  /** For good: accounts have no trash. */
  deleteCustomer(id: number): boolean {
    return this.customers.delete(id);
  }

  /** Whole seconds, as WooCommerce stores them. */
  protected now(): number {
    return Math.floor(this.clock.now() / 1000) * 1000;
  }

  /** Orders, refunds, products and accounts draw from one sequence here. */
  protected nextId(): number {
    this.lastId += 1;
    return this.lastId;
  }

  #product(id: number): ShopProduct {
    const product = this.products.get(id);
    if (product === undefined) throw new RangeError(`no product ${id}`);
    return product;
  }

  #customer(id: number): ShopCustomer {
    const customer = this.customers.get(id);
    if (customer === undefined) throw new RangeError(`no customer ${id}`);
    return customer;
  }
}
