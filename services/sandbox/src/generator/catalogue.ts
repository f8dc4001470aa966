import type { ShopProduct } from '../woocommerce/index.js';
import type { Random } from './random.js';

export interface Catalogue {
  /** Everything the shop lists, parents of variations included. */
  readonly products: readonly ShopProduct[];
  /** What ordinary orders may sell, by what is odd about it. */
  readonly ordinary: readonly ShopProduct[];
  readonly noSku: readonly ShopProduct[];
  readonly sharedSku: readonly ShopProduct[];
  readonly variations: readonly ShopProduct[];
  readonly parentSkuVariations: readonly ShopProduct[];
  readonly oddNames: readonly ShopProduct[];
  readonly reduced: readonly ShopProduct[];
  readonly zeroRated: readonly ShopProduct[];
  readonly untaxed: readonly ShopProduct[];
  readonly free: readonly ShopProduct[];
  /** Its SKU exists twice in the accounting company; only planted orders sell it. */
  readonly ambiguous: ShopProduct;
}

const GOODS = ['Mug', 'Tea Towel', 'Candle', 'Notebook', 'Lamp', 'Cushion', 'Basket', 'Apron', 'Vase', 'Teapot'];

export const KNOWN_SKU = 'MUG-1';
export const AMBIGUOUS_SKU = 'AMBIG-1';

export function buildCatalogue(random: Random, decimals: number, createdAt: number, zeroRate: boolean): Catalogue {
  let id = 200;
  const make = (fields: Partial<ShopProduct> & Pick<ShopProduct, 'name' | 'sku'>): ShopProduct => {
    id += random.int(1, 3);
    return {
      id,
      parentId: 0,
      type: 'simple',
      price: price(random, decimals),
      status: 'publish',
      taxClass: '',
      taxable: true,
      imageId: random.chance(0.5) ? id + 5000 : '',
      createdAt,
      modifiedAt: createdAt,
      attributes: [],
      ...fields,
    };
  };
  const ordinary = GOODS.map((name, index) => make({ name, sku: index === 0 ? KNOWN_SKU : `SKU-${index + 1}` }));
  const noSku = [make({ name: 'Gift Wrap', sku: '' }), make({ name: 'Repair Kit', sku: '' })];
  const sharedSku = [make({ name: 'Plate Blue', sku: 'SHARED-1' }), make({ name: 'Plate Red', sku: 'SHARED-1' })];
  const oddNames = [
    make({ name: 'Salt &amp; Pepper Set', sku: 'SP-1' }),
    make({ name: 'Box: Large', sku: 'BOX-1' }),
    make({ name: `${'Very long product name '.repeat(9)}end`.slice(0, 200), sku: 'LONG-1' }),
    make({ name: `${'Very long product name '.repeat(9)}END`.slice(0, 200).replace(/.$/, '!'), sku: 'LONG-2' }),
    make({ name: 'Party 🎉 Pack\twith tab', sku: 'PARTY-1' }),
    make({ name: 'Candle', sku: 'CANDLE-OTHER' }),
  ];
  const reduced = [
    make({ name: 'Cookbook', sku: 'BOOK-1', taxClass: 'reduced-rate' }),
    make({ name: 'Coffee 250 g', sku: 'COFFEE-1', taxClass: 'reduced-rate' }),
  ];
  const zeroRated = zeroRate ? [make({ name: 'Solar Panel', sku: 'SOLAR-1', taxClass: 'zero-rate' })] : [];
  const untaxed = [make({ name: 'Voucher', sku: 'VOUCHER-1', taxable: false })];
  const free = [make({ name: 'Sticker', sku: 'FREE-1', price: (0).toFixed(decimals) })];
  const ambiguous = make({ name: 'Doubled Widget', sku: AMBIGUOUS_SKU });
  const families = [makeFamily(make, 'T-Shirt', 'SHIRT', true, 40), makeFamily(make, 'Poster', 'POSTER', false)];
  const variations = families.flatMap((family) => family.variations);
  return {
    products: [
      ...ordinary,
      ...noSku,
      ...sharedSku,
      ...oddNames,
      ...reduced,
      ...zeroRated,
      ...untaxed,
      ...free,
      ambiguous,
      ...families.flatMap((family) => [family.parent, ...family.variations]),
      ...unsold(id, decimals, createdAt),
    ],
    ordinary,
    noSku,
    sharedSku,
    variations,
    oddNames,
    reduced,
    zeroRated,
    untaxed,
    free,
    ambiguous,
    parentSkuVariations: variations.filter((variation) => variation.sku === ''),
  };
}

/** A variable product; with `ownSkus` its last variation still has none and so shows the parent's. */
function makeFamily(
  make: (fields: Partial<ShopProduct> & Pick<ShopProduct, 'name' | 'sku'>) => ShopProduct,
  name: string,
  sku: string,
  ownSkus: boolean,
  stock?: number,
): { parent: ShopProduct; variations: ShopProduct[] } {
  const kept = stock === undefined ? {} : { manageStock: true, stockQuantity: stock };
  const parent = make({ name, sku, type: 'variable', price: '', ...kept });
  const variations = ['Blue, S', 'Blue, M', 'Red, S'].map((option, index) =>
    make({
      name: `${name} - ${option}`,
      sku: ownSkus && index < 2 ? `${sku}-${index + 1}` : '',
      type: 'variation',
      parentId: parent.id,
      attributes: [{ name: 'Colour and size', option }],
    }),
  );
  return { parent, variations };
}

/** A draft and a trashed product: in the shop, in no order. Drawn without the seed, so that the rest stays as it was. */
function unsold(lastId: number, decimals: number, createdAt: number): ShopProduct[] {
  return (['draft', 'trash'] as const).map((status, index) => ({
    id: lastId + 1 + index,
    parentId: 0,
    type: 'simple',
    name: status === 'draft' ? 'Unreleased Clock' : 'Retired Jug',
    sku: `UNSOLD-${index + 1}`,
    price: (15).toFixed(decimals),
    status,
    taxClass: '',
    taxable: true,
    imageId: '',
    createdAt,
    modifiedAt: createdAt,
    attributes: [],
  }));
}

function price(random: Random, decimals: number): string {
  if (decimals === 0) return String(random.int(80, 9800));
  return `${random.int(1, 99)}.${String(random.int(0, 10 ** decimals - 1)).padStart(decimals, '0')}`;
}
