import { formatMinor } from '@tillstream/kernel';

/** Figures and times as a person reads them; the same texts in tables, sentences and progress lines. Pure. */

export interface Amount {
  readonly amountMinor: number;
  readonly currency: string;
}

/** `44.28 USD`. */
export function amountText({ amountMinor, currency }: Amount): string {
  return `${formatMinor(amountMinor, currency)} ${currency}`;
}

/** `2026-01-05 12:00:03 UTC` from an RFC 3339 time. */
export function timeText(time: string): string {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return time;
  return `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`: two units at most. */
export function durationText(ms: number): string {
  const span = Math.max(0, ms);
  if (span < 10 * SECOND_MS) return `${(Math.round(span / 100) / 10).toFixed(1)} s`;
  const seconds = Math.round(span / SECOND_MS);
  if (seconds < 60) return `${seconds} s`;
  if (seconds * SECOND_MS < HOUR_MS) return twoUnits(seconds * SECOND_MS, MINUTE_MS, 'min', SECOND_MS, 's');
  if (span < DAY_MS) return twoUnits(span, HOUR_MS, 'h', MINUTE_MS, 'min');
  return twoUnits(span, DAY_MS, 'd', HOUR_MS, 'h');
}

function twoUnits(span: number, large: number, largeName: string, small: number, smallName: string): string {
  const whole = Math.floor(span / large);
  const rest = Math.floor((span - whole * large) / small);
  return rest === 0 ? `${whole} ${largeName}` : `${whole} ${largeName} ${rest} ${smallName}`;
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `512 B`, `1.2 MB`: decimal units, as file managers show them. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.95 && unit < BYTE_UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${unit === 0 ? String(value) : value.toFixed(1)} ${BYTE_UNITS[unit]}`;
}

/** `1 record`, `3 records`. */
export function countText(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listText(words: readonly string[], last = 'and'): string {
  if (words.length <= 1) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;
}

/** `completed_with_errors` -> `completed with errors`. */
export function wordsOf(code: string): string {
  return code.replaceAll('_', ' ');
}

const TARGET_NAMES: Readonly<Record<string, string>> = { quickbooks: 'QuickBooks', supabase: 'Supabase' };

export function targetName(target: string): string {
  return TARGET_NAMES[target] ?? target;
}

const ENTITY_NAMES: Readonly<Record<string, string>> = { orders: 'order', customers: 'customer', products: 'product' };

/** `orders` -> `order`. */
export function entityName(entity: string): string {
  return ENTITY_NAMES[entity] ?? entity;
}

export function capitalized(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

/** Without what could move the cursor or colour the screen, line breaks apart. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n]+/gu, ' ');
}

/** One line, whatever it contained: answers of remotes may have control characters. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\s]+/gu, ' ').trim();
}
