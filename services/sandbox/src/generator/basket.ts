import type { DraftLine, DraftShipping, OrderDraft, ShopProduct, TaxRate } from '../woocommerce/index.js';
import type { Catalogue } from './catalogue.js';
import type { Region } from './profiles.js';
import type { Random } from './random.js';

/** Makes the parts of baskets for one shop; amounts follow the currency's decimals. */
export class BasketMaker {
  readonly #byId: ReadonlyMap<number, ShopProduct>;

  constructor(
    private readonly random: Random,
    private readonly catalogue: Catalogue,
    private readonly decimals: number,
  ) {
    this.#byId = new Map(catalogue.products.map((product) => [product.id, product]));
  }

  line(product: ShopProduct, region: Region, quantity: string = String(this.random.int(1, 3))): DraftLine {
    const parent = this.#byId.get(product.parentId);
    return {
      productId: parent?.id ?? product.id,
      variationId: parent === undefined ? 0 : product.id,
      name: product.name,
      parentName: parent?.name ?? null,
      sku: product.sku === '' && parent !== undefined ? parent.sku : product.sku,
      imageId: product.imageId,
      quantity,
      price: product.price,
      taxClass: product.taxClass,
      rates: ratesFor(product, region),
      metaData: product.attributes.map(({ name, option }) => ({
        key: name.toLowerCase().replaceAll(' ', '_'),
        value: option,
        display_key: name,
        display_value: option,
      })),
    };
  }

  /** One to four ordinary lines, now and then of the reduced class. */
  lines(region: Region): DraftLine[] {
    const pool = [...this.catalogue.ordinary, ...this.catalogue.variations, ...this.catalogue.reduced];
    return Array.from({ length: this.random.int(1, 4) }, () => this.line(this.random.pick(pool), region));
  }

  /** Lines of the standard class only: a negative fee then carries one set of rates. */
  standardLines(region: Region, count: number): DraftLine[] {
    return Array.from({ length: count }, () => this.line(this.random.pick(this.catalogue.ordinary), region));
  }

  shipping(lines: readonly DraftLine[]): DraftShipping {
    const rates = lines.find((line) => line.rates.length > 0)?.rates ?? [];
    return { methodId: 'flat_rate', title: 'Flat rate', total: this.amount(this.random.int(3, 12)), rates };
  }

  basket(region: Region, parts: Partial<OrderDraft> = {}): OrderDraft {
    const lines = parts.lines ?? this.lines(region);
    return {
      path: 'checkout',
      lines,
      shipping: this.random.chance(0.7) ? [this.shipping(lines)] : [],
      fees: [],
      coupons: [],
      ...parts,
    };
  }

  /** About that many main units, in the currency's decimals (100 times as much in a currency without). */
  amount(main: number): string {
    if (this.decimals === 0) return String(Math.round(main * 100));
    return main.toFixed(this.decimals);
  }
}

function ratesFor(product: ShopProduct, region: Region): readonly TaxRate[] {
  return product.taxable ? (region.rates[product.taxClass] ?? []) : [];
}
