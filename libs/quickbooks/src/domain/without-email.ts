import type { RemoteResult } from './model.js';
import type { JsonObject, JsonValue } from './model.js';
import { textAt } from './wire-json.js';

/** What happens to a body whose e-mail address QuickBooks refuses (2210, B9): the rest is right, so the rest is sent. */

/** QuickBooks judges addresses by RFC 822 and more; what it refuses is not all known beforehand. */
export function isEmailRefused(failure: Exclude<RemoteResult<unknown>, { readonly kind: 'ok' }>): boolean {
  return failure.kind === 'rejected' && failure.remote.faultCode === '2210';
}

export function hasEmail(body: JsonObject): boolean {
  return addressIn(body) !== '';
}

/** The same body without the address, which stands in the note instead: in a customer's Notes, before a document's marker. */
export function withoutEmail(body: JsonObject): JsonObject {
  const { PrimaryEmailAddr: _primary, BillEmail: _bill, ...rest } = body;
  const remark = `E-mail refused by QuickBooks: ${addressIn(body)}`;
  const note = rest['PrivateNote'];
  return typeof note === 'string' ? { ...rest, PrivateNote: beforeLastLine(note, remark) } : { ...rest, Notes: remark };
}

function addressIn(body: JsonObject): string {
  const address = (member: string): string => textAt(body, member, 'Address');
  return address('PrimaryEmailAddr') || address('BillEmail');
}

function beforeLastLine(note: string, remark: string): JsonValue {
  const lines = note.split('\n');
  return [...lines.slice(0, -1), remark, ...lines.slice(-1)].join('\n');
}
