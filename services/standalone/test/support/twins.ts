import { REALM_ID } from '../../src/world/world.js';
import type { Product } from './product.js';

/** What an accountant does about two customers with one e-mail: all but the first become inactive. */
export function mergeTwins(product: Product): void {
  const seen = new Set<string>();
  for (const customer of product.ledger.customers) {
    const { Address: email = '' } = (customer['PrimaryEmailAddr'] ?? {}) as { readonly Address?: string };
    if (!email.startsWith('twins')) continue;
    if (seen.has(email)) product.control.editAsPerson(REALM_ID, 'Customer', String(customer['Id']), { Active: false });
    seen.add(email);
  }
}
