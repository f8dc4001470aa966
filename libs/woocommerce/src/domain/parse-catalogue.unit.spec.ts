import { describe, expect, it } from 'vitest';
import { mirrorHash, productWorkHash } from './order-hash.js';
import { parseCustomer } from './parse-customer.js';
import { parseProduct } from './parse-product.js';

const product = (over: object = {}) => ({
  id: 88,
  name: 'Mug',
  sku: 'MUG',
  type: 'simple',
  status: 'publish',
  price: '9.50',
  ...over,
});
const parent = { id: '88', name: 'Tom &amp; Co Mug', sku: 'MUG' };
const productOf = (raw: object, related = {}) => {
  const parsed = parseProduct(raw, related);
  return parsed.ok ? parsed.product : parsed.message;
};

describe('a product', () => {
  it('has its price in minor units of the shop, and none without a currency or a price', () => {
    expect(productOf(product(), { currency: 'USD' })).toMatchObject({ priceMinor: 950, currency: 'USD' });
    expect(productOf(product({ price: '1200' }), { currency: 'JPY' })).toMatchObject({ priceMinor: 1200 });
    expect(productOf(product())).toMatchObject({ priceMinor: null, currency: '' });
    expect(productOf(product({ price: '' }), { currency: 'USD' })).toMatchObject({ priceMinor: null });
    expect(productOf(product({ price: null }), { currency: 'USD' })).toMatchObject({ priceMinor: null });
  });

  it.each([
    ['the shop names it shortly', { name: 'Blue, S' }, 'Tom & Co Mug - Blue, S'],
    ['the shop names it in full', { name: 'Tom &amp; Co Mug - Blue' }, 'Tom & Co Mug - Blue'],
    [
      'an older shop names it not at all',
      { name: undefined, attributes: [{ option: 'Blue' }, { option: 'S' }] },
      'Tom & Co Mug - Blue, S',
    ],
    ['nothing tells it apart', { name: '' }, 'Tom & Co Mug'],
  ])('a variation has its parent in its name when %s', (_case, over, name) => {
    expect(productOf(product({ id: 91, ...over }), { parent })).toMatchObject({
      name,
      type: 'variation',
      parentId: '88',
    });
  });

  it("has no SKU when it only shows its parent's", () => {
    expect(productOf(product({ id: 91 }), { parent })).toMatchObject({ sku: null, parentSku: 'MUG' });
    expect(productOf(product({ id: 91, sku: 'MUG-B' }), { parent })).toMatchObject({ sku: 'MUG-B', parentSku: 'MUG' });
    expect(productOf(product({ sku: '' }))).toMatchObject({ sku: null, parentSku: null });
  });

  it('that cannot be read says why, without its texts', () => {
    expect(productOf({ id: 88 })).toBe('Product 88 cannot be read: the field status is missing');
    expect(parseProduct(null).ok).toBe(false);
  });

  it.each(['12,50', '', null, false, '1.0E+25', { from: 1 }])('with the price %j has none, and is there', (price) => {
    expect(productOf(product({ price }), { currency: 'USD' })).toMatchObject({ name: 'Mug', priceMinor: null });
  });

  it.each([
    ['a number for its price', { price: 12.5 }, { priceMinor: 1250 }],
    ['a number for its SKU', { sku: 4711 }, { sku: '4711' }],
    ['no SKU', { sku: null }, { sku: null }],
    ['a map of attributes', { attributes: { pa_color: { option: 'Red' } } }, { name: 'Mug' }],
    ['a text id', { id: '88' }, { id: '88' }],
    ['markup in its name', { name: 'Mug <em>big</em>' }, { name: 'Mug big' }],
    ['no name', { name: false }, { name: '' }],
  ])('is read with %s', (_what, over, expected) => {
    expect(productOf(product(over), { currency: 'USD' })).toMatchObject(expected);
  });

  it('is another for the mirror when its stock moves, not for the books', () => {
    const [few, many] = [product({ stock_quantity: 1 }), product({ stock_quantity: 2 })];
    expect(mirrorHash({ raw: few })).not.toBe(mirrorHash({ raw: many }));
    const [a, b] = [parseProduct(few), parseProduct(many)];
    expect(a.ok && b.ok && productWorkHash(a.product) === productWorkHash(b.product)).toBe(true);
  });
});

describe('a customer', () => {
  const customer = (over: object = {}) => ({
    id: 17,
    email: 'ann@example.com',
    first_name: 'Ann',
    last_name: 'Lee',
    billing: [],
    ...over,
  });
  const customerOf = (raw: object) => {
    const parsed = parseCustomer(raw);
    return parsed.ok ? parsed.customer : parsed.message;
  };

  it('is read with empty addresses as PHP prints them', () => {
    expect(customerOf(customer())).toMatchObject({
      id: '17',
      email: 'ann@example.com',
      firstName: 'Ann',
      billing: { city: '' },
    });
  });

  it('takes name and e-mail from the billing form when the account has none', () => {
    const billing = { first_name: 'Bo', last_name: 'O&#039;Neil', email: 'bo@example.com' };
    expect(customerOf(customer({ email: '', first_name: '', last_name: '', billing }))).toMatchObject({
      firstName: 'Bo',
      lastName: "O'Neil",
      email: 'bo@example.com',
    });
    expect(customerOf(customer({ last_name: '', billing }))).toMatchObject({ firstName: 'Ann', lastName: '' });
  });

  it('that cannot be read says so', () => {
    expect(customerOf({ id: 'x' })).toMatch(/^Customer x cannot be read: the field id /);
  });
});

describe('the hash of what a mirror shows', () => {
  const order = { id: 1, date_modified: 'a', refunds: [] };
  it('covers dates and refunds, not links', () => {
    expect(mirrorHash({ raw: { ...order, date_modified: 'b' } })).not.toBe(mirrorHash({ raw: order }));
    expect(mirrorHash({ raw: { ...order, _links: {}, payment_url: 'x' } })).toBe(mirrorHash({ raw: order }));
    const refunds = [{ id: 5, amount: '1.00' }];
    expect(mirrorHash({ raw: order, related: { refunds } })).not.toBe(mirrorHash({ raw: order }));
    const linked = { refunds: [{ ...refunds[0], _links: {} }] };
    expect(mirrorHash({ raw: order, related: linked })).toBe(mirrorHash({ raw: order, related: { refunds } }));
  });
});
