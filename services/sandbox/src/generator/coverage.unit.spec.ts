import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import { toMicro } from '../woocommerce/domain/fixed.js';
import type { LineItem, ShopOrder } from '../woocommerce/index.js';
import { type CompanyProfile, type GeneratedShop, generateShop } from './index.js';

type Look = (shop: GeneratedShop) => boolean;

const sold = (shop: GeneratedShop) => shop.orders.filter((order) => shop.expected.selected.includes(order.id));
const order =
  (look: (each: ShopOrder) => boolean): Look =>
  (shop) =>
    sold(shop).some(look);
const line = (look: (each: LineItem) => boolean): Look => order((each) => each.money.line_items.some(look));
const buyer = (look: (name: string, each: ShopOrder) => boolean): Look =>
  order((each) => look(`${each.billing.first_name} ${each.billing.last_name}`.trim(), each));
const status =
  (name: string): Look =>
  (shop) =>
    shop.orders.some((each) => each.status === name && shop.expected.notSelected.includes(each.id));
const groups = <T>(items: readonly T[], key: (item: T) => string) => [...Map.groupBy(items, key).values()];

/** What has to be in every shop of 300 orders, told from the orders themselves and not from the recipes' names. */
const ODDITIES: Readonly<Record<string, Look>> = {
  'simple product': line((each) => each.product_id > 0 && each.variation_id === 0),
  variation: line((each) => each.variation_id > 0 && each.parent_name !== null),
  'missing SKU': line((each) => each.product_id > 0 && each.sku === ''),
  'two products with one SKU': (shop) => {
    const lines = sold(shop).flatMap((each) => each.money.line_items);
    const simple = lines.filter((each) => each.variation_id === 0 && (each.sku ?? '') !== '');
    return groups(simple, (each) => each.sku ?? '').some(
      (same) => new Set(same.map((each) => each.product_id)).size > 1,
    );
  },
  'variation showing its parent’s SKU': (shop) => {
    const bare = shop.products.find((each) => each.type === 'variation' && each.sku === '');
    const parent = shop.products.find((each) => each.id === bare?.parentId);
    return line((each) => each.variation_id === bare?.id && each.sku === parent?.sku && each.sku !== '')(shop);
  },
  guest: order((each) => each.customerId === 0),
  'buyer with an account': order((each) => each.customerId > 0),
  'one e-mail in two letter cases': (shop) =>
    groups(sold(shop), (each) => each.billing.email.toLowerCase()).some(
      (same) => new Set(same.map((each) => each.billing.email)).size > 1,
    ),
  'two people of one name': (shop) =>
    groups(sold(shop), (each) => `${each.billing.first_name} ${each.billing.last_name}`).some(
      (same) =>
        same[0]?.billing.first_name !== '' && new Set(same.map((each) => each.billing.email.toLowerCase())).size > 1,
    ),
  'buyer named like a vendor': (shop) => {
    const vendors = new Set(shop.quickbooksSeed.vendors.map((name) => name.toLowerCase()));
    return buyer((name) => vendors.has(name.toLowerCase()))(shop);
  },
  'buyer the books know by e-mail in another case': (shop) => {
    const known = shop.quickbooksSeed.customers.flatMap((each) => each.email ?? []);
    return buyer((_, { billing }) =>
      known.some((email) => email !== billing.email && email.toLowerCase() === billing.email.toLowerCase()),
    )(shop);
  },
  'name with a colon': buyer((name) => name.includes(':')),
  'name with a tab and a newline': buyer((name) => name.includes('\t') && name.includes('\n')),
  'name with an emoji': buyer((name) => /\p{Extended_Pictographic}/u.test(name)),
  'name of 200 characters': buyer((name) => name.length >= 200),
  'name with an HTML entity': buyer((name) => name.includes('&amp;')),
  'no e-mail': buyer((_, { billing }) => billing.email === ''),
  'no name': buyer((name) => name === ''),
  'product name with an HTML entity': line((each) => each.name.includes('&amp;')),
  'product name with a colon': line((each) => each.name.includes(':')),
  'product name of 200 characters': line((each) => each.name.length === 200),
  'percent coupon': order((each) => each.money.coupon_lines.some((coupon) => coupon.discount_type === 'percent')),
  'fixed cart coupon': order((each) => each.money.coupon_lines.some((coupon) => coupon.discount_type === 'fixed_cart')),
  'fixed product coupon': order((each) =>
    each.money.coupon_lines.some((coupon) => coupon.discount_type === 'fixed_product'),
  ),
  'several coupons': order((each) => each.money.coupon_lines.length > 1),
  'positive fee with tax': order((each) =>
    each.money.fee_lines.some((fee) => Number(fee.total) > 0 && Number(fee.total_tax) > 0),
  ),
  'negative fee with tax though tax status none': order((each) =>
    each.money.fee_lines.some((fee) => Number(fee.total) < 0 && fee.tax_status === 'none' && Number(fee.total_tax) < 0),
  ),
  'capped fee': order((each) => each.money.fee_lines.some((fee) => Number(fee.amount) < Number(fee.total))),
  'shipping with tax': order((each) => Number(each.money.shipping_tax) > 0),
  'several rates on a line': line((each) => each.taxes.length > 1),
  'compound rate': order((each) => each.money.tax_lines.some((tax) => tax.compound)),
  'no tax at all': order((each) => each.money.tax_lines.length === 0 && Number(each.money.total) > 0),
  'zero total that counts as paid': order((each) => toMicro(each.money.total) === 0n && each.paidAt !== null),
  'deleted product': line((each) => each.product_id === 0 && each.sku === null && each.image.id === 0),
  'hand-lowered line': order((each) => Number(each.money.discount_total) > 0 && each.money.coupon_lines.length === 0),
  'more than 100 lines': order((each) => each.money.line_items.length >= 100),
  'decimal quantity': line((each) => !Number.isInteger(each.quantity)),
  'equal lines kept apart or merged': line((each) => each.quantity >= 3),
  'cash on delivery, unpaid': order((each) => each.paymentMethod === 'cod' && each.paidAt === null),
  'number unlike the id': order((each) => each.number !== String(each.id)),
  'number longer than 21 characters': (shop) => {
    const long = sold(shop).filter((each) => each.number.length > 21);
    return new Set(long.map((each) => each.number.slice(0, 21))).size === 1 && long.length > 1;
  },
  'transaction id longer than 21 characters': order((each) => each.transactionId.length > 21),
  'bacs on hold': status('on-hold'),
  pending: status('pending'),
  failed: status('failed'),
  cancelled: status('cancelled'),
  'checkout draft': status('checkout-draft'),
};

