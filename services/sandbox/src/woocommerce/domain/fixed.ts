/**
 * Exact amounts of the simulated shop: a bigint of 10^-6 currency units. WooCommerce keeps six decimals between steps
 * and rounds to the store's decimals only where its settings say so; that is what makes sums drift, so the sandbox
 * needs the six decimals too. Deliberately its own code: a sandbox that shared the product's rounding could not
 * contradict it.
 */
export type Micro = bigint;

export const MICRO_DIGITS = 6;
const MICRO = 1_000_000n;

/** `half-down` is what WooCommerce uses for taxes contained in prices, `half-up` everywhere else. */
export type Rounding = 'half-up' | 'half-down';

/** a ÷ b for b > 0, ties away from zero (half-up) or towards zero (half-down). */
export function divide(a: bigint, b: bigint, rounding: Rounding = 'half-up'): bigint {
  const negative = a < 0n;
  const magnitude = negative ? -a : a;
  let quotient = magnitude / b;
  const doubledRest = (magnitude % b) * 2n;
  if (doubledRest > b || (doubledRest === b && rounding === 'half-up')) quotient += 1n;
  return negative ? -quotient : quotient;
}

/** "12.5" → 12_500_000n; "" counts as zero, as an unset price does in WooCommerce. */
export function toMicro(text: string): Micro {
  const match = /^(-?)(\d*)(?:\.(\d+))?$/.exec(text.trim());
  if (!match) throw new RangeError(`not a decimal: ${text}`);
  const [, sign, whole = '', fraction = ''] = match;
  const scaled = BigInt(`${whole === '' ? '0' : whole}${fraction.slice(0, MICRO_DIGITS).padEnd(MICRO_DIGITS, '0')}`);
  const rounded = (fraction[MICRO_DIGITS] ?? '0') >= '5' ? scaled + 1n : scaled;
  return sign === '-' ? -rounded : rounded;
}

/** Rounds to the store's decimals, staying in micro units. */
export function roundTo(value: Micro, decimals: number, rounding: Rounding = 'half-up'): Micro {
  const step = 10n ** BigInt(MICRO_DIGITS - decimals);
  return divide(value, step, rounding) * step;
}

/** value × factor, where factor is itself in micro units (a quantity, a percentage). */
export function multiply(value: Micro, factor: Micro): Micro {
  return divide(value * factor, MICRO);
}

/** value × percent / 100. */
export function percentOf(value: Micro, percent: Micro): Micro {
  return divide(value * percent, 100n * MICRO);
}

/** "12.30": padded to the store's decimals, the form of nearly every money field of the API. */
export function format(value: Micro, decimals: number): string {
  const units = divide(value, 10n ** BigInt(MICRO_DIGITS - decimals));
  const negative = units < 0n;
  const text = String(negative ? -units : units).padStart(decimals + 1, '0');
  const cut = text.length - decimals;
  return `${negative ? '-' : ''}${text.slice(0, cut)}${decimals > 0 ? `.${text.slice(cut)}` : ''}`;
}

/** "5", "0.4", "1.21525": the unpadded form WooCommerce uses for coupon discounts. */
export function formatUnpadded(value: Micro): string {
  const text = format(value, MICRO_DIGITS);
  return text.replace(/0+$/, '').replace(/\.$/, '');
}

export function toNumber(value: Micro): number {
  return Number(value) / Number(MICRO);
}

export function sum(values: Iterable<Micro>): Micro {
  let total = 0n;
  for (const value of values) total += value;
  return total;
}
