import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { divideRounded, formatDecimal, formatMinor, minorDigits, parseDecimal, parseMinor } from './money.js';

const amount = fc.integer({ min: -1_000_000_000_000, max: 1_000_000_000_000 });
const digits = fc.integer({ min: 0, max: 4 });

function readable(text: string, digits: number): number | null {
  try {
    return parseDecimal(text, digits);
  } catch {
    return null;
  }
}

describe('money', () => {
  it('prints and reads every amount back unchanged', () => {
    fc.assert(
      fc.property(amount, digits, (value, d) => {
        expect(parseDecimal(formatDecimal(value, d), d)).toBe(value);
      }),
    );
  });

  it('rounds half away from zero, symmetrically', () => {
    fc.assert(
      fc.property(amount, (value) => {
        const text = formatDecimal(value, 4);
        const opposite = text.startsWith('-') ? text.slice(1) : `-${text}`;
        expect(parseDecimal(opposite, 2) + parseDecimal(text, 2)).toBe(0);
        expect(Math.abs(parseDecimal(text, 2) * 100 - value)).toBeLessThanOrEqual(50);
      }),
    );
  });

  it.each([
    ['5', 'USD', 500],
    ['0.4', 'USD', 40],
    ['1.21525', 'USD', 122],
    ['15.042802', 'USD', 1504],
    ['-0.005', 'USD', -1],
    ['166.18', 'JPY', 166],
    ['1.2345', 'KWD', 1235],
    ['.5', 'USD', 50],
    ['12.', 'USD', 1200],
    ['-0.001', 'USD', 0],
    ['1e3', 'USD', 100_000],
    ['-8.0E-5', 'USD', 0],
    ['5.0E-3', 'USD', 1],
    ['4.9e-3', 'USD', 0],
    ['1.2345E+2', 'USD', 12_345],
    ['-1.005e0', 'USD', -101],
  ])('reads %s %s as %i minor units', (text, currency, minor) => {
    expect(parseMinor(text, currency)).toBe(minor);
  });

  it.each([
    '',
    ' ',
    '.',
    '-',
    'abc',
    '1e',
    'e5',
    '1e1000',
    '1.0E+25',
    `1${'0'.repeat(101)}`,
    '1,000.00',
    '12.3.4',
    '99999999999999999999',
  ])('refuses %j', (text) => {
    expect(() => parseMinor(text, 'USD')).toThrow(expect.objectContaining({ code: 'amount_invalid' }));
  });

  it('reads scientific notation as the same amount as plain digits', () => {
    fc.assert(
      fc.property(amount, fc.integer({ min: -12, max: 12 }), digits, (value, exponent, d) => {
        const plain = formatDecimal(value, 6);
        const [whole = '', fraction = ''] = plain.replace('-', '').split('.');
        const moved = `${whole}${fraction}`.replace(/^0+(?=\d)/, '');
        const scientific = `${value < 0 ? '-' : ''}${moved}e${exponent - 6}`;
        const shown = `${plain}e${exponent}`;
        expect(readable(scientific, d)).toBe(readable(shown, d));
      }),
    );
  });

  it('knows currencies without and with three decimals', () => {
    expect([minorDigits('JPY'), minorDigits('KWD'), minorDigits('EUR')]).toEqual([0, 3, 2]);
    expect(formatMinor(-5, 'USD')).toBe('-0.05');
    expect(formatMinor(1234, 'JPY')).toBe('1234');
  });

  it('divides exactly, half away from zero', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
        fc.bigInt({ min: 1n, max: 10n ** 9n }),
        (n, d) => {
          const twiceError = (divideRounded(n, d) * d - n) * 2n;
          expect(twiceError <= d && twiceError >= -d).toBe(true);
          expect(divideRounded(-n, d)).toBe(-divideRounded(n, d));
        },
      ),
    );
    expect(divideRounded(5n, 10n)).toBe(1n);
    expect(divideRounded(-5n, 10n)).toBe(-1n);
  });
});