describe('a shop of 300 orders from seed 1', () => {
  const shops = new Map<CompanyProfile, GeneratedShop>(
    (['us', 'global', 'jpy'] as const).map((profile) => [profile, generateShop({ seed: 1, orders: 300, profile })]),
  );

  it.each(Object.entries(ODDITIES))('has: %s', (_, look) => {
    const without = [...shops].filter(([, shop]) => !look(shop)).map(([profile]) => profile);
    expect(without).toEqual([]);
  });

  it('has an order in the hour the clock shows twice, where the zone has one', () => {
    for (const profile of ['us', 'global'] as const) {
      const shop = shops.get(profile);
      const zone = shop?.site.zone ?? 'UTC';
      const twice = shop?.orders.filter(({ createdAt }) => {
        const before = DateTime.fromMillis(createdAt - 3_600_000, { zone });
        return before.hour === DateTime.fromMillis(createdAt, { zone }).hour;
      });
      expect(twice?.length).toBeGreaterThan(0);
    }
  });

  it('has a rate of zero percent where the profile has one', () => {
    const lines = shops.get('global')?.orders.flatMap((each) => each.money.line_items) ?? [];
    expect(
      lines.filter((each) => each.tax_class === 'zero-rate' && each.taxes[0]?.total === '0.00').length,
    ).toBeGreaterThan(0);
  });

  it('prices with tax or without, and no decimals, as the profile says', () => {
    const sites = [...shops.values()].map(({ orders }) => [
      orders[0]?.money.prices_include_tax,
      orders[0]?.money.currency,
    ]);
    expect(sites).toEqual([
      [false, 'USD'],
      [true, 'EUR'],
      [true, 'JPY'],
    ]);
    for (const { money } of shops.get('jpy')?.orders ?? []) expect(money.total).toMatch(/^\d+$/);
  });
});
