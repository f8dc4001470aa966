import { describe, expect, it } from 'vitest';
import { orderMoney } from './order-money.js';
import type { TaxRate } from './tax.js';
import type { DraftLine, MoneySettings, OrderDraft, OrderMoney } from './types.js';

const USD: MoneySettings = { currency: 'USD', decimals: 2, pricesIncludeTax: false, roundAtSubtotal: false };
const EUR: MoneySettings = { currency: 'EUR', decimals: 2, pricesIncludeTax: true, roundAtSubtotal: true };

function rate(id: number, percent: string, compound = false): TaxRate {
  return {
    id,
    code: `XX-${id}`,
    label: `Tax ${id}`,
    percent,
    compound,
    shipping: true,
    priority: id,
    class: '',
    country: 'US',
    state: '',
  };
}

function line(price: string, quantity: string, rates: readonly TaxRate[], more: Partial<DraftLine> = {}): DraftLine {
  return {
    productId: 1,
    variationId: 0,
    name: 'Mug',
    parentName: null,
    sku: 'MUG',
    imageId: '',
    quantity,
    price,
    taxClass: '',
    rates,
    ...more,
  };
}

function money(draft: Partial<OrderDraft>, settings: MoneySettings = USD): OrderMoney {
  let id = 0;
  const whole: OrderDraft = { path: 'checkout', lines: [], shipping: [], fees: [], coupons: [], ...draft };
  return orderMoney(whole, settings, () => {
    id += 1;
    return id;
  });
}

function gapOf(order: OrderMoney): number {
  const cents = (text: string) => Math.round(Number(text) * 100);
  const lines = [...order.line_items, ...order.fee_lines].reduce((total, each) => total + cents(each.total), 0);
  return cents(order.total) - lines - cents(order.shipping_total) - cents(order.total_tax);
}

