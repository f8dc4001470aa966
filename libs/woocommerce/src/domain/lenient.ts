import { z } from 'zod';

/**
 * Members as PHP and plugins really write them. What the books do not need never holds a record: it is read as far as
 * it can be read, else it is nothing. PHP's `false`, `null`, `""` and a lone `-` are nothing; ids and counts may be text.
 * Texts are cut here, where they are read, so that nothing later works on more than it could use.
 */

/** Longest name or address line kept, characters: ten times what QuickBooks takes. `raw` keeps the whole. */
const LONGEST_TEXT = 1_000;
/** Longest order number, status, e-mail or reference kept. */
const LONGEST_WORD = 100;
/** Longest amount looked at; WooCommerce keeps at most 26 digits. */
const LONGEST_AMOUNT = 40;

const textOf = (longest: number) =>
  z
    .unknown()
    .optional()
    .transform((value) => cut(asText(value), longest));

/** Free text; what is no text is "". */
export const Text = textOf(LONGEST_TEXT);
/** Short text that names something: a number, a status, a reference. */
export const Word = textOf(LONGEST_WORD);

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : '';
}

/** Never between the halves of one character. */
function cut(text: string, longest: number): string {
  if (text.length <= longest) return text;
  return text.slice(0, longest).replace(/[\uD800-\uDBFF]$/, '');
}

/** PHP's ways to say nothing. */
export function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === false || (typeof value === 'string' && isBlank(value));
}

const isBlank = (text: string): boolean => text.length <= LONGEST_AMOUNT && /^\s*-?\s*$/.test(text);

const DECIMAL = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?\s*$/;

/** A decimal in plain or scientific notation. */
export function isDecimal(text: string): boolean {
  return text.length <= LONGEST_AMOUNT && DECIMAL.test(text);
}

/** A decimal as text, exactly as it was written; plugins write numbers. */
export const Decimal = z
  .union([z.string(), z.number().transform(String), z.bigint().transform(String)])
  .refine(isDecimal, 'is not an amount');

/** An amount that may be left out, which is zero. */
export const OptionalDecimal = z.preprocess((value) => (isNothing(value) ? '0' : value), Decimal);

/** An amount whose absence says something else than zero. */
export const DecimalOrNothing = z.preprocess((value) => (isNothing(value) ? null : value), Decimal.nullable());

/** What identifies a record. */
export const RecordId = z
  .union([z.int().min(1), z.string().regex(/^\s*0*[1-9]\d{0,15}\s*$/)])
  .transform(Number)
  .pipe(z.int().min(1));

/** Names another record; 0 or nothing readable = none. */
export const Reference = z
  .unknown()
  .optional()
  .transform((value): string | null => {
    const text = cut(asText(value).trim(), LONGEST_WORD);
    return /^[1-9]\d*$/.test(text) ? text : null;
  });

/** A quantity or percentage as plain decimal text without float noise: 2.5 -> "2.5"; null = not readable. */
export const Quantity = z
  .unknown()
  .optional()
  .transform((value): string | null => {
    const text = asText(value);
    return isDecimal(text) ? plainDecimal(Number(text)) : null;
  });

function plainDecimal(value: number): string | null {
  if (!Number.isFinite(value) || Math.abs(value) >= 1e15) return null;
  const text = value.toFixed(8).replace(/\.?0+$/, '');
  return text === '-0' ? '0' : text;
}

export const Flag = z
  .unknown()
  .optional()
  .transform((value) => value === true || value === 1 || value === '1' || value === 'true' || value === 'yes');

/** PHP prints an empty map as `[]`; plugins leave other things in its place. */
export const orEmpty = <T extends z.ZodType>(schema: T) => z.preprocess((value) => (isMap(value) ? value : {}), schema);

/** A list that may be missing. Entries that are nothing are left out. */
export const list = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => (itemsOf(value) ?? []).filter((entry) => !isNothing(entry)), z.array(item));

/** A list that must be there: without it the record is damaged, not empty. */
export const requiredList = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => itemsOf(value) ?? value, z.array(item));

/** PHP prints an array with gaps in its keys as an object: it is the list of its values. Else undefined. */
export function itemsOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  return isMap(value) && Object.keys(value).every((key) => /^\d{1,15}$/.test(key)) ? Object.values(value) : undefined;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
