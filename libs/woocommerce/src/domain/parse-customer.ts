import type { CanonicalCustomer } from '@tillstream/contracts';
import { z } from 'zod';
import { orEmpty, RecordId, Text } from './lenient.js';
import { WooAddress } from './order-schema.js';
import { describeIssue, plain, toAddress, type Unreadable, unreadable } from './parts.js';

export type ParsedCustomer = { readonly ok: true; readonly customer: CanonicalCustomer } | Unreadable;

/** What must be readable in a customer of `wc/v3`: only who it is. */
const WooCustomer = z.object({
  id: RecordId,
  email: Text,
  first_name: Text,
  last_name: Text,
  billing: orEmpty(WooAddress),
  shipping: orEmpty(WooAddress),
});
type WooCustomer = z.infer<typeof WooCustomer>;

/** A raw customer of `wc/v3` as the canonical one. Pure; never throws for input. */
export function parseCustomer(raw: unknown): ParsedCustomer {
  const read = WooCustomer.safeParse(raw);
  if (!read.success) return unreadable('Customer', raw, describeIssue('a customer', raw, read.error));
  return { ok: true, customer: toCanonical(read.data) };
}

/** Buyers often fill in the billing form only: what the account leaves empty is taken from there. */
function toCanonical({ id, email, first_name, last_name, billing, shipping }: WooCustomer): CanonicalCustomer {
  const isNamed = plain(first_name) !== '' || plain(last_name) !== '';
  return {
    source: 'woo',
    id: String(id),
    email: email.trim() || billing.email.trim(),
    firstName: plain(isNamed ? first_name : billing.first_name),
    lastName: plain(isNamed ? last_name : billing.last_name),
    phone: billing.phone.trim(),
    billing: toAddress(billing),
    shipping: toAddress(shipping),
  };
}
