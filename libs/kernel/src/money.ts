import { PermanentError } from './errors.js';

/** Money as it travels through Tillstream: an integer of minor units and an ISO 4217 code. */
export interface Money {
  readonly amountMinor: number;
  readonly currency: string;
}

/** ISO 4217 currencies whose minor unit is not 1/100 (source: ISO 4217 list one). */
// biome-ignore format: a table reads better in rows
const DIGITS: Readonly<Record<string, number>> = {
  BIF: 0, CLP: 0, DJF: 0, GNF: 0, ISK: 0, JPY: 0, KMF: 0, KRW: 0, PYG: 0, RWF: 0, UGX: 0, UYI: 0, VND: 0, VUV: 0,
  XAF: 0, XOF: 0, XPF: 0, BHD: 3, IQD: 3, JOD: 3, KWD: 3, LYD: 3, OMR: 3, TND: 3, CLF: 4, UYW: 4,
};

/** Digits after the point of a currency's minor unit: 2 unless ISO 4217 says otherwise. */
export function minorDigits(currency: string): number {
  return DIGITS[currency] ?? 2;
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;
/** Longer texts are no amounts of anybody, and exact arithmetic on them would cost their square. */
const LONGEST_DECIMAL = 100;

/**
 * A decimal string, also in scientific notation (PHP prints small floats so), as an integer of 10^-digits, rounded half
 * away from zero (as WooCommerce and QuickBooks print amounts). Throws `amount_invalid` for anything that is no decimal
 * or does not fit an exact integer.
 */
export function parseDecimal(text: string, digits: number): number {
  const match = text.length > LONGEST_DECIMAL ? null : DECIMAL.exec(text.trim());
  if (!match || `${match[2]}${match[3] ?? ''}` === '') {
    throw new PermanentError('amount_invalid', `"${text.slice(0, 40)}" is not an amount`);
  }
  const [, sign, mantissaWhole = '', mantissaFraction = '', exponent = '0'] = match;
  const { whole, fraction } = shifted(mantissaWhole, mantissaFraction, Number(exponent));
  const kept = BigInt(`${whole}${fraction.slice(0, digits).padEnd(digits, '0')}` || '0');
  const roundUp = (fraction[digits] ?? '0') >= '5' ? 1n : 0n;
  const value = Number(sign === '-' ? -(kept + roundUp) : kept + roundUp);
  if (!Number.isSafeInteger(value)) throw new PermanentError('amount_invalid', `"${text.slice(0, 40)}" is too large`);
  return value === 0 ? 0 : value;
}

/** The point moved by `exponent` places to the right. */
function shifted(whole: string, fraction: string, exponent: number): { whole: string; fraction: string } {
  if (exponent === 0) return { whole, fraction };
  if (exponent > 0) {
    return { whole: whole + fraction.slice(0, exponent).padEnd(exponent, '0'), fraction: fraction.slice(exponent) };
  }
  const padded = whole.padStart(-exponent, '0');
  return { whole: padded.slice(0, exponent), fraction: padded.slice(exponent) + fraction };
}

/** Minor units of `currency` from a decimal string such as WooCommerce sends. */
export function parseMinor(text: string, currency: string): number {
  return parseDecimal(text, minorDigits(currency));
}

/** `4428, 2 -> "44.28"`; the exact inverse of parseDecimal. */
export function formatDecimal(value: number, digits: number): string {
  const negative = value < 0;
  const text = String(Math.abs(value)).padStart(digits + 1, '0');
  const cut = text.length - digits;
  return `${negative ? '-' : ''}${text.slice(0, cut)}${digits > 0 ? `.${text.slice(cut)}` : ''}`;
}

export function formatMinor(amountMinor: number, currency: string): string {
  return formatDecimal(amountMinor, minorDigits(currency));
}

/** round(numerator / denominator), half away from zero, exact. `denominator` > 0. */
export function divideRounded(numerator: bigint, denominator: bigint): bigint {
  const negative = numerator < 0n;
  const magnitude = negative ? -numerator : numerator;
  const rounded = (magnitude * 2n + denominator) / (denominator * 2n);
  return negative ? -rounded : rounded;
}
