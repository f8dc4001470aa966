import { z } from 'zod';
import { Address } from './order.js';

/** The canonical customer: a registered buyer of a source. Guests exist only inside orders. */
export const CanonicalCustomer = z.strictObject({
  /** `woo` or `pos.<producer>`. */
  source: z.string(),
  /** Id within the source; the identity. */
  id: z.string(),
  /** "" when unknown. */
  email: z.string(),
  firstName: z.string(),
  lastName: z.string(),
  phone: z.string(),
  billing: Address,
  shipping: Address,
});
export type CanonicalCustomer = z.infer<typeof CanonicalCustomer>;
