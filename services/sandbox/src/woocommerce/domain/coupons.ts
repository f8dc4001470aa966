import { type Micro, MICRO_DIGITS, multiply, percentOf, roundTo, sum, toMicro } from './fixed.js';
import type { DraftCoupon, DraftLine, MoneySettings } from './types.js';

/** What each coupon takes from each line, in price terms (with tax where prices include it). */
export interface AppliedCoupon {
  readonly coupon: DraftCoupon;
  readonly perLine: readonly Micro[];
}

/**
 * Coupons are applied one after the other to what the earlier ones left. Per-line rounding rounds each share to the
 * store's decimals; with round-at-subtotal the six decimals stay, which is one source of drift in tax-exclusive shops.
 */
export function applyCoupons(
  lines: readonly DraftLine[],
  grossAmounts: readonly Micro[],
  coupons: readonly DraftCoupon[],
  settings: MoneySettings,
): AppliedCoupon[] {
  const left = [...grossAmounts];
  return coupons.map((coupon) => {
    const eligible = lines.map((line, index) => isEligible(line, coupon) && (left[index] ?? 0n) > 0n);
    const wish = shares(lines, left, eligible, coupon, settings);
    const perLine = wish.map((share, index) => min(share, left[index] ?? 0n));
    perLine.forEach((share, index) => {
      left[index] = (left[index] ?? 0n) - share;
    });
    return { coupon, perLine };
  });
}

function shares(
  lines: readonly DraftLine[],
  left: readonly Micro[],
  eligible: readonly boolean[],
  coupon: DraftCoupon,
  settings: MoneySettings,
): Micro[] {
  const amount = toMicro(coupon.amount);
  const rounded = (value: Micro) => (settings.roundAtSubtotal ? value : roundTo(value, settings.decimals));
  if (coupon.type === 'percent') return left.map((each, i) => (eligible[i] ? rounded(percentOf(each, amount)) : 0n));
  if (coupon.type === 'fixed_product') {
    return lines.map((line, i) => (eligible[i] ? rounded(multiply(amount, toMicro(line.quantity))) : 0n));
  }
  return splitFixedCart(left, eligible, amount, settings.decimals);
}

/** A fixed cart discount in proportion to the lines; the last units go to the first lines that can still give one. */
function splitFixedCart(
  left: readonly Micro[],
  eligible: readonly boolean[],
  amount: Micro,
  decimals: number,
): Micro[] {
  const unit = 10n ** BigInt(MICRO_DIGITS - decimals);
  const base = sum(left.filter((_, index) => eligible[index]));
  if (base === 0n) return left.map(() => 0n);
  const target = min(amount, base);
  // All amounts are positive here, so bigint division rounds down.
  const floored = left.map((each, i) => (eligible[i] ? ((each * target) / (base * unit)) * unit : 0n));
  let missing = target - sum(floored);
  for (let i = 0; missing >= unit && i < floored.length; i += 1) {
    const part = floored[i] ?? 0n;
    if (!eligible[i] || part + unit > (left[i] ?? 0n)) continue;
    floored[i] = part + unit;
    missing -= unit;
  }
  return floored;
}

function isEligible(line: DraftLine, coupon: DraftCoupon): boolean {
  return coupon.productIds === undefined || coupon.productIds.includes(line.productId);
}

function min(a: Micro, b: Micro): Micro {
  return a < b ? a : b;
}
