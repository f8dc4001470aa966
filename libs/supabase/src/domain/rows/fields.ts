import { formatDecimal, minorDigits, parseDecimal } from '@tillstream/kernel';

/** Tolerant reading of a source record: what cannot be read is null, never an error; `raw` has it all anyway. */
export type Source = Readonly<Record<string, unknown>>;
export type Row = Record<string, string | number | boolean | null>;

export function source(value: unknown): Source {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Source) : {};
}

export function list(value: unknown): readonly Source[] {
  return Array.isArray(value) ? value.map(source) : [];
}

/** Text of a text or number; "" is null. */
export function text(value: unknown): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** An id; WooCommerce writes 0 for none. */
export function id(value: unknown): string | null {
  const read = text(value);
  return read === '0' ? null : read;
}

export function flag(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

const DECIMAL = /^[+-]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})$/;

/** An exact decimal as text for `numeric`; plugins send numbers where texts are due. */
export function decimal(value: unknown): string | null {
  const read = text(value)?.trim();
  return read !== undefined && DECIMAL.test(read) ? read : null;
}

/** `{total_minor, total}` in the currency's minor unit; both null when unreadable, minor null without a currency. */
export function money(name: string, value: unknown, currency: string | null): Row {
  const read = decimal(value);
  if (read === null || currency === null) return { [`${name}_minor`]: null, [name]: read };
  const digits = minorDigits(currency);
  try {
    const minor = parseDecimal(read, digits);
    return { [`${name}_minor`]: minor, [name]: formatDecimal(minor, digits) };
  } catch {
    return { [`${name}_minor`]: null, [name]: read };
  }
}

/** ISO 4217 in upper case. */
export function currencyOf(value: unknown): string | null {
  const read = text(value)?.toUpperCase();
  return read !== undefined && /^[A-Z]{3}$/.test(read) ? read : null;
}

const GMT = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.\d+)?Z?$/;

/** WooCommerce's `*_gmt` (no zone) as a time PostgreSQL reads; null for anything that is no real time. */
export function time(value: unknown): string | null {
  const [, day, clock] = typeof value === 'string' ? (GMT.exec(value) ?? []) : [];
  if (day === undefined || clock === undefined) return null;
  const at = Date.parse(`${day}T${clock}Z`);
  return Number.isNaN(at) || !day.startsWith(new Date(at).toISOString().slice(0, 10)) || day < '0001'
    ? null
    : `${day}T${clock}Z`;
}