describe('order arithmetic', () => {
  it('reproduces an order with a percent coupon and taxed shipping', () => {
    const tax = [rate(1, '8')];
    const order = money({
      lines: [line('20.00', '2', tax)],
      shipping: [{ methodId: 'flat_rate', title: 'Flat rate', total: '5', rates: tax }],
      coupons: [{ code: 'save10', type: 'percent', amount: '10' }],
    });
    expect(order).toMatchObject({
      discount_total: '4.00',
      discount_tax: '0.32',
      shipping_total: '5.00',
      shipping_tax: '0.40',
      cart_tax: '2.88',
      total_tax: '3.28',
      total: '44.28',
    });
    expect(order.line_items[0]).toMatchObject({
      subtotal: '40.00',
      subtotal_tax: '3.20',
      total: '36.00',
      total_tax: '2.88',
      price: 18,
    });
    expect(order.coupon_lines[0]).toMatchObject({ discount: '4', discount_tax: '0.32', nominal_amount: 10 });
    expect(order.tax_lines[0]).toMatchObject({ rate_id: 1, tax_total: '2.88', shipping_tax_total: '0.40' });
  });

  it('charges compound rates on the amount including the others, inside and outside of prices', () => {
    const rates = [rate(1, '5'), rate(2, '10', true)];
    const added = money({ lines: [line('100.00', '1', rates)] });
    expect(added.line_items[0]?.taxes.map((tax) => tax.total)).toEqual(['5.00', '10.50']);
    const contained = money({ lines: [line('115.50', '1', rates)] }, { ...EUR, roundAtSubtotal: false });
    expect(contained.line_items[0]).toMatchObject({ total: '100.00', total_tax: '15.50' });
    expect(contained.total).toBe('115.50');
  });

  it('lets a negative fee carry negative tax even with tax status none', () => {
    const order = money({
      lines: [line('50.00', '1', [rate(1, '8.5')])],
      fees: [{ name: 'Credit', amount: '-10.00', taxClass: '', taxable: false, rates: [] }],
    });
    expect(order.fee_lines[0]).toMatchObject({ tax_status: 'none', total: '-10.00', total_tax: '-0.85' });
    expect(order).toMatchObject({ cart_tax: '3.40', total: '43.40' });
  });

  it('caps a negative fee at what it reduces and keeps the wish in amount', () => {
    const order = money({
      lines: [line('20.29', '1', [])],
      fees: [{ name: 'Credit', amount: '-99', taxClass: '', taxable: false, rates: [] }],
    });
    expect(order.fee_lines[0]).toMatchObject({ amount: '-99', total: '-20.29' });
    expect(order.total).toBe('0.00');
  });

  it('goes below zero in the admin, and stops at zero with negative tax in the checkout', () => {
    const draft = {
      lines: [line('20.00', '1', [rate(1, '9')])],
      shipping: [{ methodId: 'flat_rate', title: 'Courier', total: '4.00', rates: [] }],
      fees: [{ name: 'Credit', amount: '-99', taxClass: '', taxable: true, rates: [rate(1, '9')] }],
    };
    expect(money({ ...draft, path: 'admin' })).toMatchObject({ total: '-0.36', cart_tax: '-0.36' });
    expect(money({ ...draft, path: 'checkout' })).toMatchObject({ total: '0.00', cart_tax: '-0.36' });
  });

  it('shows a hand-lowered line as a discount without coupon, and no negative discount for a raised one', () => {
    const lowered = money({ path: 'admin', lines: [line('19.98', '1', [], { handTotal: '10.00' })] });
    expect(lowered).toMatchObject({ discount_total: '9.98', total: '10.00', coupon_lines: [] });
    const raised = money({ path: 'admin', lines: [line('19.98', '1', [], { handTotal: '25.00' })] });
    expect(raised).toMatchObject({ discount_total: '0.00', total: '25.00' });
    expect(raised.line_items[0]?.subtotal).toBe('25.00');
  });

  it('merges equal lines at the checkout only, which changes the total', () => {
    const equal = Array.from({ length: 4 }, () => line('6.01', '1', [rate(1, '8.25')]));
    const checkout = money({ path: 'checkout', lines: equal });
    const admin = money({ path: 'admin', lines: equal });
    expect(checkout.line_items).toHaveLength(1);
    expect(checkout.line_items[0]?.quantity).toBe(4);
    expect(admin.line_items).toHaveLength(4);
    expect([checkout.total, admin.total]).toEqual(['26.02', '26.04']);
  });

  it('taxes a negative fee as a whole at the checkout, line by line in the admin', () => {
    const tax = [rate(1, '8.5')];
    const draft = {
      lines: Array.from({ length: 5 }, () => line('6.00', '1', tax)),
      fees: [{ name: 'Credit', amount: '-2.78', taxClass: '', taxable: true, rates: tax }],
    };
    expect(money({ ...draft, path: 'checkout' }).fee_lines[0]?.total_tax).toBe('-0.24');
    expect(money({ ...draft, path: 'admin' }).fee_lines[0]?.total_tax).toBe('-0.25');
  });

  it('rounds a tie of tax contained in prices down, of tax on top up', () => {
    const half = [rate(1, '100')];
    const contained = money({ lines: [line('10.01', '1', half)] }, { ...EUR, roundAtSubtotal: false });
    expect(contained.line_items[0]).toMatchObject({ total: '5.01', total_tax: '5.00' });
    const onTop = money({ lines: [line('10.01', '1', [rate(1, '50')])] });
    expect(onTop.line_items[0]).toMatchObject({ total: '10.01', total_tax: '5.01' });
  });

  it('takes a fixed cart coupon exactly, to the last cent, and never more than the goods', () => {
    const lines = ['3.33', '3.33', '3.35'].map((price, index) => line(price, '1', [], { productId: index }));
    const five = money({ lines, coupons: [{ code: 'five', type: 'fixed_cart', amount: '5' }] });
    expect(five).toMatchObject({ discount_total: '5.00', total: '5.01' });
    const all = money({ lines, coupons: [{ code: 'lots', type: 'fixed_cart', amount: '500' }] });
    expect(all).toMatchObject({ discount_total: '10.01', total: '0.00' });
  });

  it('takes a fixed product coupon per unit, only from the products it names', () => {
    const lines = [line('10.00', '3', []), line('10.00', '1', [], { productId: 2 })];
    const order = money({ lines, coupons: [{ code: 'each', type: 'fixed_product', amount: '1.5', productIds: [1] }] });
    expect(order.line_items.map((each) => each.total)).toEqual(['25.50', '10.00']);
  });

  it('drifts with the number of lines when taxes are rounded at the subtotal', () => {
    const gaps = [2, 10, 40, 120].map((count) => {
      const lines = Array.from({ length: count }, (_, i) => line('9.99', '1', [rate(1, '19')], { productId: i }));
      return Math.abs(gapOf(money({ lines, path: 'admin' }, EUR)));
    });
    expect(gaps).toEqual(gaps.toSorted((a, b) => a - b));
    expect(gaps.at(-1)).toBeGreaterThan(10);
    const exact = Array.from({ length: 120 }, () => line('9.99', '1', [rate(1, '19')]));
    expect(gapOf(money({ lines: exact, path: 'admin' }, { ...EUR, roundAtSubtotal: false }))).toBe(0);
  });

  it('pads to the decimals of the currency, not coupon discounts', () => {
    const yen: MoneySettings = { currency: 'JPY', decimals: 0, pricesIncludeTax: false, roundAtSubtotal: true };
    const order = money(
      { lines: [line('1187', '2', [])], coupons: [{ code: 'p', type: 'percent', amount: '7' }] },
      yen,
    );
    expect(order.total).toBe('2208');
    expect(order.coupon_lines[0]?.discount).toBe('166.18');
    const dinar: MoneySettings = { ...yen, currency: 'KWD', decimals: 3 };
    expect(money({ lines: [line('1.2345', '1', [])] }, dinar).total).toBe('1.235');
  });

  it('reads decimal quantities as JSON numbers', () => {
    const order = money({ lines: [line('9.95', '2.5', [])] });
    expect(order.line_items[0]).toMatchObject({ quantity: 2.5, total: '24.88' });
  });
});
