import type { Versioned } from '@tillstream/document-store';
import { tooLargeError } from '../errors.js';
import { fromFieldName, toFieldName } from './field-names.js';

/** A value as it is compared and sorted: null < numbers < texts, in MongoDB's own order too. */
export type IndexValue = string | number | null;

/** What MongoDB holds of one document. Stored state: a change of these names is a migration. */
export interface StoredDocument {
  readonly _id: string;
  readonly version: number;
  /** Every top-level field as JSON text: nothing is lost that JSON can say, and one field can be set alone. */
  readonly doc: Readonly<Record<string, string>>;
  /** The declared fields as plain values, for indexes. */
  readonly fields: Readonly<Record<string, IndexValue>>;
  /**
   * Names of the writes that made the latest versions, newest last: a writer whose bulk was only partly applied finds
   * out which of its writes won, also when others have written on top of them since.
   */
  readonly writers: readonly string[];
}

/** Versions that `writers` tells about. More writes to one document within one round trip of a bulk are unheard of. */
export const REMEMBERED_WRITERS = 8;

export type Content = Pick<StoredDocument, 'doc' | 'fields'>;

/** MongoDB's limit, less what names, version and writer need. */
const LARGEST_BYTES = 16 * 1024 * 1024 - 16 * 1024;

/** Throws `document_too_large`. */
export function contentOf(doc: object, declared: readonly string[]): Content {
  const texts = textsOf(doc);
  const record = doc as Readonly<Record<string, unknown>>;
  return { doc: texts, fields: Object.fromEntries(declared.map((field) => [field, indexValue(record[field])])) };
}

/** The `$set` of a patch: only what it names. Throws `document_too_large`. */
export function patchOf(set: Readonly<Record<string, unknown>>, declared: readonly string[]): Record<string, unknown> {
  const changes: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(textsOf(set))) changes[`doc.${name}`] = text;
  for (const field of declared) if (Object.hasOwn(set, field)) changes[`fields.${field}`] = indexValue(set[field]);
  return changes;
}

export function versioned<T>(stored: Pick<StoredDocument, '_id' | 'version' | 'doc'>): Versioned<T> {
  return { id: stored._id, version: stored.version, doc: documentOf(stored.doc) as T };
}

/** Fields become own properties whatever their name: also one named `__proto__` is a field like any other. */
export function documentOf(texts: Readonly<Record<string, string>>): unknown {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]): [string, unknown] => [fromFieldName(name), JSON.parse(text)]),
  );
}

/** Anything that is no JSON scalar counts as null; booleans as 0 and 1, which is also their order. */
export function indexValue(value: unknown): IndexValue {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return null;
}

function textsOf(doc: object): Record<string, string> {
  const texts: Record<string, string> = {};
  let bytes = 0;
  for (const [name, value] of Object.entries(doc)) {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) continue;
    texts[toFieldName(name)] = text;
    bytes += text.length;
  }
  if (bytes > LARGEST_BYTES / 3) checkSize(texts);
  return texts;
}

/** Counting bytes costs a pass over the text, so only documents that could be too large (3 bytes a character) pay it. */
function checkSize(texts: Readonly<Record<string, string>>): void {
  let bytes = 0;
  for (const [name, text] of Object.entries(texts)) bytes += Buffer.byteLength(name) + Buffer.byteLength(text) + 16;
  if (bytes > LARGEST_BYTES) throw tooLargeError();
}
