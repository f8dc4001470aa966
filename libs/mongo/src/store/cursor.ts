import type { FindQuery } from '@tillstream/document-store';
import { contentHash, PermanentError } from '@tillstream/kernel';
import type { IndexValue } from './stored-document.js';

/** The place after which the next page starts: the last item's sort value (null when sorted by id) and id. */
export interface Position {
  readonly value: IndexValue;
  readonly id: string;
}

/** Ties a cursor to its query: a cursor of another filter or order would silently skip documents. */
export function queryFingerprint(collection: string, query: FindQuery): string {
  return contentHash([collection, query.where ?? {}, query.sort ?? null]).slice(0, 16);
}

export function encodeCursor(fingerprint: string, position: Position): string {
  return Buffer.from(JSON.stringify([fingerprint, position.value, position.id])).toString('base64url');
}

/** Throws `cursor_invalid` when the cursor is broken or belongs to another query. */
export function decodeCursor(fingerprint: string, cursor: string): Position {
  const parts = parse(cursor);
  const [print, value, id] = Array.isArray(parts) ? parts : [];
  const scalar = value === null || typeof value === 'string' || typeof value === 'number';
  if (print !== fingerprint || !scalar || typeof id !== 'string') {
    throw new PermanentError('cursor_invalid', 'the cursor is broken or belongs to another query');
  }
  return { value, id };
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
