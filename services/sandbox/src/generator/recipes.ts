import type { DraftCoupon, DraftFee, OrderDraft } from '../woocommerce/index.js';
import type { BasketMaker } from './basket.js';
import type { Catalogue } from './catalogue.js';
import { ODD_PEOPLE, type Person } from './people.js';
import type { Region } from './profiles.js';
import type { Random } from './random.js';

/** What one order of the shop is, before it has an id and a time. */
export interface OrderSpec {
  readonly draft: OrderDraft;
  readonly region: Region;
  readonly person?: Person;
  readonly status?: string;
  /** Default: paid by card. */
  readonly payment?: 'card' | 'cod' | 'bacs' | 'none';
  readonly numbering?: 'id' | 'sequential' | 'long';
  readonly moment?: 'repeated-hour';
}

export interface RecipeContext {
  readonly random: Random;
  readonly baskets: BasketMaker;
  readonly catalogue: Catalogue;
  readonly regions: readonly Region[];
}

export type Recipe = (context: RecipeContext) => OrderSpec;

/** Statuses a shop has but does not sell: no books follow from them. */
const UNSOLD = ['pending', 'failed', 'cancelled', 'checkout-draft'] as const;

export function plainOrder({ random, baskets, regions }: RecipeContext): OrderSpec {
  const region = random.pick(regions);
  return { region, draft: baskets.basket(region), status: random.chance(0.6) ? 'completed' : 'processing' };
}

/** One recipe per oddity; every one of them must be bookable. */
export function recipes({ catalogue }: RecipeContext): Readonly<Record<string, Recipe>> {
  return {
    ...couponRecipes(),
    ...feeRecipes(),
    ...taxRecipes(catalogue),
    ...productRecipes(),
    ...lineRecipes(),
    ...peopleRecipes(),
    ...statusRecipes(),
    'number-sequential': numbered('sequential'),
    'number-long': numbered('long'),
    'repeated-hour': (context) => ({ ...plainOrder(context), moment: 'repeated-hour' }),
  };
}

function couponRecipes(): Record<string, Recipe> {
  const withCoupons =
    (make: (context: RecipeContext) => DraftCoupon[]): Recipe =>
    (context) => {
      const region = context.random.pick(context.regions);
      return { region, draft: context.baskets.basket(region, { coupons: make(context) }) };
    };
  const percent: DraftCoupon = { code: 'save10', type: 'percent', amount: '10' };
  return {
    'coupon-percent': withCoupons(() => [percent]),
    'coupon-fixed-cart': withCoupons(({ baskets }) => [
      { code: 'five', type: 'fixed_cart', amount: baskets.amount(5) },
    ]),
    'coupon-fixed-product': withCoupons(({ baskets }) => [
      { code: 'each', type: 'fixed_product', amount: baskets.amount(0.5) },
    ]),
    'coupon-several': withCoupons(({ baskets }) => [
      percent,
      { code: 'two', type: 'fixed_cart', amount: baskets.amount(2), freeShipping: true },
    ]),
    'zero-total': ({ random, baskets, regions }) => {
      const region = random.pick(regions);
      const all: DraftCoupon = { code: 'gift100', type: 'percent', amount: '100' };
      return { region, draft: baskets.basket(region, { coupons: [all], shipping: [] }), payment: 'card' };
    },
  };
}

function feeRecipes(): Record<string, Recipe> {
  const withFee =
    (make: (context: RecipeContext, region: Region) => DraftFee): Recipe =>
    (context) => {
      const region = context.random.pick(context.regions.filter((each) => each.trait === 'plain'));
      const lines = context.baskets.standardLines(region, 3);
      return { region, draft: context.baskets.basket(region, { lines, fees: [make(context, region)] }) };
    };
  const fee = (name: string, amount: string, taxable: boolean, region: Region): DraftFee => ({
    name,
    amount,
    taxClass: '',
    taxable,
    rates: taxable ? (region.rates[''] ?? []) : [],
  });
  return {
    'fee-positive': withFee(({ baskets }, region) => fee('Gift wrapping', baskets.amount(2.5), true, region)),
    'fee-untaxed': withFee(({ baskets }, region) => fee('Handling', baskets.amount(1), false, region)),
    'fee-negative': withFee(({ baskets }, region) => fee('Loyalty', baskets.amount(-0.75), true, region)),
    'fee-negative-none': withFee(({ baskets }, region) => fee('Bonus', baskets.amount(-0.5), false, region)),
    'fee-capped': (context) => {
      const region = context.random.pick(context.regions.filter((each) => each.trait === 'untaxed'));
      const lines = context.baskets.standardLines(region, 1);
      const capped = fee('Store credit', context.baskets.amount(-9999), false, region);
      return { region, draft: context.baskets.basket(region, { lines, fees: [capped] }) };
    },
  };
}

