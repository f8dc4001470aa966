import type { Address } from '@tillstream/contracts';
import { decodeHTMLStrict } from 'entities';
import type { z } from 'zod';
import type { WooAddress } from './order-schema.js';

/** A record that the books cannot take as the shop sent it. */
export interface Unreadable {
  readonly ok: false;
  readonly code: 'source_invalid' | 'source_date_missing';
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

/** Which field, and what stands in it: only ids, dates, amounts and lists can be the reason, never personal data. */
export function describeIssue(what: string, raw: unknown, error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined || issue.path.length === 0) return `the shop did not send ${what}`;
  const value = issue.path.reduce<unknown>(memberOf, raw);
  const field = `the field ${issue.path.join('.')}`;
  return value === undefined || value === null ? `${field} is missing` : `${field} is ${described(value)}`;
}

function memberOf(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  // A list that PHP printed as a map is counted by its values.
  return typeof key === 'number' ? Object.values(value)[key] : Reflect.get(value, key);
}

function described(value: unknown): string {
  const not = 'which is not what WooCommerce documents there';
  if (Array.isArray(value)) return `a list, ${not}`;
  if (typeof value === 'object') return `an object, ${not}`;
  return `${typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : typeof value === 'number' ? value : 'a value'}, ${not}`;
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

/** Plugins put markup into names. Only real tags go: `<b>` and `<span class="x">`, not `a <b and c> d`. */
const TAG =
  /<\/?(a|abbr|b|bdi|big|br|center|cite|code|del|div|dd|dl|dt|em|font|h[1-6]|hr|i|img|ins|label|li|mark|ol|p|pre|q|s|small|span|strike|strong|sub|sup|table|tbody|td|th|thead|tr|u|ul|wbr)(?:\s[^<>]*=[^<>]*)?\s*\/?>/gi;
/** Tags that separate words where they are shown. */
const BREAKS = /^(?:br|center|d[dlt]|div|h[1-6]|hr|li|ol|p|pre|t\w+|ul)$/i;

/** WordPress keeps names as HTML: `Tom &amp; Co` is meant as `Tom & Co`. Only complete references are decoded. */
export function plain(text: string): string {
  return decodeHTMLStrict(withoutMarkup(text)).trim();
}

function withoutMarkup(text: string): string {
  if (!text.includes('<')) return text;
  const bare = text.replace(TAG, (_tag, name: string) => (BREAKS.test(name) ? ' ' : ''));
  return bare === text ? text : bare.replace(/ {2,}/g, ' ');
}

/** What names a record in messages is kept this long. */
const LONGEST_NAME = 100;

function field(raw: unknown, name: string): string | null {
  if (typeof raw !== 'object' || raw === null) return null;
  const value: unknown = Reflect.get(raw, name);
  return typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, LONGEST_NAME) : null;
}
