/**
 * Exact decimals for the sandbox's own arithmetic: bigint at 10 decimals. It shares nothing with the product, so that
 * a rounding mistake there cannot hide behind the same mistake here.
 */
const SCALE = 10;
const ONE = 10n ** BigInt(SCALE);

export type RoundingMode = 'halfUp' | 'halfEven';

/** A JSON number as its shortest decimal, exactly. Undefined when it is not a finite decimal of at most 10 places. */
export function decimal(value: unknown): bigint | undefined {
  const text = typeof value === 'number' ? plain(value) : typeof value === 'string' ? value.trim() : '';
  const match = /^(-?)(\d+)(?:\.(\d+))?$/u.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '0', fraction = ''] = match;
  if (fraction.length > SCALE) return undefined;
  const magnitude = BigInt(whole) * ONE + BigInt(fraction.padEnd(SCALE, '0'));
  return sign === '-' ? -magnitude : magnitude;
}

function plain(value: number): string {
  const text = String(value);
  return /e/u.test(text) ? value.toFixed(SCALE) : text;
}

/** Decimal places actually used by a number. */
export function places(value: bigint): number {
  let rest = value < 0n ? -value : value;
  let used = SCALE;
  while (used > 0 && rest % 10n === 0n) {
    rest /= 10n;
    used -= 1;
  }
  return used;
}

/** Product of two decimals at 20 decimals; hand it to `minorOf` with `scale` 20. */
export function times(left: bigint, right: bigint): bigint {
  return left * right;
}

/** A decimal (at `scale` places) in minor units of a currency with `digits` places. */
export function minorOf(value: bigint, digits: number, mode: RoundingMode, scale = SCALE): bigint {
  return divide(value, 10n ** BigInt(scale - digits), mode);
}

/** numerator / denominator rounded to an integer; denominator > 0. */
export function divide(numerator: bigint, denominator: bigint, mode: RoundingMode): bigint {
  const negative = numerator < 0n;
  const magnitude = negative ? -numerator : numerator;
  const quotient = magnitude / denominator;
  const twice = (magnitude % denominator) * 2n;
  const up = twice > denominator || (twice === denominator && (mode === 'halfUp' || quotient % 2n === 1n));
  const rounded = up ? quotient + 1n : quotient;
  return negative ? -rounded : rounded;
}

/** Minor units back to a decimal of this module. */
export function fromMinor(minor: bigint, digits: number): bigint {
  return minor * 10n ** BigInt(SCALE - digits);
}

/** Minor units as the JSON number with that many places (the nearest double prints exactly so). */
export function toNumber(minor: bigint | number, digits: number): number {
  return Number(minor) / 10 ** digits;
}

/** Quotient of two decimals as a JSON number with at most 7 places: QuickBooks' own UnitPrice when only Qty was sent. */
export function ratioNumber(numerator: bigint, denominator: bigint): number {
  const positive = denominator < 0n ? -denominator : denominator;
  return Number(divide((denominator < 0n ? -numerator : numerator) * 10_000_000n, positive, 'halfUp')) / 10_000_000;
}

/** Digits after the point QuickBooks books in: none for the yen and the won, two for everything else it knows. */
export function currencyDigits(currency: string): number {
  return currency === 'JPY' || currency === 'KRW' ? 0 : 2;
}
