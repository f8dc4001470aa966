import { divideRounded, formatDecimal, parseDecimal } from '@tillstream/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minorOfWire, normalisePercent, quantityAndPrice, wireAmount } from './numbers.js';

const CURRENCIES = [
  ['USD', 2],
  ['JPY', 0],
  ['KWD', 3],
] as const;

/** QuickBooks' own check (6070): Qty × UnitPrice, rounded to the cent, is Amount. */
function product(quantity: string, unitPrice: string, digits: number): number {
  const exact = (text: string) => {
    const [whole = '', fraction = ''] = text.split('.');
    return BigInt(whole + fraction.padEnd(10, '0'));
  };
  return Number(divideRounded(exact(quantity) * exact(unitPrice), 10n ** BigInt(20 - digits)));
}

describe('wire amounts', () => {
  it('print the exact decimal and read back as the same minor units', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -9_999_999_999_999, max: 9_999_999_999_999 }),
        fc.constantFrom(...CURRENCIES),
        (minor, [currency, digits]) => {
          const wire = wireAmount(minor, digits);
          expect(minorOfWire(JSON.parse(JSON.stringify(wire)), currency)).toBe(minor);
          expect(parseDecimal(JSON.stringify(wire), digits)).toBe(minor);
        },
      ),
    );
  });

  it('has no negative zero', () => {
    expect(Object.is(wireAmount(0, 2), 0)).toBe(true);
  });

  it.each([
    [undefined, 0],
    [null, 0],
    [1e-7, 0],
    ['3.28', 328],
    [true, 0],
  ])('reads %j as %i cents', (value, minor) => {
    expect(minorOfWire(value, 'USD')).toBe(minor);
  });
});

describe('quantity and price (B12)', () => {
  it('always multiply to the amount, or are one piece at the amount with the figures in words', () => {
    const quantities = fc.oneof(
      fc.integer({ min: 1, max: 100_000 }).map(String),
      fc.integer({ min: 1, max: 9_999_999 }).map((scaled) => formatDecimal(scaled, 3)),
      fc.constantFrom('0', '-2', '', 'two', '1e3', '0.0000001', '2.50'),
    );
    fc.assert(
      fc.property(
        quantities,
        fc.integer({ min: -99_999_999_99, max: 99_999_999_99 }),
        fc.constantFrom(...CURRENCIES),
        (text, amount, [currency, digits]) => {
          const { quantity, unitPrice, remark } = quantityAndPrice(text, amount, currency);
          expect(product(quantity, unitPrice, digits)).toBe(amount);
          expect([String(Number(quantity)), String(Number(unitPrice))]).toEqual([quantity, unitPrice]);
          expect(remark === null || quantity === '1').toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['3', 1000, '3', '3.3333333', null],
    ['2.5', 2488, '2.5', '9.952', null],
    ['0.333', 100, '0.333', '3.003003', null],
    ['7', 0, '7', '0', null],
    ['0', 500, '1', '5', '(0 × ?)'],
    ['1.000', 1_000_000_000_00, '1', '1000000000', null],
  ])('%s pieces for %i cents', (text, amount, quantity, unitPrice, remark) => {
    expect(quantityAndPrice(text, amount, 'USD')).toEqual({ quantity, unitPrice, remark });
  });

  it('falls back to one piece when seven decimals of price cannot hit the amount', () => {
    const { quantity, remark } = quantityAndPrice('999999', 1_000_001, 'USD');
    expect(product('999999', '0.0100000', 2)).not.toBe(1_000_001);
    expect([quantity, remark === null]).toEqual(['1', false]);
  });
});

describe('percents', () => {
  it.each([
    ['8.0', '8'],
    ['19.0000', '19'],
    [7, '7'],
    ['9.975', '9.975'],
    ['0.00', '0'],
    ['n/a', 'n/a'],
    ['100', '100'],
  ])('%j is %j', (value, expected) => {
    expect(normalisePercent(value)).toBe(expected);
  });
});
