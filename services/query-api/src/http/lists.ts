import type { FindResult } from '@tillstream/document-store';
import { z } from 'zod';

/** Paging of every list (contract section 2). */
export const PageQuery = {
  limit: z
    .string()
    .regex(/^[0-9]{1,4}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(1).max(200))
    .default(50)
    .meta({ description: 'Items per page, 1 to 200.', type: 'integer', minimum: 1, maximum: 200, default: 50 }),
  cursor: z.string().min(1).max(2_000).optional().meta({ description: '`nextCursor` of the page before.' }),
};

export interface Page {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface List<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** `limit` and `cursor` as the store takes them. */
export function paging({ limit, cursor }: Page): { limit: number; cursor?: string } {
  return cursor === undefined ? { limit } : { limit, cursor };
}

export function toList<Doc, Item>(found: FindResult<Doc>, map: (doc: Doc, id: string) => Item): List<Item> {
  return { items: found.items.map(({ doc, id }) => map(doc, id)), nextCursor: found.nextCursor };
}
