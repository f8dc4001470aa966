import { divideRounded, formatDecimal, minorDigits, parseDecimal } from '@tillstream/kernel';

/** Exact conversions between integers of minor units and the JSON numbers of the wire. */

/** The JSON number that prints exactly as the decimal of `minor` (44.28, never 44.280000000000001). */
export function wireAmount(minor: number, digits: number): number {
  return Number(formatDecimal(minor, digits));
}

/** Minor units of a wire amount; absent counts as 0. */
export function minorOfWire(value: unknown, currency: string): number {
  if (typeof value !== 'number' && typeof value !== 'string') return 0;
  const text = typeof value === 'number' && /e/u.test(String(value)) ? value.toFixed(7) : String(value);
  return parseDecimal(text, minorDigits(currency));
}

/** `12.500` -> `12.5`, `8.0` -> `8`: rates compare as text. Anything that is no decimal stays as it is. */
export function normalisePercent(value: string | number): string {
  const text = String(value).trim();
  if (!/^-?\d+(\.\d+)?$/u.test(text)) return text;
  return formatDecimal(parseDecimal(text, 6), 6)
    .replace(/\.?0+$/u, '')
    .replace(/^-0$/u, '0');
}

const UNIT_PRICE_DIGITS = 7;
const QUANTITY_DIGITS = 7;
const ONE_PIECE = 10n ** BigInt(QUANTITY_DIGITS);
/** A double carries 15 significant digits exactly. */
const EXACT_DIGITS = 15;

export interface QuantityAndPrice {
  readonly quantity: string;
  readonly unitPrice: string;
  /** Stands for quantity and price when they cannot be sent (B12): goes into the description. */
  readonly remark: string | null;
}

/**
 * Quantity and UnitPrice of a line (B12): the price is Amount / Qty at 7 decimals when QuickBooks' own product of the
 * two rounds back to Amount (fault 6070 otherwise), else one piece at the amount, with the figures in words.
 */
export function quantityAndPrice(quantity: string, amountMinor: number, currency: string): QuantityAndPrice {
  const digits = minorDigits(currency);
  const amount = formatDecimal(amountMinor, digits);
  const pieces = exactQuantity(quantity);
  if (pieces === ONE_PIECE) return { quantity: '1', unitPrice: trimDecimal(amount), remark: null };
  const asOne = (price: string) => {
    const remark = `(${trimDecimal(quantity.trim()) || '0'} × ${price})`;
    return { quantity: '1', unitPrice: trimDecimal(amount), remark };
  };
  if (pieces === null) return asOne('?');
  const scale = 10n ** BigInt(UNIT_PRICE_DIGITS + QUANTITY_DIGITS - digits);
  const price = divideRounded(BigInt(amountMinor) * scale, pieces);
  if (!isExact(price)) return asOne('?');
  const unitPrice = trimDecimal(formatDecimal(Number(price), UNIT_PRICE_DIGITS));
  const plainQuantity = trimDecimal(formatDecimal(Number(pieces), QUANTITY_DIGITS));
  const fits =
    roundsBack(pieces * price, amountMinor, digits) && printsPlainly(plainQuantity) && printsPlainly(unitPrice);
  return fits ? { quantity: plainQuantity, unitPrice, remark: null } : asOne(unitPrice);
}

/** Quantity in 10^-7, or null when it is not a positive decimal that fits. */
function exactQuantity(text: string): bigint | null {
  const match = /^(\d+)(?:\.(\d{1,7})0*)?$/u.exec(text.trim());
  if (!match) return null;
  const [, whole = '0', fraction = ''] = match;
  const pieces = BigInt(whole + fraction.padEnd(QUANTITY_DIGITS, '0'));
  return pieces > 0n && isExact(pieces) ? pieces : null;
}

function isExact(scaled: bigint): boolean {
  return String(scaled < 0n ? -scaled : scaled).length <= EXACT_DIGITS;
}

/** As a JSON number it has no exponent (0.0000009 would print as 9e-7). */
function printsPlainly(decimal: string): boolean {
  return String(Number(decimal)) === decimal;
}

/** `product` is in 10^-14. Compared at two decimals at least, because a remote may round a yen line to hundredths. */
function roundsBack(product: bigint, amountMinor: number, digits: number): boolean {
  const places = Math.max(2, digits);
  const rounded = divideRounded(product, 10n ** BigInt(UNIT_PRICE_DIGITS + QUANTITY_DIGITS - places));
  return rounded === BigInt(amountMinor) * 10n ** BigInt(places - digits);
}

function trimDecimal(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/u, '') : text;
}
