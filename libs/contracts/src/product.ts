import { z } from 'zod';

/** The canonical product: something an order line can be about. A variation is a product of its own below its parent. */
export const CanonicalProduct = z.strictObject({
  /** `woo` or `pos.<producer>`. */
  source: z.string(),
  /** Id within the source; products and variations share one sequence. */
  id: z.string(),
  /** Of a variation: the product it belongs to; else null. */
  parentId: z.string().nullable(),
  /** `simple`, `variable`, `variation`, `grouped`, `external` or a plugin's own. */
  type: z.string(),
  /** With the parent's name in front for a variation. */
  name: z.string(),
  /** null when it has none of its own; a variation that only shows its parent's has none. */
  sku: z.string().nullable(),
  /** Of a variation: the parent's SKU; else null. */
  parentSku: z.string().nullable(),
  /** `publish`, `draft`, `private`, `trash` … */
  status: z.string(),
  /** Minor units of the shop's currency as the shop shows it (with or without tax); null when none is set. */
  priceMinor: z.int().nullable(),
  currency: z.string(),
});
export type CanonicalProduct = z.infer<typeof CanonicalProduct>;
