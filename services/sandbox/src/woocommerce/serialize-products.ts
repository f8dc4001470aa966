import type { ShopProduct, Site } from './domain/shop.js';
import { type Json, dates, withOverrides } from './serialize.js';

/** Its own SKU, or the parent's for a variation that has none. */
export function shownSku(product: ShopProduct, parent: ShopProduct | undefined): string {
  return product.sku === '' && parent !== undefined ? parent.sku : product.sku;
}

/** What a product needs to be shown: its parent when it is a variation, its variations when it is variable. */
export interface Family {
  readonly parent?: ShopProduct | undefined;
  readonly variations: readonly ShopProduct[];
}

/** A product as `/products` and `/products/{id}` show it; a variation asked for that way has its long name. */
export function productBody(product: ShopProduct, family: Family, site: Site, baseUrl: string): Json {
  const slug = `product-${product.id}`;
  return withOverrides(product, {
    id: product.id,
    name: product.name,
    slug,
    permalink: `${baseUrl}/product/${slug}/`,
    ...dates('date_created', product.createdAt, site.zone),
    ...dates('date_modified', product.modifiedAt, site.zone),
    type: product.type,
    status: product.status,
    featured: false,
    catalog_visibility: 'visible',
    description: product.description ?? '',
    short_description: '',
    sku: shownSku(product, family.parent),
    ...prices(product, family.variations),
    purchasable: true,
    total_sales: product.totalSales ?? 0,
    ...goods(product, family.parent),
    sold_individually: false,
    shipping_required: !(product.virtual ?? false),
    shipping_taxable: product.taxable,
    reviews_allowed: true,
    average_rating: '0.00',
    rating_count: 0,
    upsell_ids: [],
    cross_sell_ids: [],
    parent_id: product.parentId,
    purchase_note: '',
    categories: product.categories ?? [],
    tags: [],
    images: product.imageId === '' ? [] : [image(product.imageId, baseUrl)],
    attributes: product.type === 'variable' ? offeredAttributes(family.variations) : chosenAttributes(product),
    default_attributes: [],
    variations: family.variations.map((each) => each.id),
    grouped_products: [],
    menu_order: 0,
    related_ids: [],
    meta_data: product.metaData ?? [],
    has_options: product.type === 'variable',
    _links: links(`${baseUrl}/wp-json/wc/v3/products`, product.id),
  });
}

/** A variation as its own route shows it: the short name, one image instead of a list. */
export function variationBody(variation: ShopProduct, parent: ShopProduct, site: Site, baseUrl: string): Json {
  const collection = `${baseUrl}/wp-json/wc/v3/products/${parent.id}`;
  return withOverrides(variation, {
    id: variation.id,
    type: 'variation',
    ...dates('date_created', variation.createdAt, site.zone),
    ...dates('date_modified', variation.modifiedAt, site.zone),
    description: variation.description ?? '',
    permalink: `${baseUrl}/product/product-${parent.id}/?variation=${variation.id}`,
    sku: shownSku(variation, parent),
    ...prices(variation, []),
    status: variation.status,
    purchasable: true,
    ...goods(variation, parent),
    image: variation.imageId === '' ? null : image(variation.imageId, baseUrl),
    attributes: chosenAttributes(variation),
    menu_order: 0,
    meta_data: variation.metaData ?? [],
    ...(site.variationNames ? { name: variation.attributes.map((each) => each.option).join(', ') } : {}),
    ...(site.variationParentIds ? { parent_id: parent.id } : {}),
    _links: { ...links(`${collection}/variations`, variation.id), up: [{ href: collection }] },
  });
}

/** A variable product has no price of its own: it shows the lowest of its variations. */
function prices(product: ShopProduct, variations: readonly ShopProduct[]): Json {
  const sale = product.salePrice ?? '';
  const price = sale === '' ? product.price : sale;
  return {
    price: product.type === 'variable' ? lowest(variations) : price,
    regular_price: product.type === 'variable' ? '' : product.price,
    sale_price: sale,
    date_on_sale_from: null,
    date_on_sale_from_gmt: null,
    date_on_sale_to: null,
    date_on_sale_to_gmt: null,
    on_sale: sale !== '',
  };
}

/** Tax, stock and size: what products and variations share. */
function goods(product: ShopProduct, parent: ShopProduct | undefined): Json {
  const own = product.manageStock ?? false;
  const inherited = !own && parent?.manageStock === true;
  const holder = inherited ? parent : product;
  const quantity = own || inherited ? (holder.stockQuantity ?? 0) : null;
  return {
    virtual: product.virtual ?? false,
    downloadable: false,
    downloads: [],
    tax_status: product.taxable ? 'taxable' : 'none',
    tax_class: product.taxClass,
    manage_stock: inherited ? 'parent' : own,
    stock_quantity: quantity,
    stock_status: quantity !== null && quantity <= 0 ? 'outofstock' : 'instock',
    backorders: 'no',
    backorders_allowed: false,
    backordered: false,
    low_stock_amount: null,
    weight: product.weight ?? '',
    dimensions: { length: '', width: '', height: '' },
    shipping_class: '',
    shipping_class_id: 0,
  };
}

function lowest(variations: readonly ShopProduct[]): string {
  const [first] = variations.map((each) => each.price).toSorted((a, b) => Number(a) - Number(b));
  return first ?? '';
}

function chosenAttributes(product: ShopProduct): Json[] {
  return product.attributes.map(({ name, option }) => ({ id: 0, name, option }));
}

/** The attributes of a variable product with every option its variations use. */
function offeredAttributes(variations: readonly ShopProduct[]): Json[] {
  const options = new Map<string, Set<string>>();
  for (const { name, option } of variations.flatMap((each) => each.attributes)) {
    options.set(name, (options.get(name) ?? new Set<string>()).add(option));
  }
  return [...options].map(([name, offered], position) => ({
    id: 0,
    name,
    position,
    visible: true,
    variation: true,
    options: [...offered],
  }));
}

function image(id: number | '', baseUrl: string): Json {
  return { id, src: `${baseUrl}/media/${id}.jpg`, name: '', alt: '' };
}

function links(collection: string, id: number): Json {
  return { self: [{ href: `${collection}/${id}` }], collection: [{ href: collection }] };
}
