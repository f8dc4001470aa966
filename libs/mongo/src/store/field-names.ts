/**
 * Names of document fields as names of BSON fields. MongoDB reads dots as paths and dollars as operators, the driver
 * gives `_bsontype` a meaning and JavaScript `__proto__`, and NUL or half an emoji cannot be sent at all; so these
 * characters become `%XX` or `%uXXXX`. Names without them stay readable as they are.
 */
const UNSAFE = /[%.$\0\p{Cs}]|^_/gu;
const ESCAPED = /%u([0-9A-F]{4})|%([0-9A-F]{2})/g;
const EMPTY = '%';

export function toFieldName(name: string): string {
  return name === '' ? EMPTY : name.replace(UNSAFE, escape);
}

export function fromFieldName(stored: string): string {
  if (!stored.includes('%')) return stored;
  if (stored === EMPTY) return '';
  return stored.replace(ESCAPED, (_, wide: string | undefined, narrow: string | undefined) =>
    String.fromCharCode(Number.parseInt(wide ?? narrow ?? '', 16)),
  );
}

function escape(character: string): string {
  const code = character.charCodeAt(0).toString(16).toUpperCase();
  return code.length > 2 ? `%u${code.padStart(4, '0')}` : `%${code.padStart(2, '0')}`;
}
