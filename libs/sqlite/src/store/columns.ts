export type SqlValue = string | number;

/**
 * Stands for null and absent in the columns of declared fields: it sorts before every other value, so that a keyset
 * comparison `(field, id) > (?, ?)` needs no special case for null. JSON knows no infinity, hence no document has it.
 */
export const NULL_VALUE = Number.NEGATIVE_INFINITY;
export const NULL_LITERAL = '-9e999';

export function columnOf(field: string): string {
  return `f_${field}`;
}

/** A field's value as it is indexed; anything that is not a JSON scalar counts as null. */
export function columnValue(value: unknown): SqlValue {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : NULL_VALUE;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return NULL_VALUE;
}