function taxRecipes(catalogue: Catalogue): Record<string, Recipe> {
  const inRegion =
    (trait: Region['trait']): Recipe =>
    (context) => {
      const region = context.random.pick(context.regions.filter((each) => each.trait === trait));
      const lines = [...context.baskets.standardLines(region, 2), ...context.baskets.lines(region)];
      return { region, draft: context.baskets.basket(region, { lines, shipping: [context.baskets.shipping(lines)] }) };
    };
  const zeroRate = selling(() => catalogue.zeroRated);
  return {
    'rates-several': inRegion('several'),
    'rates-compound': inRegion('compound'),
    'shipping-taxed': inRegion('plain'),
    'no-tax': inRegion('untaxed'),
    'untaxed-product': selling(() => catalogue.untaxed),
    'reduced-class': selling(() => catalogue.reduced),
    ...(catalogue.zeroRated.length > 0 ? { 'zero-rate': zeroRate } : {}),
  };
}

/** A basket that certainly has one of these products, among ordinary ones. */
function selling(pool: (context: RecipeContext) => Catalogue['products']): Recipe {
  return (context) => {
    const region = context.regions[0] ?? context.random.pick(context.regions);
    const special = pool(context).map((product) => context.baskets.line(product, region));
    const lines = [...special, ...context.baskets.standardLines(region, 1)];
    return { region, draft: context.baskets.basket(region, { lines }) };
  };
}

function productRecipes(): Record<string, Recipe> {
  return {
    'sku-missing': selling(({ catalogue }) => catalogue.noSku),
    'sku-shared': selling(({ catalogue }) => catalogue.sharedSku),
    'sku-of-parent': selling(({ catalogue }) => catalogue.parentSkuVariations),
    variation: selling(({ catalogue }) => catalogue.variations),
    'product-odd-name': selling(({ catalogue }) => catalogue.oddNames),
    'product-free': selling(({ catalogue }) => catalogue.free),
    'product-deleted': (context) => {
      const spec = selling(({ catalogue }) => catalogue.ordinary.slice(0, 2))(context);
      const [gone, ...rest] = spec.draft.lines;
      if (gone === undefined) return spec;
      const deleted = { ...gone, productId: 0, variationId: 0, sku: null, imageId: 0, name: 'Discontinued Jug' };
      return { ...spec, draft: { ...spec.draft, lines: [deleted, ...rest] } };
    },
  };
}

function lineRecipes(): Record<string, Recipe> {
  return {
    'line-hand-lowered': (context) => {
      const region = context.random.pick(context.regions);
      const [first, ...rest] = context.baskets.standardLines(region, 2);
      if (first === undefined) return plainOrder(context);
      const handTotal = context.baskets.amount(0.5);
      return {
        region,
        draft: context.baskets.basket(region, { path: 'admin', lines: [{ ...first, handTotal }, ...rest] }),
      };
    },
    'quantity-decimal': (context) => {
      const region = context.random.pick(context.regions);
      const lines = ['2.5', '0.333', '1.75'].map((quantity) =>
        context.baskets.line(context.random.pick(context.catalogue.ordinary), region, quantity),
      );
      return { region, draft: context.baskets.basket(region, { path: 'admin', lines }) };
    },
    'lines-equal': (context) => {
      const region = context.random.pick(context.regions.filter((each) => each.trait === 'plain'));
      const line = context.baskets.line(context.random.pick(context.catalogue.ordinary), region, '1');
      const path = context.random.chance(0.5) ? 'admin' : 'checkout';
      return { region, draft: context.baskets.basket(region, { path, lines: [line, line, line] }) };
    },
    'lines-many': (context) => {
      const region = context.random.pick(context.regions.filter((each) => each.trait === 'plain'));
      const lines = context.baskets.standardLines(region, context.random.int(100, 125));
      const coupons: DraftCoupon[] = [{ code: 'bulk7', type: 'percent', amount: '7' }];
      return { region, draft: context.baskets.basket(region, { path: 'admin', lines, coupons }) };
    },
  };
}

function peopleRecipes(): Record<string, Recipe> {
  const named = (people: readonly Person[]): Recipe => {
    let turn = 0;
    return (context) => {
      const person = people[turn % people.length];
      turn += 1;
      return { ...plainOrder(context), ...(person === undefined ? {} : { person }) };
    };
  };
  return Object.fromEntries(
    Object.entries(ODD_PEOPLE).map(([name, people]) => [
      `person-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      named(people),
    ]),
  );
}

function statusRecipes(): Record<string, Recipe> {
  const unsold = UNSOLD.map((status): [string, Recipe] => [
    `status-${status}`,
    (context) => ({ ...plainOrder(context), status, payment: 'none' }),
  ]);
  return {
    'cod-unpaid': (context) => ({ ...plainOrder(context), status: 'processing', payment: 'cod' }),
    'bacs-on-hold': (context) => ({ ...plainOrder(context), status: 'on-hold', payment: 'bacs' }),
    ...Object.fromEntries(unsold),
  };
}

function numbered(numbering: 'sequential' | 'long'): Recipe {
  return (context) => ({ ...plainOrder(context), numbering });
}
