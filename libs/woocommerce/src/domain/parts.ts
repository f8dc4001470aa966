import type { Address } from '@tillstream/contracts';
import { decodeHTMLStrict } from 'entities';
import type { z } from 'zod';
import type { WooAddress } from './order-schema.js';

/** A record that the books cannot take as the shop sent it. */
export interface Unreadable {
  readonly ok: false;
  readonly code: 'source_invalid';
  /** Names the field and what is wrong with it; no personal data. */
  readonly message: string;
  /** What could be read all the same, so that a person finds the record. */
  readonly id: string | null;
  readonly number: string | null;
  readonly status: string | null;
}

/** `noun` starts the sentence: `Order 1042 cannot be read: …`. */
export function unreadable(noun: 'Order' | 'Customer' | 'Product', raw: unknown, reason: string): Unreadable {
  const [id, number] = [field(raw, 'id'), field(raw, 'number')];
  return {
    ok: false,
    code: 'source_invalid',
    message: `${noun} ${number || id || '(without id)'} cannot be read: ${reason}`,
    id,
    number,
    status: field(raw, 'status'),
  };
}

export function describeIssue(what: string, error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined || issue.path.length === 0) return `the shop did not send ${what}`;
  return `the field ${issue.path.join('.')} is missing or not as WooCommerce documents it`;
}

export function toAddress(address: WooAddress): Address {
  return {
    firstName: plain(address.first_name),
    lastName: plain(address.last_name),
    company: plain(address.company),
    line1: plain(address.address_1),
    line2: plain(address.address_2),
    city: plain(address.city),
    state: plain(address.state),
    postcode: plain(address.postcode),
    country: plain(address.country),
  };
}

/** WordPress keeps names as HTML: `Tom &amp; Co` is meant as `Tom & Co`. Only complete references are decoded. */
export function plain(text: string): string {
  return decodeHTMLStrict(text).trim();
}

function field(raw: unknown, name: string): string | null {
  if (typeof raw !== 'object' || raw === null) return null;
  const value: unknown = Reflect.get(raw, name);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}
