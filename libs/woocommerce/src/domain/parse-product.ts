import type { CanonicalProduct, RelatedRecords } from '@tillstream/contracts';
import { parseMinor, TillstreamError } from '@tillstream/kernel';
import { z } from 'zod';
import { list, RecordId, Text, Word } from './lenient.js';
import { describeIssue, plain, type Unreadable, unreadable } from './parts.js';

export type ParsedProduct = { readonly ok: true; readonly product: CanonicalProduct } | Unreadable;

/** What must be readable in a product or variation of `wc/v3`. Older versions show variations without name and type. */
const WooProduct = z.object({
  id: RecordId,
  name: Text,
  sku: Text,
  type: Word,
  status: Word.pipe(z.string().min(1)),
  price: Text,
  attributes: list(z.object({ option: Text })).catch([]),
});
type WooProduct = z.infer<typeof WooProduct>;

/**
 * A raw product or variation as the canonical product. `related` as the reader handed it over: a variation's parent, and
 * the shop's currency; without a currency there is no price. Pure; never throws for input.
 */
export function parseProduct(raw: unknown, related: RelatedRecords = {}): ParsedProduct {
  const read = WooProduct.safeParse(raw);
  if (!read.success) return unreadable('Product', raw, describeIssue('a product', raw, read.error));
  return { ok: true, product: toCanonical(read.data, related) };
}

function toCanonical(woo: WooProduct, { parent, currency = '' }: RelatedRecords): CanonicalProduct {
  const sku = woo.sku.trim();
  const parentSku = parent?.sku.trim() ?? '';
  return {
    source: 'woo',
    id: String(woo.id),
    parentId: parent?.id ?? null,
    type: parent === undefined ? woo.type : 'variation',
    name: parent === undefined ? plain(woo.name) : variationName(woo, plain(parent.name)),
    // A variation without a SKU of its own is shown with its parent's.
    sku: sku === '' || (parent !== undefined && sku === parentSku) ? null : sku,
    parentSku: parentSku || null,
    status: woo.status,
    priceMinor: priceOf(woo.price, currency),
    currency,
  };
}

/** A price that nobody can read hides no product: it has none (B10). */
function priceOf(text: string, currency: string): number | null {
  if (text.trim() === '' || currency === '') return null;
  try {
    return parseMinor(text, currency);
  } catch (error) {
    if (error instanceof TillstreamError && error.code === 'amount_invalid') return null;
    throw error;
  }
}

/** `T-shirt - Blue, S`, as the shop itself names a variation in orders. */
function variationName({ name, attributes }: WooProduct, parentName: string): string {
  const options = attributes.map(({ option }) => plain(option)).filter((option) => option !== '');
  const own = plain(name) || options.join(', ');
  return own === '' || own.startsWith(parentName) ? own || parentName : `${parentName} - ${own}`;
}
